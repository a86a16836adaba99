/// What an expression says of a socket: Kleene's three values.
///
/// What could not be read is neither: `proc nginx` and `! proc nginx` both leave out a socket whose owner is hidden. Were
/// the second taken for true, a missing capability would show other people's sockets as "not nginx".
package enum Truth: Hashable, Sendable {
  case yes
  case no
  case unknown

  package init(_ value: Bool) { self = value ? .yes : .no }

  /// Unknown where the value is.
  package init(_ value: Bool?) {
    switch value {
    case true: self = .yes
    case false: self = .no
    case nil: self = .unknown
    }
  }

  package static prefix func ! (value: Truth) -> Truth {
    switch value {
    case .yes: .no
    case .no: .yes
    case .unknown: .unknown
    }
  }
}
