internal import CoordinatorCore
internal import Model

/// Gathers what is known of an endpoint, by the same steps as those by which its merged row was made.
struct EndpointExplainer {
  let session: any ReadSession
  /// Inventories older than this prove nothing any more.
  private let inventoryNotBefore: Timestamp
  private let settings: FleetSettings
  /// Nil: as it is now.
  private let past: Timestamp?
  /// Zones that alone are listened to; nil: all.
  private let zones: Set<ZoneID>?

  init(
    session: any ReadSession, time: Timestamp, isPast: Bool, settings: FleetSettings, zones: Set<ZoneID>? = nil
  ) {
    self.zones = zones
    self.session = session
    inventoryNotBefore = time - settings.inventoryMaximumAge
    self.settings = settings
    past = isPast ? time : nil
  }

  /// Where the address means a host of which something is known at that port: in the site, and inside each agent's host for
  /// addresses that mean one there alone.
  func hosts(at address: IPAddress, _ key: ProtocolPort, site: String?, limit: Int) throws -> [ChartHost] {
    var terms: [ChartFilter] = [
      .term(.net([AddressRange(address)])), .term(.port([key.port.rawValue...key.port.rawValue])),
      .term(.transport([key.transport])),
    ]
    if let site { terms.append(.term(.site([.exactly(site)]))) }
    // Those that only the past tells of are among the keys.
    var hosts = try session.chartKeys(ChartQuery(.all(terms)), after: nil, limit: limit).map(\.place.host)
    // What never was open is in no row, and was looked at all the same.
    for record in try session.sites() where site == nil || record.name == site {
      let scopes = try session.agents(includingRemoved: false).filter { $0.site == record.id }.map { agent in
        HostScope.of(HostAddress(address), for: agent.id, interfaces: try session.interfaces(of: agent.id))
      }
      for scope in Set(scopes + [.site]) where hosts.count < limit {
        let host = ChartHost(site: record.id, scope: scope, address: address)
        let port = key.port.rawValue
        guard !hosts.contains(host) else { continue }
        if try !session.runs(of: host, transport: key.transport, ports: port...port).isEmpty { hosts.append(host) }
      }
    }
    return hosts.sorted { ($0.site.rawValue, $0.scope.rawValue) < ($1.site.rawValue, $1.scope.rawValue) }
  }

  private func isHeard(_ zone: ZoneID) -> Bool { zones?.contains(zone) ?? true }

  func explanation(of key: ProtocolPort, at host: ChartHost) throws -> EndpointExplanation {
    let port = key.port.rawValue
    let record = try session.endpoints(of: host, transport: key.transport, ports: port...port).first
    let moment = try record.flatMap { record in
      try past.map { time in
        var chart = PastChart(session: session, time: time, settings: settings)
        return try chart.moment(of: record, at: host)
      }
    }
    let agent = try past.map { try session.agentLiving(at: host, asOf: $0) } ?? session.agentLiving(at: host)
    let inventoryAt = try agent.flatMap { agent in
      try past.map { try session.inventoryTime(of: agent, asOf: $0) } ?? session.inventoryTimes(of: agent).sampledAt
    }
    let isCurrent = inventoryAt.map { $0 >= inventoryNotBefore } ?? false
    var listeners: [ListenerRecord] = []
    if let agent, inventoryAt != nil { listeners = try moment?.listeners ?? self.listeners(of: agent, at: host, key) }
    let isLoopback = host.address.isLoopback
    var absence = ListenerAbsence.always
    if let agent, inventoryAt != nil, listeners.isEmpty {
      absence = try .of(key, at: host, on: try interface(of: host, agent), agent, asOf: past, in: session)
    }
    let inside = listeners.first.map(InsideView.init) ?? (inventoryAt == nil ? .noAgent : .noListener(absence))
    let views =
      try record.map { record in
        try (moment?.views ?? record.views).filter { isHeard($0.zone) }.map {
          try view($0, of: record.id, inside, isLoopback, isCurrent)
        }
      }
      ?? earlierViews(of: key, at: host, inside, isLoopback, isCurrent)
    let summary = EndpointSummary(
      views: views.map(\.view), listener: listeners.first, insideAgent: inventoryAt == nil ? nil : agent,
      absence: absence, isLoopback: isLoopback)
    let shown = views.first { $0.view.zone == summary.zone && $0.view.isSelfView == summary.isSelfView }
    let (verdict, reason) = judged(summary.verdict, shown?.view.shown, inside, isLoopback, isCurrent)
    return EndpointExplanation(
      host: host, key: key, verdict: verdict, reason: reason, views: views,
      services: (moment?.services ?? record?.services ?? []).filter { isHeard($0.zone) },
      listeners: listeners, agent: agent, inventoryAt: inventoryAt, isInventoryCurrent: isCurrent)
  }

  /// The verdict as it is told now: an old inventory proves neither an owner nor the lack of one.
  private func judged(
    _ verdict: Verdict?, _ view: ZoneView?, _ inside: InsideView, _ isLoopback: Bool, _ isCurrent: Bool
  ) -> (Verdict?, String) {
    let hasListener = if case .listener = inside { true } else { false }
    if let verdict, verdict.needsCurrentInventory(hasListener: hasListener), !isCurrent {
      return (.noInsideView, "open, and the inventory of the agent that lives there is older than allowed")
    }
    return (verdict, Verdict.reason(verdict, view: view, inside: inside, isLoopback: isLoopback))
  }

  private func view(
    _ view: ZoneView, of endpoint: EndpointID?, _ inside: InsideView, _ isLoopback: Bool, _ isCurrent: Bool
  ) throws -> EndpointExplanation.View {
    var runs = try endpoint.map { try session.runs(of: $0, ViewKey(view)) } ?? []
    if runs.isEmpty {
      runs = [ViewRun(view)]
      if view.differedAt == nil { runs.settle() }
    } else {
      if let past { runs.removeAll { $0.first > past } }
      if !runs.isEmpty { runs[runs.count - 1].last = view.observedAt }
    }
    var (verdict, reason) = judged(
      Verdict(view: view.shown, inside: inside, isLoopback: isLoopback), view.shown, inside, isLoopback, isCurrent)
    if view.heldReason != nil {
      let looks = runs.held(closeAfter: settings.closeAfter, by: past ?? Timestamp(milliseconds: .max))?.looks ?? 1
      reason += """
        ; not open in the last \(looks == 1 ? "look" : "\(looks) looks"), and told as open until \(settings.closeAfter) in a row \
        say so
        """
    }
    let scan = try view.job.flatMap { try session.job($0) }.flatMap { try session.lane($0.lane) }?.scan
    return EndpointExplanation.View(view: view, verdict: verdict, reason: reason, scan: scan, runs: runs)
  }

  /// What scans saw of an endpoint that never was open, the newest of each zone.
  private func earlierViews(
    of key: ProtocolPort, at host: ChartHost, _ inside: InsideView, _ isLoopback: Bool, _ isCurrent: Bool
  ) throws -> [EndpointExplanation.View] {
    let port = key.port.rawValue
    var views: [ViewKey: ZoneView] = [:]
    for run in try session.runs(of: host, transport: key.transport, ports: port...port)
    where isHeard(run.zone) && run.run.ports.contains(port) && past.map({ run.run.observedAt <= $0 }) ?? true {
      let view = ZoneView(run)
      let known = ViewKey(view)
      views[known] = views[known].map { $0.merged(with: view) } ?? view
    }
    return try views.values.sorted { $0.zone < $1.zone }.map {
      try self.view($0, of: nil, inside, isLoopback, isCurrent)
    }
  }

  private func listeners(of agent: AgentID, at host: ChartHost, _ key: ProtocolPort) throws -> [ListenerRecord] {
    let interface = try interface(of: host, agent)
    return try (past.map { try session.listeners(of: agent, at: key, asOf: $0) } ?? session.listeners(of: agent))
      .filter { $0.key.transport == key.transport && $0.key.port == key.port }
      .compactMap { listener in listener.fit(host.address, on: interface).map { (listener, $0) } }
      .sorted { ($1.1, $0.0.id.rawValue) < ($0.1, $1.0.id.rawValue) }
      .map(\.0)
  }

  private func interface(of host: ChartHost, _ agent: AgentID) throws -> String? {
    guard host.scope == .site else {
      return host.scope.rawValue.split(separator: "/", maxSplits: 1).dropFirst().first.map(String.init)
    }
    return try past.map { try session.interface(with: host.address, of: agent, asOf: $0) }
      ?? session.interfaces(of: agent).first { $0.address == host.address }?.interface
  }
}
