package import Model

/// An ICMP or ICMPv6 error that decided a probe (RFC 792, RFC 4443, 3).
package struct IcmpEvidence: Hashable, Sendable {
  /// Which of the two protocols; type and code mean different things in each.
  package let family: IPAddress.Family
  package let type: UInt8
  package let code: UInt8

  /// Who sent it.
  package let sender: IPAddress

  package init(family: IPAddress.Family, type: UInt8, code: UInt8, sender: IPAddress) {
    self.family = family
    self.type = type
    self.code = code
    self.sender = sender
  }

  /// RFC 792, type 3 code 3; RFC 4443, 3.1, code 4.
  var isPortUnreachable: Bool { family == .ipv4 ? (type, code) == (3, 3) : (type, code) == (1, 4) }
}
