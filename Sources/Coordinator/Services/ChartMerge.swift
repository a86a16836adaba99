internal import CoordinatorCore
internal import Model

/// Brings sightings and inventories into the chart, inside one transaction. Every way in ends in `write`, which makes
/// the merged rows of endpoints from their views and listeners, and writes only what differs.
struct ChartMerge {
  private let session: any WriteSession
  /// An inventory is read once a transaction, however many hosts it touches.
  private var listenersByAgent: [AgentID: [ListenerRecord]] = [:]

  /// New endpoints that are not written yet.
  private var pending: [NewEndpoint] = []
  private var outlook: ChartOutlook?
  /// The host that was merged last.
  private var latest: ChartHost?

  /// Endpoints that are gathered before they are written.
  private static let pendingLimit = 512

  init(session: any WriteSession) { self.session = session }

  /// Brings what one agent saw at some hosts, which are sorted, into the chart.
  mutating func merge(
    _ hosts: [(HostAddress, HostObservations)], site: SiteID, agent: AgentID, interfaces: [InterfaceAddress],
    lane: LaneID
  ) throws {
    outlook = try ChartOutlook(hosts, site: site, in: session)
    for (host, observations) in hosts {
      let place = ChartHost(
        site: site, scope: .of(host, for: agent, interfaces: interfaces), address: host.address)
      // An address may come twice, with and without an interface; the second time it must be found.
      if pending.last?.host == place || latest == place {
        try flush()
        outlook = nil
      }
      latest = place
      try merge(observations, at: place, lane: lane)
      if pending.count >= Self.pendingLimit { try flush() }
    }
    try flush()
  }

  private mutating func flush() throws {
    if !pending.isEmpty { try session.insertEndpoints(pending) }
    pending = []
  }

  /// What one zone's agent saw at one host.
  struct HostObservations {
    /// Endpoints seen open.
    var sightings: [(transport: TransportProtocol, port: Port, view: ZoneView, service: ServiceFacts?)] = []
    /// Runs of ports in other states; empty where the chunk proves nothing about what is not open.
    var runs: [(transport: TransportProtocol, run: ZoneRun)] = []

    var withoutRuns: HostObservations { HostObservations(sightings: sightings) }
  }

  private mutating func merge(_ observations: HostObservations, at host: ChartHost, lane: LaneID) throws {
    let isFirstRun = observations.runs.count == 1 && outlook?.hasNoRuns(host) ?? false
    for entry in observations.runs {
      if isFirstRun {
        try session.addRun(entry.run, lane: lane, host: host, transport: entry.transport)
      } else {
        try session.mergeRun(entry.run, lane: lane, host: host, transport: entry.transport)
      }
    }
    // What is not looked at keeps its row: that rests on its own views and on the inventory, which refreshes what it changes.
    var endpoints = Endpoints()
    let span = observations.span
    let isUncharted = outlook?.isUncharted(host) ?? false
    if isUncharted, observations.sightings.isEmpty { return }
    for (transport, ports) in span where !isUncharted {
      endpoints.add(try session.endpoints(of: host, transport: transport, ports: ports))
    }
    var earlier = EarlierRuns(host: host, span: span)
    if observations.runs.isEmpty, outlook?.hasNoRuns(host) ?? false { earlier.areNone = true }
    for sighting in observations.sightings {
      let key = ProtocolPort(sighting.transport, sighting.port)
      if !endpoints.contains(key) { endpoints.begin(key, views: try earlier.views(of: key, in: session)) }
      endpoints.apply(sighting.view, at: key)
      guard let facts = sighting.service else { continue }
      let view = sighting.view
      let isNews = endpoints.apply(
        ZoneService(zone: view.zone, facts: facts, observedAt: view.observedAt, job: view.job, agent: view.agent),
        at: key)
      // An older one changes nothing of the service, but its certificate was seen then.
      if !isNews, let certificate = facts.certificate {
        try session.noteCertificate(certificate, at: view.observedAt)
      }
    }
    for entry in observations.runs where entry.run.run.state != .unchecked {
      // Only endpoints that are in the chart: one that never was open stays a part of its run.
      for key in endpoints.keys
      where key.transport == entry.transport && entry.run.run.ports.contains(key.port.rawValue) {
        endpoints.apply(ZoneView(entry.run), at: key)
      }
    }
    try write(endpoints, of: host)
  }

  /// What earlier scans saw of a host, which an endpoint new to the chart begins with; read once there is one.
  private struct EarlierRuns {
    let host: ChartHost
    let span: [TransportProtocol: ClosedRange<UInt16>]
    /// Known beforehand.
    var areNone = false
    private var known: [TransportProtocol: [ZoneRun]] = [:]

    init(host: ChartHost, span: [TransportProtocol: ClosedRange<UInt16>]) {
      self.host = host
      self.span = span
    }

    mutating func views(of key: ProtocolPort, in session: any WriteSession) throws -> [ZoneView] {
      guard !areNone else { return [] }
      let port = key.port.rawValue
      let runs =
        try known[key.transport]
        ?? session.runs(of: host, transport: key.transport, ports: span[key.transport] ?? 0...UInt16.max)
      known[key.transport] = runs
      var views: [ZoneView] = []
      for run in runs where run.run.state != .unchecked && run.run.ports.contains(port) { views.merge(ZoneView(run)) }
      return views
    }
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
      var endpoints = Endpoints()
      endpoints.add(try session.endpoints(of: host))
      var earlier = EarlierRuns(host: host, span: [:])
      for listener in after where listener.fit(host.address, on: interface) != nil {
        let key = ProtocolPort(listener.key.transport, listener.key.port)
        if !endpoints.contains(key) { endpoints.begin(key, views: try earlier.views(of: key, in: session)) }
      }
      try write(endpoints, of: host)
    }
    try flush()
  }

  /// Takes back what a removed agent's inventory had said.
  mutating func forgetInventory(of agent: AgentRecord, interfaces: [InterfaceAddress], at time: Timestamp) throws {
    let before = try session.listeners(of: agent.id)
    for listener in before { try session.removeListener(listener.id) }
    listenersByAgent[agent.id] = []
    for host in chartHosts(of: agent, interfaces: interfaces, before: [], listeners: before).keys {
      var endpoints = Endpoints()
      endpoints.add(try session.endpoints(of: host))
      try write(endpoints, of: host)
    }
    try flush()
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

  /// Makes the merged rows of some endpoints of a host anew, and writes those that differ with the views that have changed.
  private mutating func write(_ endpoints: Endpoints, of host: ChartHost) throws {
    guard !endpoints.isEmpty else { return }
    var insideAgent: AgentID?
    if !(outlook?.isNobodys(host) ?? false), let agent = try session.agentLiving(at: host),
      try session.inventoryPosition(of: agent) != nil
    {
      insideAgent = agent
    }
    let interface = try interface(of: host, insideAgent)
    let listeners = try insideAgent.map { try self.listeners(of: $0) } ?? []
    for (key, draft) in endpoints.sorted {
      let owner =
        listeners
        .filter { $0.key.transport == key.transport && $0.key.port == key.port }
        .compactMap { listener in
          listener.fit(host.address, on: interface).map { (listener: listener, fit: $0) }
        }
        .max { ($0.fit, $1.listener.id.rawValue) < ($1.fit, $0.listener.id.rawValue) }?.listener
      if draft.views.isEmpty && owner == nil {
        if let stored = draft.stored { try session.removeEndpoint(stored.id) }
        continue
      }
      let summary = EndpointSummary(
        views: draft.views, services: draft.services, listener: owner, insideAgent: insideAgent,
        isLoopback: host.address.isLoopback)
      if let stored = draft.stored {
        for view in draft.views where !stored.views.contains(view) { try session.setView(view, of: stored.id) }
        for (key, runs) in try runs(draft, stored.id) { try session.setRuns(runs, of: stored.id, key) }
        for service in draft.services where !stored.services.contains(service) {
          try session.setService(service, of: stored.id)
        }
        if summary != stored.summary { try session.setSummary(summary, of: stored.id) }
      } else {
        pending.append(
          NewEndpoint(
            host: host, key: key, summary: summary, views: draft.views, services: draft.services,
            runs: try runs(draft, nil)))
      }
    }
  }

  /// The runs of each view whose runs have changed.
  private func runs(_ draft: Endpoints.Draft, _ stored: EndpointID?) throws -> [ViewKey: [ViewRun]] {
    var result: [ViewKey: [ViewRun]] = [:]
    for (key, edit) in draft.edits {
      var runs = try stored.flatMap { edit.base.differedAt == nil ? nil : try session.runs(of: $0, key) } ?? []
      if runs.isEmpty {
        runs = [ViewRun(edit.base)]
      } else {
        // The end of the last run is the view's own time.
        runs[runs.count - 1].last = max(runs[runs.count - 1].last, edit.base.observedAt)
      }
      for sighting in edit.sightings { runs.insert(sighting) }
      result[key] = runs
    }
    return result
  }

  /// The interface that the host's address is on: a socket bound to another one does not answer there.
  private func interface(of host: ChartHost, _ agent: AgentID?) throws -> String? {
    if host.scope != .site, let name = host.scope.rawValue.split(separator: "/", maxSplits: 1).dropFirst().first {
      return String(name)
    }
    return try agent.flatMap { try session.interfaces(of: $0).first { $0.address == host.address }?.interface }
  }

  private mutating func listeners(of agent: AgentID) throws -> [ListenerRecord] {
    if let known = listenersByAgent[agent] { return known }
    let read = try session.listeners(of: agent)
    listenersByAgent[agent] = read
    return read
  }

  /// Endpoints of one host by protocol and port, as they are stored and as they shall be.
  private struct Endpoints {
    struct Draft {
      /// Nil: new to the chart.
      let stored: EndpointRecord?
      var views: [ZoneView]
      var services: [ZoneService]
      /// Of views that have changed, what they were before and the sightings that are no mere repetition.
      var edits: [ViewKey: (base: ZoneView, sightings: [ViewRun])] = [:]

      mutating func apply(_ view: ZoneView) {
        guard let index = views.firstIndex(where: { $0.isOfSameKind(as: view) }) else {
          views.append(view)
          return
        }
        let known = views[index]
        let isLate = known.differedAt != nil && view.observedAt < known.observedAt
        let key = ViewKey(view)
        if view.state != known.state || isLate || edits[key] != nil {
          edits[key, default: (known, [])].sightings.append(ViewRun(view))
        }
        views[index] = known.merged(with: view)
      }
    }

    private var drafts: [ProtocolPort: Draft] = [:]

    var isEmpty: Bool { drafts.isEmpty }
    var keys: [ProtocolPort] { Array(drafts.keys) }
    /// In key order, so that writes touch neighbouring pages.
    var sorted: [(key: ProtocolPort, value: Draft)] { drafts.sorted { $0.key < $1.key } }

    func contains(_ key: ProtocolPort) -> Bool { drafts[key] != nil }

    mutating func add(_ records: [EndpointRecord]) {
      for record in records {
        drafts[ProtocolPort(record.transport, record.port)] = Draft(
          stored: record, views: record.views, services: record.services)
      }
    }

    mutating func begin(_ key: ProtocolPort, views: [ZoneView]) {
      drafts[key] = Draft(stored: nil, views: views, services: [])
    }

    mutating func apply(_ view: ZoneView, at key: ProtocolPort) { drafts[key]?.apply(view) }

    /// False: it changes nothing of what is known.
    mutating func apply(_ service: ZoneService, at key: ProtocolPort) -> Bool {
      guard var draft = drafts[key] else { return false }
      if let index = draft.services.firstIndex(where: { $0.zone == service.zone }) {
        let merged = draft.services[index].merged(with: service)
        guard merged != draft.services[index] else { return false }
        draft.services[index] = merged
      } else {
        draft.services.append(service)
      }
      drafts[key] = draft
      return true
    }
  }
}

extension ChartMerge.HostObservations {
  /// The ports of each protocol from the lowest to the highest that anything is said of.
  fileprivate var span: [TransportProtocol: ClosedRange<UInt16>] {
    var span: [TransportProtocol: ClosedRange<UInt16>] = [:]
    func add(_ transport: TransportProtocol, _ ports: ClosedRange<UInt16>) {
      guard let before = span[transport] else {
        span[transport] = ports
        return
      }
      span[transport] = min(before.lowerBound, ports.lowerBound)...max(before.upperBound, ports.upperBound)
    }
    for sighting in sightings { add(sighting.transport, sighting.port.rawValue...sighting.port.rawValue) }
    for entry in runs where entry.run.run.state != .unchecked { add(entry.transport, entry.run.run.ports) }
    return span
  }
}

extension [ZoneView] {
  /// Merges a view with the one of its kind, or adds it.
  fileprivate mutating func merge(_ view: ZoneView) {
    if let index = firstIndex(where: { $0.isOfSameKind(as: view) }) {
      self[index] = self[index].merged(with: view)
    } else {
      append(view)
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
