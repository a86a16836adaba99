package import Model

/// The report of an agent that the chart holds: whole reports and deltas alike count on from it.
package struct InventoryPosition: Hashable, Sendable {
  package var epoch: String
  package var sequence: Int64

  package init(epoch: String, sequence: Int64) {
    self.epoch = epoch
    self.sequence = sequence
  }
}

/// An agent's inside view as it arrived: whole, or as what differs from the report it builds on.
package struct InventoryUpdate: Sendable {
  /// What a delta has besides what is added or changed.
  package struct Delta: Sendable {
    package var baseSequence: Int64
    package var goneInterfaces: [InterfaceKey]
    package var goneListeners: [ListenerRecord.Key]

    package init(
      baseSequence: Int64, goneInterfaces: [InterfaceKey] = [], goneListeners: [ListenerRecord.Key] = []
    ) {
      self.baseSequence = baseSequence
      self.goneInterfaces = goneInterfaces
      self.goneListeners = goneListeners
    }
  }

  /// What makes two addresses of an agent the same.
  package struct InterfaceKey: Hashable, Sendable {
    package var interface: String
    package var address: IPAddress

    package init(interface: String, address: IPAddress) {
      self.interface = interface
      self.address = address
    }

    init(_ owned: InterfaceAddress) { self.init(interface: owned.interface, address: owned.address) }
  }

  /// What is to be done with it.
  package enum Decision: Hashable, Sendable {
    case apply
    /// It is here already, or a later one is: nothing changes.
    case isKnown
    /// It builds on what is not held: nothing changes, and the agent should send everything.
    case needsFull
  }

  package var position: InventoryPosition
  package var takenAt: Timestamp
  package var ownersVerifiedAt: Timestamp?
  /// Of a delta, those added or changed.
  package var interfaces: [InterfaceAddress]
  package var listeners: [ListenerRecord.Key: ListenerContent]
  /// Nil in a delta: as before.
  package var peers: PeerSummary?
  /// Nil: it is whole.
  package var delta: Delta?

  package init(
    position: InventoryPosition, takenAt: Timestamp, ownersVerifiedAt: Timestamp? = nil,
    interfaces: [InterfaceAddress], listeners: [ListenerRecord.Key: ListenerContent], peers: PeerSummary? = nil,
    delta: Delta? = nil
  ) {
    self.position = position
    self.takenAt = takenAt
    self.ownersVerifiedAt = ownersVerifiedAt
    self.interfaces = interfaces
    self.listeners = listeners
    self.peers = peers
    self.delta = delta
  }

  /// Reports may be lost, repeated and overtaken. A late one is known however it is made; a delta fits only the very
  /// report that it builds on.
  package func decision(holding held: InventoryPosition?) -> Decision {
    if let held, held.epoch == position.epoch, held.sequence >= position.sequence { return .isKnown }
    guard let delta else { return .apply }
    return held == InventoryPosition(epoch: position.epoch, sequence: delta.baseSequence) ? .apply : .needsFull
  }

  /// The whole view that it leaves, made of the one that it builds on.
  package func whole(
    over heldInterfaces: [InterfaceAddress], _ heldListeners: [ListenerRecord.Key: ListenerContent]
  ) -> (interfaces: [InterfaceAddress], listeners: [ListenerRecord.Key: ListenerContent]) {
    guard let delta else { return (interfaces, listeners) }
    let replaced = Set(interfaces.map(InterfaceKey.init)).union(delta.goneInterfaces)
    var result = heldListeners
    for key in delta.goneListeners { result[key] = nil }
    result.merge(listeners) { _, new in new }
    return (heldInterfaces.filter { !replaced.contains(InterfaceKey($0)) } + interfaces, result)
  }
}
