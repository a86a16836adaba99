internal import CoordinatorCore
internal import Model

/// Brings sightings and inventories into the chart, inside one transaction. Every way in ends in `write`, which makes
/// the merged rows of endpoints from their views and listeners, and writes only what differs.
struct ChartMerge {
  let session: any WriteSession
  /// An inventory is read once a transaction, however many hosts it touches.
  var listenersByAgent: [AgentID: [ListenerRecord]] = [:]

  /// New endpoints that are not written yet.
  private var pending: [NewEndpoint] = []
  /// While an inventory is taken in: who listened before.
  var owners: OwnerComparison?
  private var outlook: ChartOutlook?
  private var telling: ChangeTelling
  /// The host that was merged last.
  private var latest: ChartHost?

  /// Looks in a row that close what was open.
  private let closeAfter: Int

  /// Endpoints that are gathered before they are written.
  private static let pendingLimit = 2_048

  /// `acceptedAt` is when sightings that are news came; nil: there are none.
  init(
    session: any WriteSession, acceptedAt: Timestamp? = nil, closeAfter: Int = 1, flapLimit: FlapLimit? = nil
  ) {
    self.session = session
    self.closeAfter = closeAfter
    telling = ChangeTelling(
      session: session, acceptedAt: acceptedAt, closeAfter: closeAfter, flapLimit: flapLimit)
  }

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

  mutating func flush() throws {
    if !pending.isEmpty { try session.insertEndpoints(pending) }
    pending = []
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
    let isUncharted = outlook?.isUncharted(host) ?? false
    if isUncharted, observations.sightings.isEmpty { return }
    if isUncharted, owners == nil, observations.areOpenAlone, let outlook, outlook.hasNoRuns(host),
      outlook.isNobodys(host)
    {
      return try begin(observations.sightings, at: host)
    }
    var observations = observations
    if !isUncharted { try noteSeenAgain(&observations, at: host) }
    if observations.sightings.isEmpty, observations.runs.isEmpty { return }
    var endpoints = EndpointDrafts()
    let span = observations.span
    for (transport, ports) in span where !isUncharted {
      endpoints.add(try session.endpoints(of: host, transport: transport, ports: ports))
    }
    var earlier = EarlierRuns(host: host, span: span)
    if observations.runs.isEmpty, outlook?.hasNoRuns(host) ?? false { earlier.areNone = true }
    for sighting in observations.sightings {
      let key = ProtocolPort(sighting.transport, sighting.port)
      let place =
        try endpoints.place(of: key) ?? endpoints.begin(key, views: earlier.views(of: key, in: session))
      endpoints.apply(sighting.view, at: place)
      guard let facts = sighting.service else { continue }
      let view = sighting.view
      let isNews = endpoints.apply(
        ZoneService(zone: view.zone, facts: facts, observedAt: view.observedAt, job: view.job, agent: view.agent),
        at: place)
      // An older one changes nothing of the service, but its certificate was seen then.
      if !isNews, let certificate = facts.certificate {
        try session.noteCertificate(certificate, at: view.observedAt)
      }
    }
    for entry in observations.runs where entry.run.run.state != .unchecked {
      // Only endpoints that are in the chart: one that never was open stays a part of its run.
      for (place, key) in endpoints.keys.enumerated()
      where key.transport == entry.transport && entry.run.run.ports.contains(key.port.rawValue) {
        endpoints.apply(ZoneView(entry.run), at: place)
      }
    }
    try write(endpoints, of: host)
  }

  /// Takes the sightings away where all of them say no more of what is known than when and by whom it was seen last: nearly all of a
  /// scan again.
  private func noteSeenAgain(_ observations: inout HostObservations, at host: ChartHost) throws {
    // An own address is its agent's from the first inventory on, which need not name it: it is judged anew each time.
    guard host.scope == .site, let first = observations.sightings.first?.view, let kind = observations.commonKind
    else { return }
    let seer = Seer(zone: first.zone, agent: first.agent, job: first.job)
    var sightings: [OpenSighting] = []
    sightings.reserveCapacity(observations.sightings.count)
    for index in observations.sightings.indices {
      sightings.append(
        OpenSighting(
          port: observations.sightings[index].port, observedAt: observations.sightings[index].view.observedAt))
    }
    guard try session.noteSeenAgain(sightings, as: kind, by: seer, at: host) == sightings.count else { return }
    observations.sightings = []
  }

  /// What is seen first at a host of which nothing is known and where nobody lives: there is nothing to merge it with.
  private mutating func begin(_ sightings: [HostObservations.Sighting], at host: ChartHost) throws {
    for sighting in sightings {
      let key = ProtocolPort(sighting.transport, sighting.port)
      let views = [sighting.view]
      var summary = EndpointSummary(
        views: views, listener: nil, insideAgent: nil, isLoopback: host.address.isLoopback)
      summary.findings = FindingFacts(key: key, summary: summary, listener: nil, service: nil).findings
      pending.append(
        NewEndpoint(host: host, key: key, summary: summary, views: views, time: sighting.view.observedAt))
      try telling.tellFound(views, besides: [], at: key, of: host)
    }
    try telling.flush()
  }

  /// Makes the merged rows of some endpoints of a host anew, and writes those that differ with the views that have changed.
  mutating func write(_ endpoints: EndpointDrafts, of host: ChartHost) throws {
    guard !endpoints.isEmpty else { return }
    var insideAgent: AgentID?
    if !(outlook?.isNobodys(host) ?? false), let agent = try session.agentLiving(at: host),
      try session.inventoryPosition(of: agent) != nil
    {
      insideAgent = agent
    }
    let interface = try interface(of: host, insideAgent)
    let listeners = try insideAgent.map { try self.listeners(of: $0) } ?? []
    for place in endpoints.inOrder {
      let key = endpoints.keys[place]
      var draft = endpoints.drafts[place]
      let owner =
        listeners.isEmpty
        ? nil
        : listeners
          .filter { $0.key.transport == key.transport && $0.key.port == key.port }
          .compactMap { listener in
            listener.fit(host.address, on: interface).map { (listener: listener, fit: $0) }
          }
          .max { ($0.fit, $1.listener.id.rawValue) < ($1.fit, $0.listener.id.rawValue) }?.listener
      if draft.views.isEmpty && owner == nil {
        // It stays as long as the past tells of it, and no listing shows it.
        guard let stored = draft.stored, try hasPast(key) else {
          if let stored = draft.stored { try session.removeEndpoint(stored, at: host.site) }
          continue
        }
        let nothing = EndpointSummary(
          views: [], listener: nil, insideAgent: insideAgent, isLoopback: host.address.isLoopback)
        if stored.summary != nothing { try set(stored, views: [], nothing, key, host, at: time(of: draft)) }
        continue
      }
      let serviceRuns = try draft.stored.map { try self.serviceRuns(&draft, $0.id, key, host) } ?? [:]
      let viewRuns = draft.edits.isEmpty ? [:] : try self.runs(&draft, key, host)
      var absence = ListenerAbsence.always
      if let insideAgent, owner == nil, draft.views.contains(where: { $0.shown.state == .open }) {
        absence = try .of(key, at: host, on: interface, insideAgent, asOf: nil, in: session)
      }
      var summary = EndpointSummary(
        views: draft.views, services: draft.services, listener: owner, insideAgent: insideAgent, absence: absence,
        isLoopback: host.address.isLoopback)
      summary.findings =
        FindingFacts(
          key: key, summary: summary, listener: owner?.content,
          service: draft.services.first { $0.zone == summary.zone }?.facts
        ).findings
      if let stored = draft.stored {
        for (view, runs) in viewRuns { try session.setRuns(runs, of: stored.id, view) }
        for service in draft.services where !stored.services.contains(service) {
          try session.setService(service, of: stored.id)
        }
        for (zone, runs) in serviceRuns {
          try session.setPastServices(runs, of: stored.id, zone: zone)
          try session.setChanges(runs.changes, of: stored.id, zone: zone, kinds: [.service, .certificate])
        }
        if let owner, let change = try owners?.change(to: owner, at: host, key, from: stored.summary, in: session) {
          try session.insertChange(change, of: stored.id)
          try telling.tell([change], insteadOf: [], at: key, of: host)
        }
        if draft.isSeen || summary != stored.summary {
          try set(stored, views: draft.views, summary, key, host, at: time(of: draft))
        }
        if draft.services != stored.services || !serviceRuns.isEmpty {
          try noteUnshown(draft.services.map(\.facts), serviceRuns, besides: summary, key, host)
        }
      } else {
        try noteUnshown(draft.services.map(\.facts), [:], besides: summary, key, host)
        pending.append(
          NewEndpoint(
            host: host, key: key, summary: summary, views: draft.views, services: draft.services,
            time: time(of: draft), runs: viewRuns))
        // New to the chart, and not to those who looked: it was not open before.
        if draft.views.contains(where: { $0.differedAt != nil }) {
          try telling.tell(summary.findings.rules, at: time(of: draft), from: summary.zone, key, of: host)
        }
      }
      try telling.tellFound(draft.views, besides: draft.stored?.views ?? [], at: key, of: host)
    }
    try telling.flush()
  }

  private mutating func set(
    _ stored: EndpointRecord, views: [ZoneView], _ summary: EndpointSummary, _ key: ProtocolPort, _ host: ChartHost,
    at time: Timestamp
  ) throws {
    try session.setEndpoint(stored, views: views, summary: summary, at: host.site)
    if let unshown = stored.summary.service?.unshown(besides: summary.service) {
      try session.noteUnshownServices([unshown], at: host, key)
    }
    let (old, new) = (stored.summary.findings, summary.findings)
    guard old != new else { return }
    try session.openFindings(
      new.subtracting(old).rules.map { FoundNow(rule: $0, site: host.site, endpoint: stored.id, detail: "") }, at: time)
    try telling.tell(new.subtracting(old).rules, at: time, from: summary.zone, stored: stored.id, key, of: host)
    try session.closeFindings(old.subtracting(new), of: stored.id, at: time)
  }

  /// The past is found by what was known of services, which is more than the merged row tells.
  private func noteUnshown(
    _ services: [ServiceFacts], _ runs: [ZoneID: [ServiceRun]], besides summary: EndpointSummary, _ key: ProtocolPort,
    _ host: ChartHost
  ) throws {
    var unshown: [ShownService] = []
    for facts in services + runs.values.joined().map(\.service.facts) {
      guard let service = ShownService(facts)?.unshown(besides: summary.service), !unshown.contains(service) else {
        continue
      }
      unshown.append(service)
    }
    try session.noteUnshownServices(unshown, at: host, key)
  }

  /// When the last of it was seen.
  private func time(of draft: EndpointDrafts.Draft) -> Timestamp {
    var time = owners?.time ?? Timestamp(milliseconds: 0)
    for view in draft.views { time = max(time, view.observedAt) }
    return time
  }

  private func hasPast(_ key: ProtocolPort) throws -> Bool {
    guard key.transport == .udp, let owners else { return true }
    return try !session.pastListeners(of: owners.agent.id, at: key, limit: 1).isEmpty
  }

  /// The runs of each service whose runs have changed; the draft's services learn of them.
  private mutating func serviceRuns(
    _ draft: inout EndpointDrafts.Draft, _ stored: EndpointID, _ key: ProtocolPort, _ host: ChartHost
  ) throws -> [ZoneID: [ServiceRun]] {
    var result: [ZoneID: [ServiceRun]] = [:]
    for (zone, edit) in draft.serviceEdits {
      var runs = edit.base.hasPast ? try session.pastServices(of: stored, zone: zone) : []
      runs.append(ServiceRun(edit.base))
      let known = runs.changes
      for answer in edit.answers { runs.place(answer) }
      try telling.tell(runs.changes, insteadOf: known, at: key, of: host)
      if let index = draft.services.firstIndex(where: { $0.zone == zone }), let latest = runs.last {
        draft.services[index].since = latest.first
        draft.services[index].hasPast = runs.count > 1
        runs[runs.count - 1].service = draft.services[index]
      }
      result[zone] = runs
    }
    return result
  }

  /// The runs of each view whose runs have changed; the draft's views learn from them.
  private mutating func runs(
    _ draft: inout EndpointDrafts.Draft, _ key: ProtocolPort, _ host: ChartHost
  ) throws -> [ViewKey: [ViewRun]] {
    var result: [ViewKey: [ViewRun]] = [:]
    for (view, edit) in draft.edits {
      var runs =
        try draft.stored.flatMap { edit.base.differedAt == nil ? nil : try session.runs(of: $0.id, view) } ?? []
      if runs.isEmpty {
        runs = [ViewRun(edit.base)]
      } else {
        // The end of the last run is the view's own time.
        runs[runs.count - 1].last = max(runs[runs.count - 1].last, edit.base.observedAt)
      }
      let known = runs
      for sighting in edit.sightings { runs.insert(sighting, closeAfter: closeAfter) }
      if let index = draft.views.firstIndex(where: { ViewKey($0) == view }) {
        draft.views[index].settle(by: runs, closeAfter: closeAfter, insteadOf: edit.base)
      }
      try telling.tell(runs, insteadOf: known, view, of: draft.stored?.id, at: key, of: host)
      // A view that never differed is one run, which it tells itself.
      if runs.count > 1 || edit.base.differedAt != nil { result[view] = runs }
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

}

extension ShownService {
  /// The name and the product that the other does not tell; nil: it tells both.
  fileprivate func unshown(besides other: ShownService?) -> ShownService? {
    let unshown = ShownService(
      name: name == other?.name ? nil : name, product: product == other?.product ? nil : product, version: nil)
    return unshown.name == nil && unshown.product == nil ? nil : unshown
  }
}
