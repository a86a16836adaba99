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
}
