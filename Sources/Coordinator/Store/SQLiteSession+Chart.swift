internal import CoordinatorCore
internal import FoundationEssentials
internal import GRDB
internal import Model

extension SQLiteSession {
  func endpoints(of host: ChartHost) throws -> [EndpointRecord] {
    let key: StoredArguments = [host.site.rawValue, host.scope.rawValue, host.address.blob]
    let found = try rows(
      "SELECT * FROM endpoint WHERE site_id = ? AND scope = ? AND address = ? ORDER BY transport, port", key)
    guard !found.isEmpty else { return [] }
    let views = try rows(
      """
      SELECT view.* FROM endpoint JOIN endpoint_view AS view ON view.endpoint_id = endpoint.id
      WHERE site_id = ? AND scope = ? AND address = ? ORDER BY view.zone_id
      """, key)
    return try endpoints(found, views)
  }

  func endpoints(
    of host: ChartHost, transport: TransportProtocol, ports: ClosedRange<UInt16>
  ) throws -> [EndpointRecord] {
    let key: StoredArguments = [
      host.site.rawValue, host.scope.rawValue, host.address.blob, transport.number, Int(ports.lowerBound),
      Int(ports.upperBound),
    ]
    let found = try rows(
      """
      SELECT * FROM endpoint
      WHERE site_id = ? AND scope = ? AND address = ? AND transport = ? AND port BETWEEN ? AND ? ORDER BY port
      """, key)
    guard !found.isEmpty else { return [] }
    let views = try rows(
      """
      SELECT view.* FROM endpoint JOIN endpoint_view AS view ON view.endpoint_id = endpoint.id
      WHERE site_id = ? AND scope = ? AND address = ? AND transport = ? AND port BETWEEN ? AND ? ORDER BY view.zone_id
      """, key)
    return try endpoints(found, views)
  }

  private func endpoints(_ found: [StoredRow], _ views: [StoredRow]) throws -> [EndpointRecord] {
    let viewsByEndpoint = Dictionary(grouping: views) { $0["endpoint_id"] as Int64 }
    return try found.map { row in
      EndpointRecord(
        id: row.identifier("id"), transport: try row.transport(), port: try row.port(),
        views: try (viewsByEndpoint[row["id"]] ?? []).map(zoneView), summary: try summary(row))
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
      otherZones: try row.identifiers("other_zones"), isSelfView: row["is_self_view"],
      listener: row.optionalIdentifier("listener_id"), insideAgent: row.optionalIdentifier("inside_agent_id"),
      firstSeen: row.optionalTime("first_seen"), lastSeen: row.optionalTime("last_seen"),
      differedAt: row.optionalTime("differed_at"))
  }

  func insertEndpoint(
    _ host: ChartHost, transport: TransportProtocol, port: Port, summary: EndpointSummary
  ) throws -> EndpointID {
    EndpointID(
      try insert(
        """
        INSERT INTO endpoint(site_id, scope, address, transport, port, state, reason, verdict, zone_id, other_zones,
          is_self_view, listener_id, inside_agent_id, first_seen, last_seen, differed_at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        [
          host.site.rawValue, host.scope.rawValue, host.address.blob, transport.number, Int(port.rawValue),
        ] + values(summary)))
  }

  private func values(_ summary: EndpointSummary) -> StoredArguments {
    [
      summary.state?.rawValue, summary.reason?.rawValue, summary.verdict?.rawValue, summary.zone?.rawValue,
      numbersText(summary.otherZones.map(\.rawValue)), summary.isSelfView, summary.listener?.rawValue,
      summary.insideAgent?.rawValue, summary.firstSeen?.milliseconds, summary.lastSeen?.milliseconds,
      summary.differedAt?.milliseconds,
    ]
  }

  private static let viewColumns = """
    INTO endpoint_view(endpoint_id, zone_id, state, reason, is_self_view, observed_at, first_seen, last_seen,
      differed_at, job_id, agent_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    """
  private static let addingView = "INSERT " + viewColumns
  private static let settingView = "INSERT OR REPLACE " + viewColumns

  func addView(_ view: ZoneView, of endpoint: EndpointID) throws {
    try execute(Self.addingView, values(view, of: endpoint))
  }

  func setView(_ view: ZoneView, of endpoint: EndpointID) throws {
    try execute(Self.settingView, values(view, of: endpoint))
  }

  private func values(_ view: ZoneView, of endpoint: EndpointID) -> StoredArguments {
    [
      endpoint.rawValue, view.zone.rawValue, view.state.rawValue, view.reason.rawValue, view.isSelfView,
      view.observedAt.milliseconds, view.firstSeen?.milliseconds, view.lastSeen?.milliseconds,
      view.differedAt?.milliseconds, view.job?.rawValue, view.agent.rawValue,
    ]
  }

  func setSummary(_ summary: EndpointSummary, of endpoint: EndpointID) throws {
    try execute(
      """
      UPDATE endpoint SET state = ?, reason = ?, verdict = ?, zone_id = ?, other_zones = ?, is_self_view = ?,
        listener_id = ?, inside_agent_id = ?, first_seen = ?, last_seen = ?, differed_at = ? WHERE id = ?
      """,
      values(summary) + [endpoint.rawValue])
  }

  func removeEndpoint(_ endpoint: EndpointID) throws {
    try execute("DELETE FROM endpoint WHERE id = ?", [endpoint.rawValue])
  }

  func agentLiving(at host: ChartHost) throws -> AgentID? {
    if let agent = host.scope.agent { return try self.agent(agent)?.removedAt == nil ? agent : nil }
    // Two agents with one address: which of them a probe met cannot be told.
    let owners = try row(
      """
      SELECT min(agent_address.agent_id) AS first, max(agent_address.agent_id) AS last
      FROM agent_address JOIN agent ON agent.id = agent_address.agent_id
      WHERE address = ? AND agent.site_id = ? AND agent.removed_at IS NULL
      """, [host.address.blob, host.site.rawValue])
    guard let first = owners?["first"] as Int64?, first == owners?["last"] else { return nil }
    return AgentID(first)
  }

  func runs(of host: ChartHost, transport: TransportProtocol, ports: ClosedRange<UInt16>) throws -> [ZoneRun] {
    try rows(
      """
      SELECT * FROM state_range WHERE site_id = ? AND scope = ? AND address = ? AND transport = ?
        AND first_port <= ? AND last_port >= ?
      """,
      [
        host.site.rawValue, host.scope.rawValue, host.address.blob, transport.number, Int(ports.upperBound),
        Int(ports.lowerBound),
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
    let key: StoredArguments = [
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
    if !touched.isEmpty { try execute("DELETE FROM state_range \(whereTouched)", key + [last + 1, first - 1]) }
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
