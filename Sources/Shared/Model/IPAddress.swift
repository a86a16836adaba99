/// An IPv4 or IPv6 address.
///
/// The order is that of the number line the whole project uses: every IPv4 address before every IPv6 address, each
/// family by numeric value.
package struct IPAddress: Hashable, Comparable, Sendable {
  /// The two families of the Internet Protocol.
  package enum Family: UInt8, Comparable, Sendable, Codable {
    case ipv4 = 4
    case ipv6 = 6

    /// Bits in an address of this family: 32 or 128.
    package var bitWidth: Int { self == .ipv4 ? 32 : 128 }

    /// The numerically largest address of this family.
    package var lastValue: UInt128 { self == .ipv4 ? UInt128(UInt32.max) : .max }

    package static func < (left: Family, right: Family) -> Bool { left.rawValue < right.rawValue }
  }

  package let family: Family

  /// The address as a number, most significant octet first; at most `UInt32.max` for IPv4.
  package let value: UInt128

  /// - Precondition: `value` fits the family.
  package init(family: Family, value: UInt128) {
    precondition(value <= family.lastValue, "an IPv4 address has 32 bits")
    self.family = family
    self.value = value
  }

  /// An IPv4 address from its number in host byte order.
  package init(ipv4 value: UInt32) {
    self.init(family: .ipv4, value: UInt128(value))
  }

  /// An address from 4 or 16 octets in network byte order; nil for any other count.
  package init?(octets: some Collection<UInt8>) {
    switch octets.count {
    case 4: family = .ipv4
    case 16: family = .ipv6
    default: return nil
    }
    value = octets.reduce(0) { $0 << 8 | UInt128($1) }
  }

  /// The 4 or 16 octets in network byte order, the form in which the store keeps and sorts addresses.
  package var octets: [UInt8] {
    let count = family.bitWidth / 8
    return (0..<count).map { UInt8(truncatingIfNeeded: value >> UInt128((count - 1 - $0) * 8)) }
  }

  package static func < (left: IPAddress, right: IPAddress) -> Bool {
    left.family == right.family ? left.value < right.value : left.family < right.family
  }

  package static let ipv4Unspecified = IPAddress(family: .ipv4, value: 0)
  package static let ipv6Unspecified = IPAddress(family: .ipv6, value: 0)
  package static let ipv4Loopback = IPAddress(ipv4: 0x7f00_0001)
  package static let ipv6Loopback = IPAddress(family: .ipv6, value: 1)
}
