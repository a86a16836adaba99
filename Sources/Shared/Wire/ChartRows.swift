package import Model

/// A merged row: an endpoint as seen from outside, joined with the listener that owns it.
package struct PortRow: Codable, Sendable, Hashable {
  package var site: String
  /// The agent and interface for loopback, link-local and host-local addresses; empty elsewhere.
  package var scope: String
  package var address: IPAddress
  package var `protocol`: TransportProtocol
  package var port: Port
  /// Absent: not looked at from outside.
  package var state: EndpointState?
  package var reason: ProbeReason?
  /// As identified, without TLS; where nothing was, as the port is registered.
  package var service: String?
  /// What the service showed to the shown zone's agents; absent where they did not ask, or it is not open.
  package var identified: ServiceFacts?
  /// When the service was last asked.
  package var identifiedAt: Timestamp?
  package var verdict: Verdict?
  /// The most exposed view; absent where no zone has looked.
  package var zone: String?
  /// Zones that see it otherwise.
  package var otherZones: [String]
  package var isSelfView: Bool
  package var processes: [ListeningProcess]
  package var ownerUnknownReason: String?
  package var unit: String?
  package var agent: String?
  package var inventoryAt: Timestamp?
  package var firstSeen: Timestamp?
  package var lastSeen: Timestamp?
  package var lastChanged: Timestamp?
  /// What name servers call the host; absent where no zone was told a name.
  package var names: [String]?
  /// By what the host answers, `echo-reply`, where no port tells that it is up; absent where one does, and where it is not.
  package var hostReason: ProbeReason?

  package init(
    site: String, scope: String, address: IPAddress, protocol: TransportProtocol, port: Port, state: EndpointState?,
    reason: ProbeReason?, service: String?, identified: ServiceFacts? = nil,
    identifiedAt: Timestamp? = nil, verdict: Verdict?, zone: String?, otherZones: [String], isSelfView: Bool,
    processes: [ListeningProcess], ownerUnknownReason: String?, unit: String?, agent: String?, inventoryAt: Timestamp?,
    firstSeen: Timestamp?, lastSeen: Timestamp?, lastChanged: Timestamp?, names: [String]? = nil,
    hostReason: ProbeReason? = nil
  ) {
    self.site = site
    self.scope = scope
    self.address = address
    self.protocol = `protocol`
    self.port = port
    self.state = state
    self.reason = reason
    self.service = service
    self.identified = identified
    self.identifiedAt = identifiedAt
    self.verdict = verdict
    self.zone = zone
    self.otherZones = otherZones
    self.isSelfView = isSelfView
    self.processes = processes
    self.ownerUnknownReason = ownerUnknownReason
    self.unit = unit
    self.agent = agent
    self.inventoryAt = inventoryAt
    self.firstSeen = firstSeen
    self.lastSeen = lastSeen
    self.lastChanged = lastChanged
    self.names = names
    self.hostReason = hostReason
  }
}

/// A host: what is known of it as a whole, and how much of it is open.
package struct HostRow: Codable, Sendable, Hashable {
  package var site: String
  package var scope: String
  package var address: IPAddress
  /// `up`, `gone`, in explanations `down`; absent where nobody has looked.
  package var state: String?
  /// By what the host answered last, `echo-reply`; absent where a port tells that it is up, and where it is not.
  package var reason: ProbeReason?
  package var openPorts: Int
  package var listeners: Int
  /// As the agent that lives there calls its host.
  package var names: [String]
  package var agent: String?
  package var firstSeen: Timestamp?
  package var lastSeen: Timestamp?
  /// Since when it is gone or up again; absent where it never changed.
  package var changedAt: Timestamp?
  /// Where else the same host is, of either family, as its agent tells; absent where it tells none.
  package var otherAddresses: [IPAddress]?

  package init(
    site: String, scope: String, address: IPAddress, state: String?, openPorts: Int, listeners: Int, names: [String],
    agent: String?, firstSeen: Timestamp?, lastSeen: Timestamp?, changedAt: Timestamp?,
    otherAddresses: [IPAddress]? = nil, reason: ProbeReason? = nil
  ) {
    self.site = site
    self.scope = scope
    self.address = address
    self.state = state
    self.openPorts = openPorts
    self.listeners = listeners
    self.names = names
    self.agent = agent
    self.firstSeen = firstSeen
    self.lastSeen = lastSeen
    self.changedAt = changedAt
    self.otherAddresses = otherAddresses
    self.reason = reason
  }
}

package struct ListenerRow: Codable, Sendable, Hashable {
  package var site: String
  package var agent: String
  package var `protocol`: TransportProtocol
  package var address: IPAddress
  package var port: Port
  package var interface: String?
  package var user: String?
  package var inode: UInt64?
  package var processes: [ListeningProcess]
  package var ownerUnknownReason: String?
  package var unit: String?
  /// The network namespace it is in and that one's name; absent for the agent's own.
  package var namespace: UInt64?
  package var namespaceName: String?
  package var container: String?
  /// Established connections when it was last read, and when it was last read with one; absent where nobody counted.
  package var connections: Int?
  package var lastConnectionAt: Timestamp?
  package var firstSeen: Timestamp
  package var lastSeen: Timestamp
  /// When the socket was last read, and when its processes were last looked at.
  package var sampledAt: Timestamp
  package var ownersVerifiedAt: Timestamp?

  package init(
    site: String, agent: String, protocol: TransportProtocol, address: IPAddress, port: Port, interface: String?,
    user: String?, inode: UInt64?, processes: [ListeningProcess], ownerUnknownReason: String?, unit: String?,
    namespace: UInt64?, namespaceName: String?, container: String?, connections: Int?, lastConnectionAt: Timestamp?,
    firstSeen: Timestamp, lastSeen: Timestamp, sampledAt: Timestamp, ownersVerifiedAt: Timestamp?
  ) {
    self.site = site
    self.agent = agent
    self.protocol = `protocol`
    self.address = address
    self.port = port
    self.interface = interface
    self.user = user
    self.inode = inode
    self.processes = processes
    self.ownerUnknownReason = ownerUnknownReason
    self.unit = unit
    self.namespace = namespace
    self.namespaceName = namespaceName
    self.container = container
    self.connections = connections
    self.lastConnectionAt = lastConnectionAt
    self.firstSeen = firstSeen
    self.lastSeen = lastSeen
    self.sampledAt = sampledAt
    self.ownersVerifiedAt = ownersVerifiedAt
  }
}

/// `GET /api/v1/status`.
package struct CoordinatorStatus: Codable, Sendable, Hashable {
  package var version: String
  package var generation: Int64
  package var now: Timestamp
  package var role: AccessRole

  package init(version: String, generation: Int64, now: Timestamp, role: AccessRole) {
    self.version = version
    self.generation = generation
    self.now = now
    self.role = role
  }
}
