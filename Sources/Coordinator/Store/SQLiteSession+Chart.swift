internal import CoordinatorCore
internal import FoundationEssentials
internal import GRDB
internal import Model

extension SQLiteSession {
  func endpoints(of host: ChartHost) throws -> [EndpointRecord] {
    let found = try rows(
      "SELECT * FROM endpoint WHERE site_id = ? AND scope = ? AND address = ? ORDER BY transport, port",
      [host.site.rawValue, host.scope.rawValue, host.address.blob])
    guard !found.isEmpty else { return [] }
    let views = try rows(
      """
      SELECT view.*, \(Self.serviceColumns) FROM endpoint JOIN endpoint_view AS view ON view.endpoint_id = endpoint.id
      \(Self.serviceJoin(endpoint: "view.endpoint_id", zone: "view.zone_id"))
      WHERE site_id = ? AND scope = ? AND address = ? ORDER BY view.zone_id
      """, [host.site.rawValue, host.scope.rawValue, host.address.blob])
    let viewsByEndpoint = Dictionary(grouping: views) { $0["endpoint_id"] as Int64 }
    return try found.map { row in
      EndpointRecord(
        id: row.identifier("id"), transport: try row.transport(), port: try row.port(),
        views: try (viewsByEndpoint[row["id"]] ?? []).map(zoneView),
        services: try services(viewsByEndpoint[row["id"]] ?? []), summary: try summary(row))
    }
  }

  /// A zone may have two views, by itself and from elsewhere, and has one service.
  private func services(_ views: [StoredRow]) throws -> [ZoneService] {
    try views.compactMap(zoneService).reduce(into: []) { services, service in
      if services.last?.zone != service.zone { services.append(service) }
    }
  }

  private func zoneView(_ row: StoredRow) throws -> ZoneView {
    ZoneView(
      zone: row.identifier("zone_id"), state: try row.word("state"), reason: try row.word("reason"),
      isSelfView: row["is_self_view"], observedAt: row.time("observed_at"), firstSeen: row.optionalTime("first_seen"),
      lastSeen: row.optionalTime("last_seen"), differedAt: row.optionalTime("differed_at"),
      job: row.optionalIdentifier("job_id"), agent: row.identifier("agent_id"))
  }

  func summary(_ row: StoredRow) throws -> EndpointSummary {
    EndpointSummary(
      state: try row.optionalWord("state"), reason: try row.optionalWord("reason"),
      verdict: try row.optionalWord("verdict"), zone: row.optionalIdentifier("zone_id"),
      otherZones: try row.json("other_zones", as: [Int64].self).map { ZoneID($0) }, isSelfView: row["is_self_view"],
      listener: row.optionalIdentifier("listener_id"), insideAgent: row.optionalIdentifier("inside_agent_id"),
      firstSeen: row.optionalTime("first_seen"), lastSeen: row.optionalTime("last_seen"),
      differedAt: row.optionalTime("differed_at"), service: shownService(row))
  }

  private func shownService(_ row: StoredRow) -> ShownService? {
    let service = ShownService(name: row["service"], product: row["product"], version: row["version"])
    return service == ShownService(name: nil, product: nil, version: nil) ? nil : service
  }

  func insertEndpoint(_ host: ChartHost, transport: TransportProtocol, port: Port) throws -> EndpointID {
    EndpointID(
      try insert(
        "INSERT INTO endpoint(site_id, scope, address, transport, port) VALUES (?, ?, ?, ?, ?)",
        [
          host.site.rawValue, host.scope.rawValue, host.address.blob, transport.number, Int(port.rawValue),
        ]))
  }

  func setView(_ view: ZoneView, of endpoint: EndpointID) throws {
    try execute(
      """
      INSERT OR REPLACE INTO endpoint_view(endpoint_id, zone_id, state, reason, is_self_view, observed_at, first_seen,
        last_seen, differed_at, job_id, agent_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """,
      [
        endpoint.rawValue, view.zone.rawValue, view.state.rawValue, view.reason.rawValue, view.isSelfView,
        view.observedAt.milliseconds, view.firstSeen?.milliseconds, view.lastSeen?.milliseconds,
        view.differedAt?.milliseconds, view.job?.rawValue, view.agent.rawValue,
      ])
  }

  func setSummary(_ summary: EndpointSummary, of endpoint: EndpointID) throws {
    try execute(
      """
      UPDATE endpoint SET state = ?, reason = ?, verdict = ?, zone_id = ?, other_zones = ?, is_self_view = ?,
        listener_id = ?, inside_agent_id = ?, first_seen = ?, last_seen = ?, differed_at = ?,
        service = ?, product = ?, version = ? WHERE id = ?
      """,
      [
        summary.state?.rawValue, summary.reason?.rawValue, summary.verdict?.rawValue, summary.zone?.rawValue,
        try jsonText(summary.otherZones.map(\.rawValue)), summary.isSelfView, summary.listener?.rawValue,
        summary.insideAgent?.rawValue, summary.firstSeen?.milliseconds, summary.lastSeen?.milliseconds,
        summary.differedAt?.milliseconds, summary.service?.name, summary.service?.product, summary.service?.version,
        endpoint.rawValue,
      ])
  }

  func removeEndpoint(_ endpoint: EndpointID) throws {
    try execute("DELETE FROM endpoint WHERE id = ?", [endpoint.rawValue])
  }

  func agentLiving(at host: ChartHost) throws -> AgentID? {
    if let agent = host.scope.agent { return try self.agent(agent)?.removedAt == nil ? agent : nil }
    // Two agents with one address: which of them a probe met cannot be told.
    let owners = try rows(
      """
      SELECT DISTINCT agent_address.agent_id AS id FROM agent_address JOIN agent ON agent.id = agent_address.agent_id
      WHERE address = ? AND agent.site_id = ? AND agent.removed_at IS NULL LIMIT 2
      """, [host.address.blob, host.site.rawValue])
    return owners.count == 1 ? owners[0].identifier("id") : nil
  }

  func runs(of host: ChartHost, transport: TransportProtocol, port: Port) throws -> [ZoneRun] {
    try rows(
      """
      SELECT * FROM state_range WHERE site_id = ? AND scope = ? AND address = ? AND transport = ?
        AND first_port <= ? AND last_port >= ?
      """,
      [
        host.site.rawValue, host.scope.rawValue, host.address.blob, transport.number, Int(port.rawValue),
        Int(port.rawValue),
      ]
    ).map(zoneRun)
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
    let key: StatementArguments = [
      host.site.rawValue, host.scope.rawValue, host.address.blob, transport.number, lane.rawValue, run.zone.rawValue,
    ]
    let first = Int(run.run.ports.lowerBound)
    let last = Int(run.run.ports.upperBound)
    let whereTouched = """
      WHERE site_id = ? AND scope = ? AND address = ? AND transport = ? AND lane_id = ? AND zone_id = ?
        AND first_port <= ? AND last_port >= ?
      """
    let touched = try rows(
      "SELECT * FROM state_range \(whereTouched) ORDER BY first_port", key + [last + 1, first - 1]
    ).map(zoneRun)
    let merged = touched.merging(run)
    if merged == touched { return }
    try execute("DELETE FROM state_range \(whereTouched)", key + [last + 1, first - 1])
    for piece in merged {
      try execute(
        """
        INSERT INTO state_range(site_id, scope, address, transport, lane_id, zone_id, first_port, last_port, state,
          reason, observed_at, is_self_view, agent_id, job_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        key + [
          Int(piece.run.ports.lowerBound), Int(piece.run.ports.upperBound), piece.run.state.rawValue,
          piece.run.reason.rawValue, piece.run.observedAt.milliseconds, piece.isSelfView, piece.agent.rawValue,
          piece.job?.rawValue,
        ])
    }
  }
}
