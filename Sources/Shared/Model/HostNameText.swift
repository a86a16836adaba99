/// What a name server may call a host for the name to be kept: it is data from a stranger.
package enum HostNameText {
  /// Octets: a domain name has 253 as text at most (RFC 1035, 3.1).
  package static let longest = 255

  /// Whether it is 1 to `longest` octets of printable ASCII without blanks.
  package static func isName(_ text: String) -> Bool {
    (1...longest).contains(text.utf8.count) && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
  }
}
