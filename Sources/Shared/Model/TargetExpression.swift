/// One target as a user names it, in canonical form: parsed, printed and parsed again it is the same.
package enum TargetExpression: Hashable, Sendable {
  /// An address, a CIDR network or an `a-b` range, with an interface where one was named.
  case addresses(HostRange)
  /// Octets with lists, ranges or `*`; a mask has been applied to it already.
  case pattern(OctetPattern)
  /// A host name in lower case, and the mask to apply to its address.
  case name(String, prefixLength: Int?)

  /// One expression may stand for at most this many separate ranges (about 80 MB). `*.*.*.1` would be sixteen million
  /// ranges of one address each; everything that people scan is far below.
  package static let maximumRangeCount = 1 << 20

  /// How many separate ranges it stands for at most: what it costs to hold.
  package var rangeCount: Int {
    switch self {
    case .addresses, .name: 1
    case .pattern(let pattern): pattern.rangeCount
    }
  }
}

extension TargetExpression: CustomStringConvertible {
  package var description: String {
    switch self {
    case .addresses(let range): range.description
    case .pattern(let pattern): pattern.description
    case .name(let name, let prefixLength): prefixLength.map { "\(name)/\($0)" } ?? name
    }
  }
}
