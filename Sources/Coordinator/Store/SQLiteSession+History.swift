internal import CoordinatorCore
internal import FoundationEssentials
internal import GRDB
internal import Model

extension SQLiteSession {
  func runs(of endpoint: EndpointID, _ view: ViewKey) throws -> [ViewRun] {
    try rows(
      "SELECT * FROM view_run WHERE endpoint_id = ? AND zone_id = ? AND is_self_view = ? ORDER BY first_at",
      [endpoint.rawValue, view.zone.rawValue, view.isSelfView]
    ).map(viewRun)
  }

  func viewRun(_ row: StoredRow) throws -> ViewRun {
    ViewRun(
      state: try row.word("state"), reason: try row.word("reason"), first: row.time("first_at"),
      last: row.time("last_at"), agent: row.identifier("agent_id"), job: row.optionalIdentifier("job_id"),
      change: try row.optionalWord("change"))
  }

  func setRuns(_ runs: [ViewRun], of endpoint: EndpointID, _ view: ViewKey) throws {
    try execute(
      "DELETE FROM view_run WHERE endpoint_id = ? AND zone_id = ? AND is_self_view = ?",
      [endpoint.rawValue, view.zone.rawValue, view.isSelfView])
    for (index, run) in runs.enumerated() {
      let next = index + 1 < runs.count ? runs[index + 1].first : nil
      try execute(
        """
        INSERT INTO view_run(endpoint_id, zone_id, is_self_view, first_at, last_at, until_at, state, reason, change,
          agent_id, job_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        [
          endpoint.rawValue, view.zone.rawValue, view.isSelfView, run.first.milliseconds, run.last.milliseconds,
          next?.milliseconds, run.state.rawValue, run.reason.rawValue, run.change?.rawValue, run.agent.rawValue,
          run.job?.rawValue,
        ])
    }
  }

  func changes(_ query: ChangeQuery, after: ChangePosition?, limit: Int) throws -> [ChangeRecord] {
    let found = query.kinds.map { $0.contains(.found) } ?? true ? try changes(.found, query, after, limit) : []
    let later = try changes(.runs, query, after, limit)
    // Two lists in one order: what is behind the shorter page's end comes with the next page.
    return Array((found + later).sorted { $0.position.isNewer($1.position) }.prefix(limit))
  }

  /// Where changes are told: views that never changed tell of their first sighting, runs of all after.
  private enum ChangeSource {
    case found
    case runs

    var time: String { self == .found ? "v.first_seen" : "v.first_at" }
    var columns: String {
      self == .found
        ? "'found' AS change, v.first_seen AS first_at, NULL AS before_at, NULL AS before_state"
        : """
        v.change, v.first_at, b.last_at AS before_at, b.state AS before_state
        """
    }
    var table: String {
      self == .found
        ? "endpoint_view AS v"
        : """
        view_run AS v LEFT JOIN view_run AS b ON b.endpoint_id = v.endpoint_id AND b.zone_id = v.zone_id
          AND b.is_self_view = v.is_self_view AND b.until_at = v.first_at
        """
    }
    var condition: String {
      self == .found ? "v.differed_at IS NULL AND v.state = 'open'" : "v.change IS NOT NULL"
    }
  }

  private func changes(
    _ source: ChangeSource, _ query: ChangeQuery, _ after: ChangePosition?, _ limit: Int
  ) throws -> [ChangeRecord] {
    var condition = ChartCondition()
    condition.add(source.condition)
    if let from = query.time.from { condition.add("\(source.time) >= ?", [from.milliseconds]) }
    if let to = query.time.to { condition.add("\(source.time) < ?", [to.milliseconds]) }
    if let after {
      condition.add(
        "(\(source.time), v.endpoint_id, v.zone_id, v.is_self_view) < (?, ?, ?, ?)",
        [after.at.milliseconds, after.endpoint.rawValue, after.view.zone.rawValue, after.view.isSelfView])
    }
    if source == .runs, let kinds = query.kinds {
      let marks = Array(repeating: "?", count: kinds.count).joined(separator: ", ")
      condition.add("v.change IN (\(marks))", kinds.map(\.rawValue).sorted())
    }
    condition.add(query.endpoints)
    return try uncachedRows(
      """
      SELECT v.endpoint_id, v.zone_id, v.is_self_view, v.state, v.agent_id, v.job_id, \(source.columns), e.site_id,
        e.scope, e.address, e.transport, e.port
      FROM \(source.table) CROSS JOIN endpoint AS e ON e.id = v.endpoint_id
      LEFT JOIN listener AS l ON l.id = e.listener_id LEFT JOIN agent AS a ON a.id = e.inside_agent_id
      \(condition.whereClause)
      ORDER BY \(source.time) DESC, v.endpoint_id DESC, v.zone_id DESC, v.is_self_view DESC LIMIT ?
      """, condition.arguments + [limit]
    ).map { row in
      ChangeRecord(
        kind: try row.word("change"), at: row.time("first_at"), notBefore: row.optionalTime("before_at"),
        endpoint: row.identifier("endpoint_id"),
        host: ChartHost(
          site: row.identifier("site_id"), scope: HostScope(rawValue: row["scope"]), address: try row.address("address")
        ),
        key: ProtocolPort(try row.transport(), try row.port()),
        view: ViewKey(zone: row.identifier("zone_id"), isSelfView: row["is_self_view"]), state: try row.word("state"),
        stateBefore: try row.optionalWord("before_state"), agent: row.identifier("agent_id"),
        job: row.optionalIdentifier("job_id"))
    }
  }
}
