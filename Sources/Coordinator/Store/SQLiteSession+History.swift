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
      state: try row.code("state"), reason: try row.code("reason"), first: row.time("first_at"),
      last: row.time("last_at"), agent: row.identifier("agent_id"), job: row.optionalIdentifier("job_id"),
      change: try row.optionalCode("change"),
      looks: (row["looks"] as String?) == nil
        ? [] : try row.json("looks", as: [Int64].self).map { Timestamp(milliseconds: $0) })
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
          agent_id, job_id, looks) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        [
          endpoint.rawValue, view.zone.rawValue, view.isSelfView, run.first.milliseconds, run.last.milliseconds,
          next?.milliseconds, run.state.code, run.reason.code, run.change?.code, run.agent.rawValue,
          run.job?.rawValue,
          // One is the run's beginning. Its end moves on with looks that are not counted any more.
          run.looks.count > 1 ? numbersText(run.looks.map(\.milliseconds)) : nil,
        ])
    }
  }

  func changes(_ query: ChangeQuery, after: ChangePosition?, limit: Int) throws -> [ChangeRecord] {
    let kinds = query.kinds ?? Set(ChangeKind.allCases)
    // Those of hosts are read by themselves.
    let sources = ChangeSource.allCases.filter { !$0.kinds.isDisjoint(with: kinds) }
    let found = try sources.flatMap { source in
      try changes(source, query, among: query.kinds.map(source.kinds.intersection), after, limit)
    }
    // Lists in one order: what is behind the shortest page's end comes with the next page.
    return Array(found.sorted { $0.position.isNewer($1.position) }.prefix(limit))
  }

  /// Where changes are told: views that never changed tell of their first sighting, runs of all after, and what is at an
  /// endpoint has rows of its own.
  private enum ChangeSource: CaseIterable {
    case found
    /// As `found`, of views that the endpoint's row tells (`SoleView`).
    case soleFound
    case runs
    case details

    /// A view that has changed since tells of its first sighting too.
    var kinds: Set<ChangeKind> {
      switch self {
      case .found, .soleFound: [.found]
      case .runs: [.found, .opened, .reopened, .closed]
      case .details: [.service, .certificate, .process]
      }
    }

    var time: String {
      switch self {
      case .found, .soleFound: "v.first_seen"
      case .runs: "v.first_at"
      case .details: "v.at"
      }
    }

    /// By what rows of one time are ordered, besides the endpoint and the zone.
    var isSelfView: String { self == .details ? "FALSE" : "v.is_self_view" }

    var kind: String {
      switch self {
      case .found, .soleFound: "'\(ChangeKind.found.rawValue)'"
      case .runs: ChangeKind.word(of: "v.change")
      case .details: "v.kind"
      }
    }

    var columns: String {
      switch self {
      case .found, .soleFound: "v.state, NULL AS before_at, NULL AS before_state, NULL AS detail, NULL AS before_detail"
      case .runs: "v.state, b.last_at AS before_at, b.state AS before_state, NULL AS detail, NULL AS before_detail"
      case .details:
        "NULL AS state, v.not_before AS before_at, NULL AS before_state, v.after AS detail, v.before AS before_detail"
      }
    }

    var table: String {
      switch self {
      case .found: "endpoint_view AS v"
      case .soleFound:
        """
        (SELECT id AS endpoint_id, zone_id, is_self_view, first_seen, differed_at, state, view_job_id AS job_id,
          view_agent_id AS agent_id FROM endpoint WHERE tells_view = 1) AS v
        """
      case .runs:
        """
        view_run AS v LEFT JOIN view_run AS b ON b.endpoint_id = v.endpoint_id AND b.zone_id = v.zone_id
          AND b.is_self_view = v.is_self_view AND b.until_at = v.first_at
        """
      case .details: "endpoint_change AS v"
      }
    }

    var condition: String? {
      switch self {
      case .found, .soleFound: "v.differed_at IS NULL AND v.state = \(EndpointState.open.code)"
      case .runs: "v.change IS NOT NULL"
      case .details: nil
      }
    }
  }

  private func changes(
    _ source: ChangeSource, _ query: ChangeQuery, among kinds: Set<ChangeKind>?, _ after: ChangePosition?, _ limit: Int
  ) throws -> [ChangeRecord] {
    var condition = ChartCondition()
    if let own = source.condition { condition.add(own) }
    if let from = query.time.from { condition.add("\(source.time) >= ?", [from.milliseconds]) }
    if let to = query.time.to { condition.add("\(source.time) < ?", [to.milliseconds]) }
    if let after {
      condition.add(
        "(\(source.time), v.endpoint_id, v.zone_id, \(source.isSelfView), \(source.kind)) < (?, ?, ?, ?, ?)",
        [
          after.at.milliseconds, after.endpoint.rawValue, after.view.zone.rawValue, after.view.isSelfView,
          after.kind.rawValue,
        ])
    }
    if source != .found, source != .soleFound, let kinds {
      let marks = Array(repeating: "?", count: kinds.count).joined(separator: ", ")
      condition.add("\(source.kind) IN (\(marks))", kinds.map(\.rawValue).sorted())
    }
    condition.add(query.endpoints)
    let order = source == .details ? "v.kind DESC" : "v.is_self_view DESC"
    return try composedRows(
      """
      SELECT v.endpoint_id, v.zone_id, \(source.isSelfView) AS is_self_view, v.agent_id, v.job_id,
        \(source.kind) AS change, \(source.time) AS changed_at, \(source.columns), e.site_id, e.scope, e.address,
        e.transport, e.port
      FROM \(source.table) CROSS JOIN endpoint AS e ON e.id = v.endpoint_id
      LEFT JOIN listener AS l ON l.id = e.listener_id LEFT JOIN agent AS a ON a.id = e.inside_agent_id
      \(condition.whereClause)
      ORDER BY \(source.time) DESC, v.endpoint_id DESC, v.zone_id DESC, \(order) LIMIT ?
      """, condition.arguments + [limit]
    ).map { row in
      ChangeRecord(
        kind: try row.word("change"), at: row.time("changed_at"), notBefore: row.optionalTime("before_at"),
        endpoint: row.identifier("endpoint_id"),
        host: ChartHost(
          site: row.identifier("site_id"), scope: HostScope(rawValue: row["scope"]), address: try row.address("address")
        ),
        key: ProtocolPort(try row.transport(), try row.port()),
        view: ViewKey(zone: row.identifier("zone_id"), isSelfView: row["is_self_view"]),
        state: try row.optionalCode("state"), stateBefore: try row.optionalCode("before_state"),
        detail: row["detail"], detailBefore: row["before_detail"], agent: row.identifier("agent_id"),
        job: row.optionalIdentifier("job_id"))
    }
  }
}
