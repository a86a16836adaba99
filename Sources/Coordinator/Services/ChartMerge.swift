internal import CoordinatorCore
internal import Model

/// Brings sightings and inventories into the chart, inside one transaction. Every way in ends in `refresh`, which makes
/// the merged rows of a host from its views and its listeners, and writes only what differs.
struct ChartMerge {
  private let session: any WriteSession
  /// An inventory is read once a transaction, however many hosts it touches.
  private var listenersByAgent: [AgentID: [ListenerRecord]] = [:]

  init(session: any WriteSession) { self.session = session }

  /// What one zone's agent saw at one host.
  struct HostObservations {
    /// Endpoints seen open.
    var sightings: [(transport: TransportProtocol, port: Port, view: ZoneView, service: ServiceFacts?)] = []
    /// Runs of ports in other states; empty where the chunk proves nothing about what is not open.
    var runs: [(transport: TransportProtocol, run: ZoneRun)] = []
  }

  mutating func merge(_ observations: HostObservations, at host: ChartHost, lane: LaneID) throws {
    for entry in observations.runs {
      try session.mergeRun(entry.run, lane: lane, host: host, transport: entry.transport)
    }
    var endpoints = Endpoints(try session.endpoints(of: host))
    for sighting in observations.sightings {
      let key = ProtocolPort(sighting.transport, sighting.port)
      try apply(sighting.view, at: key, of: host, to: &endpoints)
      if let service = sighting.service { try apply(service, of: sighting.view, at: key, to: &endpoints) }
    }
    for entry in observations.runs where entry.run.run.state != .unchecked {
      // Only endpoints that are in the chart: one that never was open stays a part of its run.
      for key in endpoints.keys
      where key.transport == entry.transport && entry.run.run.ports.contains(key.port.rawValue) {
        try apply(ZoneView(entry.run), at: key, of: host, to: &endpoints)
      }
    }
    try refresh(host, endpoints)
  }

  private func apply(
    _ view: ZoneView, at key: ProtocolPort, of host: ChartHost, to endpoints: inout Endpoints
  ) throws {
    var record = try endpoints[key] ?? newEndpoint(key, of: host)
    if let index = record.views.firstIndex(where: { $0.isOfSameKind(as: view) }) {
      let merged = record.views[index].merged(with: view)
      guard merged != record.views[index] else { return }
      record.views[index] = merged
      try session.setView(merged, of: record.id)
    } else {
      record.views.append(view)
      try session.setView(view, of: record.id)
    }
    endpoints[key] = record
  }

  /// What the service of an open endpoint showed, to the one whose view it is.
  private func apply(
    _ facts: ServiceFacts, of view: ZoneView, at key: ProtocolPort, to endpoints: inout Endpoints
  ) throws {
    guard var record = endpoints[key] else { return }
    let seen = ZoneService(
      zone: view.zone, facts: facts, observedAt: view.observedAt, job: view.job, agent: view.agent)
    let index = record.services.firstIndex { $0.zone == seen.zone }
    let merged = index.map { record.services[$0].merged(with: seen) } ?? seen
    if let index {
      guard merged != record.services[index] else {
        // An older one changes nothing of the service, but its certificate was seen then.
        if let certificate = facts.certificate { try session.noteCertificate(certificate, at: seen.observedAt) }
        return
      }
      record.services[index] = merged
    } else {
      record.services.append(merged)
    }
    try session.setService(merged, of: record.id)
    endpoints[key] = record
  }

  /// An endpoint new to the chart begins with what earlier scans saw there.
  private func newEndpoint(_ key: ProtocolPort, of host: ChartHost) throws -> EndpointRecord {
    var record = EndpointRecord(
      id: try session.insertEndpoint(host, transport: key.transport, port: key.port), transport: key.transport,
      port: key.port, views: [], summary: EndpointSummary(views: [], listener: nil, insideAgent: nil, isLoopback: false)
    )
    for run in try session.runs(of: host, transport: key.transport, port: key.port) where run.run.state != .unchecked {
      let view = ZoneView(run)
      if let index = record.views.firstIndex(where: { $0.isOfSameKind(as: view) }) {
        record.views[index] = record.views[index].merged(with: view)
      } else {
        record.views.append(view)
      }
    }
    for view in record.views { try session.setView(view, of: record.id) }
    return record
  }

  /// Takes in an agent's whole inventory.
  mutating func replaceInventory(
    of agent: AgentRecord, interfaces: [InterfaceAddress],
    listeners: [ListenerRecord.Key: ListenerContent], at time: Timestamp
  ) throws {
    let interfacesBefore = try session.interfaces(of: agent.id)
    if Set(interfaces) != Set(interfacesBefore) { try session.setInterfaces(interfaces, of: agent.id) }
    let before = try session.listeners(of: agent.id)
    for known in before {
      guard let content = listeners[known.key] else {
        try session.removeListener(known.id)
        continue
      }
      if content != known.content { try session.setListener(known.id, content: content, seenAt: time) }
    }
    let knownKeys = Set(before.map(\.key))
    for (key, content) in listeners where !knownKeys.contains(key) {
      _ = try session.insertListener(agent: agent.id, key: key, content: content, at: time)
    }
    try session.setListenersSeen(of: agent.id, at: time)
    let after = try session.listeners(of: agent.id)
    listenersByAgent[agent.id] = after
    let hosts = chartHosts(of: agent, interfaces: interfaces, before: interfacesBefore, listeners: before + after)
    for (host, interface) in hosts {
      var endpoints = Endpoints(try session.endpoints(of: host))
      for listener in after where listener.fit(host.address, on: interface) != nil {
        let key = ProtocolPort(listener.key.transport, listener.key.port)
        if endpoints[key] == nil { endpoints[key] = try newEndpoint(key, of: host) }
      }
      try refresh(host, endpoints)
    }
  }

  /// Takes back what a removed agent's inventory had said.
  mutating func forgetInventory(of agent: AgentRecord, interfaces: [InterfaceAddress], at time: Timestamp) throws {
    let before = try session.listeners(of: agent.id)
    for listener in before { try session.removeListener(listener.id) }
    listenersByAgent[agent.id] = []
    for host in chartHosts(of: agent, interfaces: interfaces, before: [], listeners: before).keys {
      try refresh(host, Endpoints(try session.endpoints(of: host)))
    }
  }

  /// Every host of the chart that the agent's inventory speaks about, with the interface its address is on.
  private func chartHosts(
    of agent: AgentRecord, interfaces: [InterfaceAddress], before: [InterfaceAddress], listeners: [ListenerRecord]
  ) -> [ChartHost: String?] {
    var hosts: [ChartHost: String?] = [:]
    func add(_ host: HostAddress, interface: String?, among interfaces: [InterfaceAddress]) {
      guard !host.address.isUnspecified, !host.address.isMulticast else { return }
      let scope = HostScope.of(host, for: agent.id, interfaces: interfaces)
      hosts[ChartHost(site: agent.site, scope: scope, address: host.address)] = interface
    }
    // What an address meant while the agent had it: a bridge that is gone must be found under its old name.
    for owners in [before, interfaces] {
      for owned in owners {
        add(HostAddress(owned.address, interface: owned.interface), interface: owned.interface, among: owners)
      }
    }
    for listener in listeners where listener.key.namespace == nil {
      // A socket may be bound to an address that no interface lists, such as 127.0.0.53.
      let bound = listener.key.address.unmapped
      guard !interfaces.contains(where: { $0.address == bound }) else { continue }
      let interface = listener.key.interface.isEmpty ? nil : listener.key.interface
      add(HostAddress(bound, interface: interface), interface: interface, among: interfaces)
    }
    return hosts
  }

  /// Makes the merged row of every endpoint of a host anew, and writes those that differ.
  private mutating func refresh(_ host: ChartHost, _ endpoints: Endpoints) throws {
    guard !endpoints.isEmpty else { return }
    var insideAgent: AgentID?
    if let agent = try session.agentLiving(at: host), try session.inventoryPosition(of: agent) != nil {
      insideAgent = agent
    }
    let interface = try interface(of: host, insideAgent)
    let listeners = try insideAgent.map { try self.listeners(of: $0) } ?? []
    for record in endpoints.records {
      let owner =
        listeners
        .filter { $0.key.transport == record.transport && $0.key.port == record.port }
        .compactMap { listener in
          listener.fit(host.address, on: interface).map { (listener: listener, fit: $0) }
        }
        .max { ($0.fit, $1.listener.id.rawValue) < ($1.fit, $0.listener.id.rawValue) }?.listener
      if record.views.isEmpty && owner == nil {
        try session.removeEndpoint(record.id)
        continue
      }
      let summary = EndpointSummary(
        views: record.views, services: record.services, listener: owner, insideAgent: insideAgent,
        isLoopback: host.address.isLoopback)
      if summary != record.summary { try session.setSummary(summary, of: record.id) }
    }
  }

  /// The interface that the host's address is on: a socket bound to another one does not answer there.
  private func interface(of host: ChartHost, _ agent: AgentID?) throws -> String? {
    if let name = host.scope.rawValue.split(separator: "/", maxSplits: 1).dropFirst().first { return String(name) }
    return try agent.flatMap { try session.interfaces(of: $0).first { $0.address == host.address }?.interface }
  }

  private mutating func listeners(of agent: AgentID) throws -> [ListenerRecord] {
    if let known = listenersByAgent[agent] { return known }
    let read = try session.listeners(of: agent)
    listenersByAgent[agent] = read
    return read
  }

  /// The endpoints of one host by protocol and port.
  private struct Endpoints {
    private var byKey: [ProtocolPort: EndpointRecord]

    init(_ records: [EndpointRecord]) {
      byKey = Dictionary(records.map { (ProtocolPort($0.transport, $0.port), $0) }) { first, _ in first }
    }

    var isEmpty: Bool { byKey.isEmpty }
    var keys: [ProtocolPort] { Array(byKey.keys) }
    var records: [EndpointRecord] { byKey.sorted { $0.key < $1.key }.map(\.value) }

    subscript(key: ProtocolPort) -> EndpointRecord? {
      get { byKey[key] }
      set { byKey[key] = newValue }
    }
  }
}

extension ZoneView {
  /// The view that a run of ports gives of each of them.
  fileprivate init(_ run: ZoneRun) {
    self.init(
      zone: run.zone, state: run.run.state, reason: run.run.reason, isSelfView: run.isSelfView,
      observedAt: run.run.observedAt, job: run.job, agent: run.agent)
  }
}
