package import Model
package import Wire

/// What the worker asks of the socket inventory.
package protocol InventorySource: Sendable {
  /// Addresses and listeners of this host. Does not block the caller's thread; throws if the kernel gives none.
  func sample() async throws -> InventorySample
}

/// What the inside view consists of; between agent and inventory service as JSON.
package struct InventorySample: Codable, Hashable, Sendable {
  package let addresses: [InterfaceAddressReport]
  package let listeners: [ListenerReport]
  package let peers: PeersReport
  /// When the processes were looked at, by this machine's clock; nil where they were not.
  package let ownersReadAt: Timestamp?

  package init(
    addresses: [InterfaceAddressReport], listeners: [ListenerReport], peers: PeersReport = PeersReport(),
    ownersReadAt: Timestamp? = nil
  ) {
    self.addresses = addresses
    self.listeners = listeners
    self.peers = peers
    self.ownersReadAt = ownersReadAt
  }
}
