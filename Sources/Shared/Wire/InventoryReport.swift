package import Model

/// An address of one of the agent's interfaces.
package struct InterfaceAddressReport: WireRequest, Hashable {
  package var interface: String
  package var address: IPAddress
  package var prefixLength: Int

  package init(interface: String, address: IPAddress, prefixLength: Int) {
    self.interface = interface
    self.address = address
    self.prefixLength = prefixLength
  }

  private enum CodingKeys: String, ListedFields { case interface, address, prefixLength }
  package static var fieldNames: Set<String> { CodingKeys.names }
}

/// A listening TCP or bound UDP socket, with every process that holds it.
package struct ListenerReport: WireRequest, Hashable {
  package var transport: TransportProtocol
  package var address: IPAddress
  package var port: Port
  /// The interface the socket is bound to, by SO_BINDTODEVICE or a link-local scope.
  package var interface: String?
  /// For a socket on `::`: whether it refuses IPv4 (IPV6_V6ONLY, ipv6(7)).
  package var isIPv6Only: Bool
  package var uid: UInt32?
  package var user: String?
  package var inode: UInt64?
  package var processes: [ListeningProcess]
  /// Why the processes are not known; absent where they are.
  package var ownerUnknownReason: String?
  /// The systemd unit of the first process.
  package var unit: String?

  package init(
    transport: TransportProtocol, address: IPAddress, port: Port, interface: String?, isIPv6Only: Bool, uid: UInt32?,
    user: String?, inode: UInt64?, processes: [ListeningProcess], ownerUnknownReason: String?, unit: String?
  ) {
    self.transport = transport
    self.address = address
    self.port = port
    self.interface = interface
    self.isIPv6Only = isIPv6Only
    self.uid = uid
    self.user = user
    self.inode = inode
    self.processes = processes
    self.ownerUnknownReason = ownerUnknownReason
    self.unit = unit
  }

  private enum CodingKeys: String, ListedFields {
    case transport, address, port, interface, isIPv6Only, uid, user, inode, processes, ownerUnknownReason, unit
  }
  package static var fieldNames: Set<String> { CodingKeys.names }
}

/// `POST /agent/v1/inventory`: the whole inside view of the agent's host. May be gzip.
package struct InventoryReport: WireRequest, Hashable {
  /// Random, made when the agent starts; sequence numbers count within it.
  package var epoch: String
  package var sequence: Int64
  package var takenAt: Timestamp
  package var addresses: [InterfaceAddressReport]
  package var listeners: [ListenerReport]

  package init(
    epoch: String, sequence: Int64, takenAt: Timestamp, addresses: [InterfaceAddressReport],
    listeners: [ListenerReport]
  ) {
    self.epoch = epoch
    self.sequence = sequence
    self.takenAt = takenAt
    self.addresses = addresses
    self.listeners = listeners
  }

  private enum CodingKeys: String, ListedFields { case epoch, sequence, takenAt, addresses, listeners }
  package static var fieldNames: Set<String> { CodingKeys.names }
  package static var nestedFields: [String: any WireRequest.Type] {
    ["addresses": InterfaceAddressReport.self, "listeners": ListenerReport.self]
  }
}

package struct InventoryReceipt: Codable, Sendable, Hashable {
  /// When the coordinator wants the next one.
  package var nextAfterMilliseconds: Int
  /// The coordinator's clock.
  package var now: Timestamp

  package init(nextAfterMilliseconds: Int, now: Timestamp) {
    self.nextAfterMilliseconds = nextAfterMilliseconds
    self.now = now
  }
}

/// `GET /agent/v1/clock`: who the agent is to the coordinator, and the coordinator's time.
package struct AgentStatus: Codable, Sendable, Hashable {
  package var agent: AgentID
  package var duties: [Duty]
  package var now: Timestamp
  package var inventoryMilliseconds: Int

  package init(agent: AgentID, duties: [Duty], now: Timestamp, inventoryMilliseconds: Int) {
    self.agent = agent
    self.duties = duties
    self.now = now
    self.inventoryMilliseconds = inventoryMilliseconds
  }
}
