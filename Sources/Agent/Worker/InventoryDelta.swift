package import Wire

/// What differs between two inside views: `earlier.applying(InventoryDelta(from: earlier, to: later)) == later`.
///
/// Everything counts but the times of reading, which a report carries once for all its rows.
package struct InventoryDelta: Hashable, Sendable {
  /// Added or changed.
  package let addresses: [InterfaceAddressReport]
  package let listeners: [ListenerReport]
  package let goneAddresses: [InterfaceAddressReport.Key]
  package let goneListeners: [ListenerReport.Key]
  /// nil: as before.
  package let peers: PeersReport?

  package init(from earlier: InventoryState, to later: InventoryState) {
    addresses = later.sortedAddresses.filter { earlier.addresses[$0.key] != $0 }
    listeners = later.sortedListeners.filter { earlier.listeners[$0.key] != $0 }
    goneAddresses = earlier.addresses.keys.filter { later.addresses[$0] == nil }.sorted(by: InventoryOrder.precedes)
    goneListeners = earlier.listeners.keys.filter { later.listeners[$0] == nil }.sorted(by: InventoryOrder.precedes)
    peers = later.peers == earlier.peers ? nil : later.peers
  }
}
