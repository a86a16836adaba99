internal import CoordinatorCore
internal import Model

/// The chart as it was observed by a time, endpoint by endpoint: the same steps as those by which merged rows are made now,
/// over views, owners and services that are kept with their times.
struct PastChart {
  let session: any ReadSession
  let time: Timestamp
  /// Inventories older than this proved nothing at the time.
  private let inventoryNotBefore: Timestamp
  private var agents: [AgentID: AgentRecord] = [:]
  private var inventories: [AgentID: Timestamp?] = [:]
  /// The host that was looked at last, and who lived there: endpoints come host by host.
  private var latest: (host: ChartHost, agent: AgentID?, interface: String?)?

  private var names: ToldNames

  private let closeAfter: Int

  /// Endpoints that were looked at for lists of rows, in all.
  private(set) var looks = 0

  init(session: any ReadSession, time: Timestamp, settings: FleetSettings) {
    self.session = session
    self.time = time
    names = ToldNames(session, asOf: time)
    inventoryNotBefore = time - settings.inventoryMaximumAge
    closeAfter = settings.closeAfter
  }

  /// What was known of an endpoint.
  struct Moment {
    var views: [ZoneView]
    var services: [ZoneService]
    /// Those that answered there, the owner first.
    var listeners: [ListenerRecord]
    var agent: AgentRecord?
    var inventoryAt: Timestamp?
    var summary: EndpointSummary
  }

  /// A merged row with the zones whose agents had looked.
  struct Row {
    var row: ChartRow
    var zones: [ZoneID]
    var agent: AgentRecord?
  }

  /// Nil: nothing was known of it then.
  private mutating func row(of record: EndpointRecord, at host: ChartHost) throws -> Row? {
    let moment = try moment(of: record, at: host)
    guard !moment.views.isEmpty || !moment.listeners.isEmpty else { return nil }
    let summary = moment.summary
    let row = ChartRow(
      id: record.id, host: host, transport: record.transport, port: record.port, summary: summary,
      listener: moment.listeners.first?.content,
      insideAgentName: summary.insideAgent.flatMap { _ in moment.agent?.name },
      inventoryAt: moment.inventoryAt,
      service: summary.state == .open ? moment.services.first { $0.zone == summary.zone } : nil)
    return Row(row: row, zones: moment.views.map(\.zone), agent: summary.insideAgent == nil ? nil : moment.agent)
  }

  mutating func moment(of record: EndpointRecord, at host: ChartHost) throws -> Moment {
    let views = try record.views.compactMap { view in
      view.asOf(
        time, runs: view.differedAt == nil ? [] : try session.runs(of: record.id, ViewKey(view)), closeAfter: closeAfter
      )
    }
    let services = try record.services.compactMap { service in
      service.asOf(time, past: service.hasPast ? try session.pastServices(of: record.id, zone: service.zone) : [])
    }
    let (agent, interface) = try living(at: host)
    let inventoryAt = try agent.flatMap { try inventoryTime(of: $0) }
    let key = ProtocolPort(record.transport, record.port)
    var listeners: [ListenerRecord] = []
    if let agent, inventoryAt != nil {
      listeners = try session.listeners(of: agent, at: key, asOf: time)
        .compactMap { listener in listener.fit(host.address, on: interface).map { (listener, $0) } }
        .sorted { ($1.1, $0.0.id.rawValue) < ($0.1, $1.0.id.rawValue) }
        .map(\.0)
    }
    var absence = ListenerAbsence.always
    if let agent, inventoryAt != nil, listeners.isEmpty, views.contains(where: { $0.shown.state == .open }) {
      absence = try .of(key, at: host, on: interface, agent, asOf: time, in: session)
    }
    var summary = EndpointSummary(
      views: views, services: services, listener: listeners.first, insideAgent: inventoryAt == nil ? nil : agent,
      absence: absence, isLoopback: host.address.isLoopback)
    summary.findings =
      FindingFacts(
        key: key, summary: summary, listener: listeners.first?.content,
        service: services.first { $0.zone == summary.zone }?.facts
      ).findings
    if let verdict = summary.verdict, verdict.needsCurrentInventory(hasListener: summary.listener != nil),
      inventoryAt.map({ $0 < inventoryNotBefore }) ?? true
    {
      summary.verdict = .noInsideView
    }
    return Moment(
      views: views, services: services, listeners: listeners, agent: try agent.flatMap { try agentRecord(of: $0) },
      inventoryAt: inventoryAt, summary: summary)
  }

  /// The agent that lived at the host's address, and the interface that the address was on.
  private mutating func living(at host: ChartHost) throws -> (AgentID?, String?) {
    if let latest, latest.host == host { return (latest.agent, latest.interface) }
    let agent = try session.agentLiving(at: host, asOf: time)
    let interface: String? =
      if host.scope != .site, let name = host.scope.rawValue.split(separator: "/", maxSplits: 1).dropFirst().first {
        String(name)
      } else {
        try agent.flatMap { try session.interface(with: host.address, of: $0, asOf: time) }
      }
    latest = (host, agent, interface)
    return (agent, interface)
  }

  /// Whether the agent that lived at a host was heard of: then a silence proves that something stood before it, and no more.
  mutating func hearsOfAgent(at host: ChartHost) throws -> Bool {
    guard let agent = try living(at: host).0, let sampled = try inventoryTime(of: agent) else { return false }
    return sampled >= inventoryNotBefore
  }

  private mutating func inventoryTime(of agent: AgentID) throws -> Timestamp? {
    if let known = inventories[agent] { return known }
    let read = try session.inventoryTime(of: agent, asOf: time)
    inventories[agent] = .some(read)
    return read
  }

  private mutating func agentRecord(of agent: AgentID) throws -> AgentRecord? {
    if let known = agents[agent] { return known }
    let read = try session.agent(agent)
    agents[agent] = read
    return read
  }
}

extension PastChart {
  /// Endpoints looked at by one question at most: more would hold up other readers.
  static let lookLimit = 50_000
  private static let batches = 50...500

  /// Rows that fit a query, in key order. `next` is where the search ended, be it for want of room or because it looked at
  /// `lookLimit` endpoints; nil: at the chart's end.
  mutating func rows(
    _ query: ChartQuery, _ places: PlaceNames, after: ChartPosition?, limit: Int, isListing: Bool = true
  ) throws -> (rows: [ChartRow], next: ChartPosition?) {
    var rows: [ChartRow] = []
    var position = after
    var looked = 0
    // Most that are found fit; where few do, more are sought at once.
    var batch = min(max(limit + limit / 8, Self.batches.lowerBound), Self.batches.upperBound)
    var few = try session.fewPastPlaces(query, asOf: time, after: after)?[...]
    while true {
      let keys =
        try few.map { Array($0.prefix(batch)) }
        ?? session.pastPlaces(query, asOf: time, after: position, limit: batch)
      few?.removeFirst(keys.count)
      for (key, record) in zip(keys, try session.endpoints(at: keys)) {
        position = key
        looked += 1
        looks += 1
        guard let record, let found = try row(of: record, at: key.host),
          !isListing || query.namesState || found.row.isListed,
          try query.filter.holds(for: judged(found, by: query, places))
        else { continue }
        rows.append(found.row)
        if rows.count == limit { return (rows, key) }
      }
      if keys.count < batch { return (rows, nil) }
      if looked >= Self.lookLimit { return (rows, position) }
      batch = min(batch * 2, Self.batches.upperBound)
    }
  }

  /// An endpoint as it was, listed or not; nil: nothing was known of it, or it did not fit the query.
  mutating func row(_ query: ChartQuery, at place: ChartPosition, _ places: PlaceNames) throws -> ChartRow? {
    guard let record = try session.endpoints(at: [place]).first ?? nil,
      let found = try row(of: record, at: place.host),
      try query.filter.holds(for: judged(found, by: query, places))
    else { return nil }
    return found.row
  }

  /// Whether the endpoint fitted a query.
  mutating func fits(
    _ query: ChartQuery, _ record: EndpointRecord, _ host: ChartHost, _ places: PlaceNames
  ) throws -> Bool {
    guard let found = try row(of: record, at: host) else { return false }
    return try query.filter.holds(for: judged(found, by: query, places))
  }

  private mutating func judged(_ found: Row, by query: ChartQuery, _ places: PlaceNames) throws -> JudgedRow {
    let row = found.row
    let told = query.filter.asksForNames ? try names.names(of: row.host) : []
    return JudgedRow(
      site: places.name(of: row.host.site), zones: found.zones.map(places.name), agent: found.agent?.name,
      tags: found.agent?.tags ?? [], names: told + [found.agent?.hostName].compactMap(\.self),
      address: row.host.address, key: ProtocolPort(row.transport, row.port),
      summary: row.summary, listener: row.listener, service: row.service?.facts)
  }
}

extension ChartRow {
  /// What a listing shows where no states are asked for.
  var isListed: Bool { summary.state == .open || summary.state == .openOrFiltered || summary.listener != nil }
}
