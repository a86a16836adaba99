package import Model

/// What may be scanned before anybody has said anything: addresses that cannot be somebody else's on the Internet.
package enum DefaultScope {
  package struct Entry: Sendable {
    package let name: String
    package let networks: [AddressRange]
    package let note: String
  }

  package static let entries = PrivateNetworks.all.map { network in
    Entry(name: network.name, networks: network.ranges, note: "default: \(network.source)")
  }
}
