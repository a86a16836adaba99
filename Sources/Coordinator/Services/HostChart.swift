internal import CoordinatorCore
internal import Model

/// Answers questions about hosts, as they are or as they were observed by a time.
struct HostChart {
  let session: any ReadSession
  let places: PlaceNames
  /// Nil: as it is now.
  private let past: Timestamp?
  /// Zones that an explanation listens to alone; nil: all.
  private let zones: Set<ZoneID>?
  /// Inventories older than this prove nothing any more.
  private let inventoryNotBefore: Timestamp

  /// Hosts looked at by one question at most.
  static let lookLimit = 50_000
  /// Those of a page of hosts, of each of which all is read that a row tells.
  static let hostLimit = 10_000
  private static let batch = 500
  /// Batches of records without an endpoint that fits, after which a page ends early.
  private static let batchesOfPage = 10

  init(
    session: any ReadSession, places: PlaceNames, past: Timestamp? = nil,
    inventoryNotBefore: Timestamp = Timestamp(milliseconds: .min), zones: Set<ZoneID>? = nil
  ) {
    self.zones = zones
    self.session = session
    self.places = places
    self.past = past
    self.inventoryNotBefore = inventoryNotBefore
  }

  /// `charted` reads a page of hosts that have an endpoint that fits; `isLast`: it has looked at so many that none shall follow for this
  /// question.
  func hosts(
    _ query: ChartQuery, _ states: Set<HostState>?, after: ChartHost?, limit: Int, lookLimit: Int = hostLimit,
    _ charted: (ChartHost?, Int) throws -> (rows: [ChartHostRow], next: ChartHost?, isLast: Bool)
  ) throws -> (rows: [ChartHostRow], next: ChartHost?) {
    var rows: [ChartHostRow] = []
    var position = after
    var looked = 0
    while true {
      let (found, next, isLast) = try charted(position, limit)
      var page = found
      // Behind the end of a page that is not the last one, the others wait for the next.
      let bare: (rows: [ChartHostRow], next: ChartHost?, looked: Int) =
        try query.filter.isOfHosts ? bareHosts(query.filter, after: position, limit: limit) : ([], nil, 0)
      looked += bare.looked
      let known = Set(found.map(\.host))
      let end = [next, bare.next].compactMap(\.self).min { $0.precedes($1) }
      page += bare.rows.filter { !known.contains($0.host) }
      if let end { page.removeAll { end.precedes($0.host) } }
      page.sort { $0.host.precedes($1.host) }
      for row in page {
        position = row.host
        looked += 1
        let full = try completed(row)
        if let states, !(full.state.map(states.contains) ?? false) { continue }
        rows.append(full)
        if rows.count == limit {
          return (rows, end == nil && row.host == page.last?.host ? nil : row.host)
        }
      }
      guard let end else { return (rows, nil) }
      position = end
      if isLast || looked >= lookLimit { return (rows, end) }
    }
  }

  /// Hosts that answered, whether anything is open there or not.
  private func bareHosts(
    _ filter: ChartFilter, after: ChartHost?, limit: Int
  ) throws -> (rows: [ChartHostRow], next: ChartHost?, looked: Int) {
    var rows: [ChartHostRow] = []
    var position = after
    var looked = 0
    let named = past == nil ? try session.namedHosts(filter) : nil
    while true {
      let found = try records(of: named, in: filter.demandedRanges, after: position)
      for record in found {
        position = record.host
        looked += 1
        guard let record = try observed(record), try filter.holds(for: judged(record, by: filter)) else { continue }
        rows.append(
          ChartHostRow(
            host: record.host, openPorts: 0, listeners: 0, agent: try living(at: record.host), firstSeen: nil,
            lastSeen: nil))
        if rows.count == limit { return (rows, record.host, looked) }
      }
      if found.count < Self.batch { return (rows, nil, looked) }
      if looked >= Self.batch * Self.batchesOfPage { return (rows, position, looked) }
    }
  }

  /// The next records: of the hosts that a query names, if those are few.
  private func records(
    of named: [ChartHost]?, in ranges: [AddressRange], after: ChartHost?
  ) throws -> [HostRecord] {
    guard let named else { return try session.hostRecords(in: ranges, after: after, limit: Self.batch) }
    return try named.filter { host in after.map { $0.precedes(host) } ?? true }.prefix(Self.batch).map { host in
      HostRecord(host: host, views: try session.hostViews(of: host))
    }
  }

  /// As it was by the time asked for. Nil: nothing of it had answered.
  private func observed(_ record: HostRecord) throws -> HostRecord? {
    guard let past else { return record }
    let views = try record.views.compactMap { view in
      view.asOf(past, runs: view.hasPast ? try session.hostRuns(of: record.host, view.key) : [])
    }
    return views.isEmpty ? nil : HostRecord(host: record.host, views: views)
  }

  /// With what its own record and its agent tell.
  private func completed(_ row: ChartHostRow) throws -> ChartHostRow {
    let record = try observed(HostRecord(host: row.host, views: session.hostViews(of: row.host)))
    let (agent, inventoryAt) = try inside(row.host)
    return try completed(row, record, agent, inventoryAt, names: try names(of: row.host))
  }

  /// As zones' agents were told, by the time asked for.
  private func names(of host: ChartHost) throws -> [HostExplanation.Name] {
    let runs = try session.nameRuns(of: host)
    return runs.keys.sorted().flatMap { zone in
      (runs[zone] ?? []).filter { run in past.map { run.first <= $0 } ?? true }.map { .init(zone: zone, run: $0) }
    }
  }

  private func completed(
    _ row: ChartHostRow, _ record: HostRecord?, _ agent: AgentRecord?, _ inventoryAt: Timestamp?,
    names: [HostExplanation.Name]
  ) throws -> ChartHostRow {
    var row = row
    row.agent = agent?.id
    row.otherAddresses = try agent.map { try session.addresses(of: $0.id, asOf: past) } ?? []
    row.otherAddresses.removeAll { $0 == row.host.address }
    // The last of each zone is what it is called now.
    let latest = Dictionary(names.map { ($0.zone, $0.run) }) { $1 }
    let told = latest.keys.sorted().compactMap { latest[$0]?.name }
    for name in [agent?.hostName].compactMap(\.self) + told where !row.names.contains(name) { row.names.append(name) }
    row.state = record?.state
    // Within a run it answered in several ways perhaps: a port that was open tells more.
    row.reason = row.openPorts > 0 ? nil : record?.reason
    row.changedAt = record?.changedAt
    // An agent that is heard of answers for its host, whatever stands before it.
    if let inventoryAt, inventoryAt >= inventoryNotBefore, row.state != .up { row.state = .up }
    row.firstSeen = [row.firstSeen, record?.firstSeen].compactMap(\.self).min()
    row.lastSeen = [row.lastSeen, record?.lastSeen].compactMap(\.self).max()
    return row
  }

  private func living(at host: ChartHost) throws -> AgentID? {
    try past.map { try session.agentLiving(at: host, asOf: $0) } ?? session.agentLiving(at: host)
  }

  private func inside(_ host: ChartHost) throws -> (AgentRecord?, inventoryAt: Timestamp?) {
    guard let agent = try living(at: host) else { return (nil, nil) }
    let time =
      try past.map { try session.inventoryTime(of: agent, asOf: $0) } ?? session.inventoryTimes(of: agent).sampledAt
    return (try session.agent(agent), time)
  }

  private func judged(_ record: HostRecord, by filter: ChartFilter) throws -> JudgedRow {
    let agent = try inside(record.host).0
    return .host(
      record.host, zones: record.views.map { places.name(of: $0.key.zone) }, agent: agent,
      names: filter.asksForNames ? try session.toldNames(of: record.host, asOf: past) : [], places)
  }
}

extension JudgedRow {
  /// A host as a whole: of its endpoints nothing is known.
  fileprivate static func host(
    _ host: ChartHost, zones: [String], agent: AgentRecord?, names: [String], _ places: PlaceNames
  ) -> JudgedRow {
    JudgedRow(
      site: places.name(of: host.site), zones: zones, agent: agent?.name, tags: agent?.tags ?? [],
      names: names + [agent?.hostName].compactMap(\.self), address: host.address, key: nil,
      summary: EndpointSummary(views: [], listener: nil, insideAgent: nil, isLoopback: false), listener: nil)
  }
}

// MARK: - Changes and comparisons

extension HostChart {
  /// Changes of hosts that fit, the newest first. `next`: so many were looked through that the search ended there, before the list was
  /// full; nil: it is full, or there are no more.
  func changes(
    _ kinds: Set<ChangeKind>, _ query: ChangeQuery, after: ChangePosition?, limit: Int, lookLimit: Int = lookLimit
  ) throws -> (rows: [ChangeRecord], next: ChangePosition?) {
    guard query.endpoints.filter.mayHoldForHosts else { return ([], nil) }
    var rows: [ChangeRecord] = []
    var position = after
    var looked = 0
    while true {
      let found = try session.hostChanges(kinds, query.time, after: position, limit: max(limit, Self.batch))
      for change in found {
        position = change.position
        looked += 1
        if try query.endpoints.filter == .everything
          || query.endpoints.filter.holds(for: judged(change, by: query.endpoints.filter))
        {
          rows.append(change)
          if rows.count == limit { return (rows, nil) }
        }
        if looked >= lookLimit { return (rows, position) }
      }
      if found.count < max(limit, Self.batch) { return (rows, nil) }
    }
  }

  private func judged(_ change: ChangeRecord, by filter: ChartFilter) throws -> JudgedRow {
    let agent = try inside(change.host).0
    return .host(
      change.host, zones: [places.name(of: change.view.zone)], agent: agent,
      names: filter.asksForNames ? try session.toldNames(of: change.host, asOf: past) : [], places)
  }

  /// What became of hosts that fit, from one side of a comparison to the other. `ranges`: addresses outside of which no host
  /// differs; empty: anywhere. `next` is where the next page begins.
  func differences(
    _ filter: ChartFilter, kinds: Set<DiffKind>, in ranges: [AddressRange], after: ChartHost?, limit: Int,
    _ difference: (HostRecord) throws -> DiffRecord?
  ) throws -> (rows: [DiffRecord], counts: [DiffKind: Int], next: ChartHost?) {
    var rows: [DiffRecord] = []
    var counts: [DiffKind: Int] = [:]
    guard filter.mayHoldForHosts else { return (rows, counts, nil) }
    let demanded = filter.demandedRanges
    var position = after
    var looked = 0
    while true {
      let found = try session.hostRecords(
        in: demanded.isEmpty ? ranges : demanded, after: position, limit: Self.batch)
      for record in found {
        position = record.host
        looked += 1
        guard let row = try difference(record), try filter.holds(for: judged(record, by: filter)) else { continue }
        counts[row.kind, default: 0] += 1
        guard kinds.contains(row.kind) else { continue }
        rows.append(row)
        if rows.count >= limit { return (rows, counts, record.host) }
      }
      if found.count < Self.batch { return (rows, counts, nil) }
      if looked >= Self.lookLimit { return (rows, counts, position) }
    }
  }
}

// MARK: - Explanations

extension HostChart {
  /// Where the address means a host of which something is known.
  func hosts(at address: IPAddress, site: String?, limit: Int) throws -> [ChartHost] {
    var terms: [ChartFilter] = [.term(.net([AddressRange(address)]))]
    if let site { terms.append(.term(.site([.exactly(site)]))) }
    let range = [AddressRange(address)]
    let records = try session.hostRecords(in: range, after: nil, limit: limit)
    let keys = try session.chartHosts(ChartQuery(.all(terms)), after: nil, limit: limit).map(\.host)
    var hosts = Set(keys + records.map(\.host).filter { site == nil || places.name(of: $0.site) == site })
    for record in try session.sites() where site == nil || record.name == site {
      let host = ChartHost(site: record.id, scope: .site, address: address)
      if try !looks(at: host, besides: []).isEmpty { hosts.insert(host) }
    }
    return Array(hosts.sorted { $0.precedes($1) }.prefix(limit))
  }

  private func isHeard(_ zone: ZoneID) -> Bool { zones?.contains(zone) ?? true }

  /// Whether an endpoint with these views is open as the zones saw it that are listened to. Where somebody is known to listen, what other hosts saw goes before
  /// the host's look at itself (`EndpointSummary`).
  private func isHeardOpen(_ views: [ZoneView], isListenedOn: Bool) -> Bool {
    let heard = views.filter { isHeard($0.zone) }
    let others = heard.filter { !$0.isSelfView }
    return (isListenedOn && !others.isEmpty ? others : heard).contains { $0.shown.state == .open }
  }

  /// `charted` has how many ports are open and listened on by the time asked for; nil: as it is now. `views` gives those of an endpoint as of that
  /// time; it is asked where only some zones are listened to.
  func explanation(
    _ host: ChartHost, _ charted: ChartHostRow?, views: (EndpointRecord) throws -> [ZoneView]
  ) throws -> HostExplanation {
    let stored = try HostRecord(host: host, views: session.hostViews(of: host).filter { isHeard($0.key.zone) })
    let record = try observed(stored)
    let (agent, inventoryAt) = try inside(host)
    let isCurrent = inventoryAt.map { $0 >= inventoryNotBefore } ?? false
    let endpoints = try session.endpoints(of: host)
    var row = ChartHostRow(
      host: host, openPorts: endpoints.count { $0.summary.state == .open },
      listeners: endpoints.count { $0.summary.listener != nil }, agent: nil, firstSeen: nil, lastSeen: nil)
    if past != nil { (row.openPorts, row.listeners) = (charted?.openPorts ?? 0, charted?.listeners ?? 0) }
    if zones != nil {
      row.openPorts = try endpoints.count { try isHeardOpen(views($0), isListenedOn: $0.summary.listener != nil) }
    }
    let names = try names(of: host).filter { isHeard($0.zone) }
    row = try completed(row, record, agent, inventoryAt, names: names)
    let looks = try looks(at: host, besides: record?.views.map(\.key) ?? [])
    if row.state == nil, !looks.isEmpty { row.state = .down }
    let views = try (record?.views ?? []).map { view in
      var runs = view.hasPast || past != nil ? try session.hostRuns(of: host, view.key) : []
      if let past { runs.removeAll { $0.first > past } }
      var newest = view.run
      newest.change = runs.last?.change
      if runs.isEmpty { runs = [newest] } else { runs[runs.count - 1] = newest }
      if runs.count == 1, newest.change == nil { runs.settle() }
      return HostExplanation.View(view: view, reason: reason(view), runs: runs)
    }
    return HostExplanation(
      row: row, reason: reason(row, record, looks, inventoryAt, isCurrent), names: names, views: views, looks: looks,
      inventoryAt: inventoryAt, isInventoryCurrent: isCurrent)
  }

  /// The newest look of each zone that has no view of the host, from what scans covered.
  private func looks(at host: ChartHost, besides known: [ViewKey]) throws -> [HostExplanation.Look] {
    var looks: [ZoneID: HostExplanation.Look] = [:]
    for transport in TransportProtocol.allCases {
      for run in try session.runs(of: host, transport: transport, ports: 0...UInt16.max) {
        let time = run.run.observedAt
        guard isHeard(run.zone), run.run.state != .closed, run.run.state != .unchecked || run.run.reason == .hostSilent,
          past.map({ time <= $0 }) ?? true,
          !known.contains(where: { $0.zone == run.zone }), looks[run.zone].map({ $0.at < time }) ?? true
        else { continue }
        looks[run.zone] = .init(zone: run.zone, at: time, agent: run.agent, job: run.job)
      }
    }
    return looks.values.sorted { $0.zone < $1.zone }
  }

  private func reason(_ view: HostView) -> String {
    switch view.state {
    case .up:
      """
      \(view.reason == nil ? "answered" : "answered an echo") at \(view.run.last)\
      \(view.misses.isEmpty ? "" : "; looks since then that met silence: \(view.misses.looks.count)")
      """
    case .gone, .down:
      """
      answered last at \(view.lastSeen); a scan that began\(view.run.firstBegun.map { " at \($0)" } ?? " later") had looked \
      at all of it again by \(view.run.first), and nothing answered
      """
    }
  }

  private func reason(
    _ row: ChartHostRow, _ record: HostRecord?, _ looks: [HostExplanation.Look], _ inventoryAt: Timestamp?,
    _ isCurrent: Bool
  ) -> String {
    switch (row.state, record?.state) {
    case (.up, .up) where row.reason != nil: "it answered an echo when it was looked at last, and no port did"
    case (.up, .up): "it answered, from one zone at least, when it was looked at last"
    case (.up, _):
      "the agent that lives there is heard of\(record == nil ? "" : ", and nothing of it answers other hosts")"
    case (.gone, _): "no zone that had an answer of it has one any more"
    case (.down, _): "it was looked at, and nothing of it ever answered"
    case (nil, _): inventoryAt == nil ? "nobody has looked" : "nobody has looked, and its agent is not heard of"
    }
  }
}
