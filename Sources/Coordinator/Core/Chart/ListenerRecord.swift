package import Model

/// A listening TCP or bound UDP socket in an agent's inventory, with its processes.
package struct ListenerRecord: Hashable, Sendable {
  /// What makes two reports the same listener.
  package struct Key: Hashable, Sendable {
    package var transport: TransportProtocol
    package var address: IPAddress
    package var port: Port
    package var interface: String
    /// The inode of the network namespace it is in; nil for its agent's own.
    package var namespace: UInt64?

    package init(
      transport: TransportProtocol, address: IPAddress, port: Port, interface: String, namespace: UInt64? = nil
    ) {
      self.transport = transport
      self.address = address
      self.port = port
      self.interface = interface
      self.namespace = namespace
    }
  }

  package var id: ListenerID
  package var agent: AgentID
  package var key: Key
  package var content: ListenerContent
  package var firstSeen: Timestamp
  package var lastSeen: Timestamp
  /// Since when its owner is as it is.
  package var since: Timestamp
  /// When it was last seen with a connection; nil if it never was.
  package var lastConnectionAt: Timestamp?

  package init(
    id: ListenerID, agent: AgentID, key: Key, content: ListenerContent, firstSeen: Timestamp, lastSeen: Timestamp,
    since: Timestamp? = nil, lastConnectionAt: Timestamp? = nil
  ) {
    self.id = id
    self.agent = agent
    self.key = key
    self.content = content
    self.firstSeen = firstSeen
    self.lastSeen = lastSeen
    self.since = since ?? firstSeen
    self.lastConnectionAt = lastConnectionAt
  }

  package var isOwnerKnown: Bool { !content.processes.isEmpty }

  /// How well the socket fits an endpoint of its host: 2 bound to just that address, 1 to every address; nil not at all.
  ///
  /// A socket on `::` also takes IPv4 unless it is IPV6_V6ONLY; one on `::ffff:a.b.c.d` takes that IPv4 address
  /// (ipv6(7)). One in another network namespace answers nobody at the host's addresses.
  package func fit(_ address: IPAddress, on interface: String?) -> Int? {
    guard key.namespace == nil else { return nil }
    if !key.interface.isEmpty, key.interface != interface { return nil }
    let bound = key.address
    if bound.unmapped == address.unmapped { return 2 }
    if bound.unmapped.isUnspecified {
      if bound.unmapped.family == address.family { return 1 }
      if bound == .ipv6Unspecified, address.family == .ipv4, !content.isIPv6Only { return 1 }
    }
    return nil
  }
}

/// What may change about a listener while it stays the same listener.
package struct ListenerContent: Hashable, Sendable {
  package var isIPv6Only: Bool
  package var uid: UInt32?
  package var user: String?
  package var inode: UInt64?
  package var processes: [ListeningProcess]
  package var ownerUnknownReason: String?
  package var unit: String?
  package var namespaceName: String?
  package var container: String?
  /// Established connections; nil where nobody counted.
  package var connections: Int?

  package init(
    isIPv6Only: Bool, uid: UInt32?, user: String?, inode: UInt64?, processes: [ListeningProcess],
    ownerUnknownReason: String?, unit: String?, namespaceName: String? = nil, container: String? = nil,
    connections: Int? = nil
  ) {
    self.isIPv6Only = isIPv6Only
    self.uid = uid
    self.user = user
    self.inode = inode
    self.processes = processes
    self.ownerUnknownReason = ownerUnknownReason
    self.unit = unit
    self.namespaceName = namespaceName
    self.container = container
    self.connections = connections
  }
}
