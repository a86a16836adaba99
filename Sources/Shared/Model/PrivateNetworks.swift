/// Addresses that are never somebody else's on the Internet; what both programs may scan before anybody has said more.
package struct PrivateNetworks: Sendable {
  package let name: String
  package let ranges: [AddressRange]
  /// The document that sets the addresses aside.
  package let source: String

  package static let all: [PrivateNetworks] = [
    PrivateNetworks(
      name: "loopback",
      ranges: [network(127, 0, 0, 0, 8), AddressRange(.ipv6Loopback)],
      source: "loopback, RFC 1122 and RFC 4291"),
    PrivateNetworks(
      name: "private",
      ranges: [network(10, 0, 0, 0, 8), network(172, 16, 0, 0, 12), network(192, 168, 0, 0, 16)],
      source: "private use, RFC 1918"),
    PrivateNetworks(
      name: "unique-local",
      ranges: [AddressRange(network: IPAddress(family: .ipv6, value: 0xfc << 120), prefixLength: 7)],
      source: "unique local, RFC 4193"),
    PrivateNetworks(
      name: "link-local",
      ranges: [
        network(169, 254, 0, 0, 16),
        AddressRange(network: IPAddress(family: .ipv6, value: 0xfe80 << 112), prefixLength: 10),
      ],
      source: "link-local, RFC 3927 and RFC 4291"),
  ]

  /// All of them as one set.
  package static var addresses: AddressSet { AddressSet(all.flatMap { $0.ranges.map { HostRange($0) } }) }

  private static func network(_ a: UInt32, _ b: UInt32, _ c: UInt32, _ d: UInt32, _ prefixLength: Int) -> AddressRange {
    AddressRange(network: IPAddress(ipv4: a << 24 | b << 16 | c << 8 | d), prefixLength: prefixLength)
  }
}
