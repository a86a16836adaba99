/// A run of addresses, all meant on one link where `interface` is set: a range of what a probe connects to.
///
/// The order puts plain addresses first and then those of each interface, so that a sorted list of disjoint ranges can
/// be searched by halves.
package struct HostRange: Hashable, Sendable {
  package let addresses: AddressRange

  /// The zone of RFC 4007, as in `HostAddress`; only for IPv6.
  package let interface: String?

  /// - Precondition: an interface comes with IPv6 addresses only, and is not empty.
  package init(_ addresses: AddressRange, interface: String? = nil) {
    precondition(interface == nil || addresses.family == .ipv6, "IPv4 addresses have no zone")
    precondition(interface != "", "a zone has a name")
    self.addresses = addresses
    self.interface = interface
  }

  package init(_ host: HostAddress) { self.init(AddressRange(host.address), interface: host.interface) }

  package var first: HostAddress { HostAddress(addresses.first, interface: interface) }
  package var last: HostAddress { HostAddress(addresses.last, interface: interface) }
}

extension HostRange: Comparable {
  package static func < (left: HostRange, right: HostRange) -> Bool {
    if left.interface != right.interface { return (left.interface ?? "") < (right.interface ?? "") }
    return (left.addresses.first, left.addresses.last) < (right.addresses.first, right.addresses.last)
  }
}

extension HostRange: CustomStringConvertible {
  /// `10.0.0.0/24`, `10.0.0.5`, `10.0.0.5-10.0.0.9`, `fe80::%eth0/64` (RFC 4007, 11.7) or
  /// `fe80::1%eth0-fe80::5%eth0`; a target list reads it back.
  package var description: String {
    guard interface != nil else { return addresses.description }
    let plain = addresses.description
    if let slash = plain.firstIndex(of: "/") { return "\(first)\(plain[slash...])" }
    return addresses.first == addresses.last ? "\(first)" : "\(first)-\(last)"
  }
}
