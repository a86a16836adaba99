/// The three ranges of port numbers (RFC 6335, section 6). Raw values are the words printed.
package enum PortClass: String, Hashable, Sendable, CaseIterable {
  /// 0 to 1023: system ports; to bind one takes a privilege on most systems.
  case wellKnown = "well-known"
  /// 1024 to 49151: user ports, which IANA registers.
  case registered
  /// 49152 to 65535: private and ephemeral, never registered.
  case dynamic
}

extension Port {
  package var portClass: PortClass {
    switch rawValue {
    case 0...1023: .wellKnown
    case 1024...49151: .registered
    default: .dynamic
    }
  }
}
