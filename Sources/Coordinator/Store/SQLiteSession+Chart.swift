internal import CoordinatorCore
internal import FoundationEssentials
internal import GRDB
internal import Model

extension SQLiteSession {
  private static let ofHost = (
    endpoints: RepeatedSQL(
      """
      SELECT \(EndpointReader.columns) FROM endpoint AS e \(serviceJoin(endpoint: "e.id", zone: "e.zone_id"))
      WHERE site_id = ? AND scope = ? AND address = ? ORDER BY transport, port
      """),
    views: RepeatedSQL(
      """
      SELECT \(ZoneViewReader.columns) FROM endpoint JOIN endpoint_view AS view ON view.endpoint_id = endpoint.id
      \(serviceJoin(endpoint: "view.endpoint_id", zone: "view.zone_id"))
      WHERE site_id = ? AND scope = ? AND address = ? AND tells_view = 0 ORDER BY view.zone_id
      """)
  )

  func endpoints(of host: ChartHost) throws -> [EndpointRecord] {
    let key: StoredArguments = [host.site.rawValue, host.scope.rawValue, host.address.blob]
    return try endpoints(Self.ofHost.endpoints, views: Self.ofHost.views, key, most: .max)
  }

  private static let ofPorts = (
    endpoints: RepeatedSQL(
      """
      SELECT \(EndpointReader.columns) FROM endpoint AS e \(serviceJoin(endpoint: "e.id", zone: "e.zone_id"))
      WHERE site_id = ? AND scope = ? AND address = ? AND transport = ? AND port BETWEEN ? AND ? ORDER BY port
      """),
    views: RepeatedSQL(
      """
      SELECT \(ZoneViewReader.columns) FROM endpoint JOIN endpoint_view AS view ON view.endpoint_id = endpoint.id
      \(serviceJoin(endpoint: "view.endpoint_id", zone: "view.zone_id"))
      WHERE site_id = ? AND scope = ? AND address = ? AND transport = ? AND port BETWEEN ? AND ?
        AND tells_view = 0
      ORDER BY view.zone_id
      """)
  )

  func endpoints(
    of host: ChartHost, transport: TransportProtocol, ports: ClosedRange<UInt16>
  ) throws -> [EndpointRecord] {
    let key = StoredArguments(
      values: key(host, transport) + [.integer(Int64(ports.lowerBound)), .integer(Int64(ports.upperBound))])
    return try endpoints(Self.ofPorts.endpoints, views: Self.ofPorts.views, key, most: ports.count)
  }

  /// Room for so many is made at once.
  private static let usualEndpoints = 64

  func key(_ host: ChartHost, _ transport: TransportProtocol) -> [StoredValue] {
    [
      .integer(host.site.rawValue), .text(host.scope.rawValue), .blob(host.address.blob),
      .integer(Int64(transport.number)),
    ]
  }

  private func endpoints(
    _ endpoints: RepeatedSQL, views: RepeatedSQL, _ key: StoredArguments, most: Int
  ) throws -> [EndpointRecord] {
    var found: [EndpointRecord] = []
    found.reserveCapacity(min(most, Self.usualEndpoints))
    var reader = EndpointReader()
    try eachRow(often: endpoints, key) { found.append(try reader.endpoint($0)) }
    // Nearly all have one view, which their rows tell.
    guard found.contains(where: { $0.views.isEmpty }) else { return found }
    let places = Dictionary(found.enumerated().map { ($1.id, $0) }) { first, _ in first }
    var viewReader = ZoneViewReader()
    try eachRow(often: views, key) { running in
      let (endpoint, view, service) = try viewReader.view(running)
      guard let place = places[endpoint] else { return }
      found[place].views.append(view)
      // A zone may have two views, by itself and from elsewhere, and has one service.
      if let service, found[place].services.last?.zone != service.zone { found[place].services.append(service) }
    }
    return found
  }

  func append(_ host: ChartHost, _ key: ProtocolPort, to arguments: inout StoredArguments) {
    append(host, key.transport, to: &arguments)
    arguments.append(Int64(key.port.rawValue))
  }

  func append(_ host: ChartHost, _ transport: TransportProtocol, to arguments: inout StoredArguments) {
    arguments.append(host.site)
    arguments.append(text: host.scope.rawValue)
    arguments.append(host.address)
    arguments.append(Int64(transport.number))
  }

  func append(_ summary: EndpointSummary, to arguments: inout StoredArguments) {
    arguments.append(summary.state?.code)
    arguments.append(summary.reason?.code)
    arguments.append(summary.verdict?.code)
    arguments.append(summary.zone)
    arguments.append(text: summary.otherZones.isEmpty ? nil : numbersText(summary.otherZones.map(\.rawValue)))
    arguments.append(summary.isSelfView)
    arguments.append(summary.listener)
    arguments.append(summary.insideAgent)
    arguments.append(summary.firstSeen)
    arguments.append(summary.lastSeen)
    arguments.append(summary.differedAt)
    arguments.append(text: summary.service?.name)
    arguments.append(text: summary.service?.product)
    arguments.append(text: summary.service?.version)
    arguments.append(summary.findings.rawValue)
  }

  func append(_ view: ZoneView, of endpoint: EndpointID, to arguments: inout StoredArguments) {
    arguments.append(endpoint)
    arguments.append(view.zone)
    arguments.append(view.state.code)
    arguments.append(view.reason.code)
    arguments.append(view.isSelfView)
    arguments.append(view.observedAt)
    arguments.append(view.firstSeen)
    arguments.append(view.lastSeen)
    arguments.append(view.differedAt)
    arguments.append(view.job)
    arguments.append(view.agent)
    arguments.append(view.sameSince)
    arguments.append(view.heldReason?.code)
  }

  func removeEndpoint(_ endpoint: EndpointRecord, at site: SiteID) throws {
    tally.remove(EndpointTally.Kind(site, ProtocolPort(endpoint.transport, endpoint.port), endpoint.summary))
    try execute("DELETE FROM endpoint WHERE id = ?", [endpoint.id.rawValue])
  }

  func agentLiving(at host: ChartHost) throws -> AgentID? {
    if let agent = host.scope.agent { return try self.agent(agent)?.removedAt == nil ? agent : nil }
    // Two agents with one address: which of them a probe met cannot be told.
    let owners = try rows(
      often: """
        SELECT min(agent_address.agent_id) AS first, max(agent_address.agent_id) AS last
        FROM agent_address JOIN agent ON agent.id = agent_address.agent_id
        WHERE address = ? AND agent.site_id = ? AND agent.removed_at IS NULL
        """, StoredArguments(values: [.blob(host.address.blob), .integer(host.site.rawValue)])
    ).first
    guard let first = owners?["first"] as Int64?, first == owners?["last"] else { return nil }
    return AgentID(first)
  }

  func runs(of host: ChartHost, transport: TransportProtocol, ports: ClosedRange<UInt16>) throws -> [ZoneRun] {
    try rows(
      often: """
        SELECT * FROM state_range WHERE site_id = ? AND scope = ? AND address = ? AND transport = ?
          AND first_port <= ? AND last_port >= ?
        """,
      StoredArguments(
        values: key(host, transport) + [.integer(Int64(ports.upperBound)), .integer(Int64(ports.lowerBound))])
    ).map(zoneRun)
  }

  func runs(of host: ChartHost, transport: TransportProtocol, lanes: [LaneID]) throws -> [LaneID: [ZoneRun]] {
    var runs: [LaneID: [ZoneRun]] = [:]
    var (states, reasons) = (StoredWords<EndpointState>(), StoredWords<ProbeReason>())
    for lane in lanes {
      var arguments = StoredArguments(capacity: 5)
      append(host, transport, to: &arguments)
      arguments.append(lane)
      try eachRow(
        often: """
          SELECT zone_id, agent_id, job_id, is_self_view, first_port, last_port, observed_at, state, reason
          FROM state_range WHERE site_id = ? AND scope = ? AND address = ? AND transport = ? AND lane_id = ?
          """, arguments
      ) { runs[lane, default: []].append(try zoneRun($0, &states, &reasons)) }
    }
    return runs
  }

  /// A comparison of scans reads those of every host.
  private func zoneRun(
    _ running: RunningStatement, _ states: inout StoredWords<EndpointState>, _ reasons: inout StoredWords<ProbeReason>
  ) throws -> ZoneRun {
    guard let zone = running.integer(at: 0), let agent = running.integer(at: 1),
      let first = running.integer(at: 4).flatMap({ UInt16(exactly: $0) }),
      let last = running.integer(at: 5).flatMap({ UInt16(exactly: $0) }), first <= last,
      let observedAt = running.integer(at: 6), let state = running.withOctets(at: 7, { states.value($0) }),
      let reason = running.withOctets(at: 8, { reasons.value($0) })
    else { throw StoreError(.failed, "the database holds an unreadable run of ports") }
    return ZoneRun(
      zone: ZoneID(zone), agent: AgentID(agent), job: running.integer(at: 2).map { JobID($0) },
      isSelfView: running.integer(at: 3) != 0,
      run: PortStateRun(
        ports: first...last, state: state, reason: reason, observedAt: Timestamp(milliseconds: observedAt)))
  }

  private func zoneRun(_ row: StoredRow) throws -> ZoneRun {
    let ports = try row.port("first_port").rawValue...row.port("last_port").rawValue
    return ZoneRun(
      zone: row.identifier("zone_id"), agent: row.identifier("agent_id"), job: row.optionalIdentifier("job_id"),
      isSelfView: row["is_self_view"],
      run: PortStateRun(
        ports: ports, state: try row.word("state"), reason: try row.word("reason"), observedAt: row.time("observed_at"))
    )
  }

  func mergeRun(_ run: ZoneRun, lane: LaneID, host: ChartHost, transport: TransportProtocol) throws {
    let key = key(host, transport) + [.integer(lane.rawValue), .integer(run.zone.rawValue)]
    let reach = StoredArguments(
      values: key + [.integer(Int64(run.run.ports.upperBound) + 1), .integer(Int64(run.run.ports.lowerBound) - 1)])
    let touched = try rows(
      often: """
        SELECT * FROM state_range
        WHERE site_id = ? AND scope = ? AND address = ? AND transport = ? AND lane_id = ? AND zone_id = ?
          AND first_port <= ? AND last_port >= ? ORDER BY first_port
        """, reach
    ).map(zoneRun)
    let merged = touched.merging(run)
    if merged == touched { return }
    if !touched.isEmpty {
      try execute(
        often: """
          DELETE FROM state_range
          WHERE site_id = ? AND scope = ? AND address = ? AND transport = ? AND lane_id = ? AND zone_id = ?
            AND first_port <= ? AND last_port >= ?
          """, reach)
    }
    for piece in merged { try addRun(piece, lane: lane, host: host, transport: transport) }
  }

  func addRun(_ run: ZoneRun, lane: LaneID, host: ChartHost, transport: TransportProtocol) throws {
    let values: [StoredValue] = [
      .integer(lane.rawValue), .integer(run.zone.rawValue), .integer(Int64(run.run.ports.lowerBound)),
      .integer(Int64(run.run.ports.upperBound)), .text(run.run.state.rawValue), .text(run.run.reason.rawValue),
      .integer(run.run.observedAt.milliseconds), run.isSelfView.stored, .integer(run.agent.rawValue),
      .integer(orNull: run.job?.rawValue),
    ]
    try execute(
      often: """
        INSERT INTO state_range(site_id, scope, address, transport, lane_id, zone_id, first_port, last_port, state,
          reason, observed_at, is_self_view, agent_id, job_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """, StoredArguments(values: key(host, transport) + values))
  }
}
