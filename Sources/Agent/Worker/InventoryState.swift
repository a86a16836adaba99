internal import Model
package import Wire

/// An inside view in which each address and each listener stands once, so that two views can be compared.
package struct InventoryState: Hashable, Sendable {
  package private(set) var addresses: [InterfaceAddressReport.Key: InterfaceAddressReport] = [:]
  package private(set) var listeners: [ListenerReport.Key: ListenerReport] = [:]
  package private(set) var peers: PeersReport

  /// The kernel's order of sockets and processes changes between two looks; here it never matters. What is over the
  /// bounds of a report is left out, always the same.
  package init(_ sample: InventorySample) {
    peers = sample.peers
    let addresses = sample.addresses.sorted { InventoryOrder.precedes($0.key, $1.key) }
    for address in addresses.prefix(WireLimits.addressesPerInventory) { self.addresses[address.key] = address }
    let groups = Dictionary(grouping: sample.listeners, by: \.key)
    let keys = groups.keys.sorted(by: InventoryOrder.precedes)
    for key in keys.prefix(WireLimits.listenersPerInventory) {
      if let group = groups[key] { listeners[key] = Self.one(group) }
    }
  }

  /// Sockets that share a port (SO_REUSEPORT, socket(7)) are one listener with every process of the group. The inode is the least of
  /// theirs; a unit and a container are told if all have the same, since a listener has room for one, which would be wrong of the others.
  private static func one(_ group: [ListenerReport]) -> ListenerReport? {
    guard var first = group.min(by: { ($0.inode ?? .max) < ($1.inode ?? .max) }) else { return nil }
    first.processes = Set(group.flatMap(\.processes)).sorted { left, right in
      left.pid != right.pid ? left.pid < right.pid : left.name < right.name
    }
    if !first.processes.isEmpty { first.ownerUnknownReason = nil }
    // Of a socket whose owner could not be read nobody knows the unit.
    let owned = group.filter { !$0.processes.isEmpty }
    first.unit = common((owned.isEmpty ? group : owned).map(\.unit))
    first.container = common((owned.isEmpty ? group : owned).map(\.container))
    return first
  }

  /// Nil: they differ, or there is none.
  private static func common(_ names: [String?]) -> String? { Set(names).count == 1 ? names[0] : nil }

  /// In a fixed order, as reports carry them.
  package var sortedAddresses: [InterfaceAddressReport] {
    addresses.values.sorted { InventoryOrder.precedes($0.key, $1.key) }
  }

  package var sortedListeners: [ListenerReport] {
    listeners.values.sorted { InventoryOrder.precedes($0.key, $1.key) }
  }

  /// This view with a delta applied.
  package func applying(_ delta: InventoryDelta) -> InventoryState {
    var next = self
    for key in delta.goneAddresses { next.addresses[key] = nil }
    for key in delta.goneListeners { next.listeners[key] = nil }
    for address in delta.addresses { next.addresses[address.key] = address }
    for listener in delta.listeners { next.listeners[listener.key] = listener }
    if let peers = delta.peers { next.peers = peers }
    return next
  }
}

/// The order of a report's rows.
enum InventoryOrder {
  static func precedes(_ left: InterfaceAddressReport.Key, _ right: InterfaceAddressReport.Key) -> Bool {
    (left.interface, left.address) < (right.interface, right.address)
  }

  static func precedes(_ left: ListenerReport.Key, _ right: ListenerReport.Key) -> Bool {
    // The own namespace first: where a bound cuts, it cuts others.
    if left.namespace != right.namespace { return (left.namespace ?? 0) < (right.namespace ?? 0) }
    if left.transport != right.transport { return left.transport.rawValue < right.transport.rawValue }
    return (left.address, left.port, left.interface ?? "") < (right.address, right.port, right.interface ?? "")
  }
}
