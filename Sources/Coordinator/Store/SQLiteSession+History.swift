internal import CoordinatorCore
internal import FoundationEssentials
internal import GRDB
internal import Model

extension SQLiteSession {
  /// The end of the newest run is the view's own time.
  func runs(of endpoint: EndpointID, _ view: ViewKey) throws -> [ViewRun] {
    var runs: [ViewRun] = []
    let rows = try rows(
      """
      SELECT r.*, \(Self.presentView("state")) AS present_state, \(Self.presentView("reason")) AS present_reason,
        coalesce(w.observed_at, e.view_at, e.last_seen) AS present_at
      FROM view_run AS r JOIN endpoint AS e ON e.id = r.endpoint_id \(Self.presentViews(of: "r"))
      WHERE r.endpoint_id = ? AND r.zone_id = ? AND r.is_self_view = ? ORDER BY r.until_at
      """,
      [endpoint.rawValue, view.zone.rawValue, view.isSelfView])
    for row in rows {
      let (begin, looks) = (row.time("until_at"), try looks(row))
      if let unseen = row["unseen_for"] as Int64?, (row["first_at"] as Int64?) != nil {
        runs.append(
          ViewRun(
            state: try row.code("state"), reason: try row.code("reason"), first: row.time("first_at"),
            last: begin - .milliseconds(unseen), agent: row.identifier("agent_id"),
            job: row.optionalIdentifier("job_id"),
            change: try row.optionalCode("change"), looks: looks.own))
      }
      if (row["next_agent_id"] as Int64?) != nil {
        runs.append(
          ViewRun(
            state: try row.code("present_state"), reason: try row.code("present_reason"), first: begin,
            last: max(begin, row.time("present_at")), agent: row.identifier("next_agent_id"),
            job: row.optionalIdentifier("next_job_id"), change: try row.optionalCode("next_change"),
            looks: looks.next))
      }
    }
    return runs
  }

  /// Views that have rows of their own, beside rows of the alias that are of one view each; the others are told by their endpoint's row (`e`).
  private static func presentViews(of alias: String) -> String {
    """
    LEFT JOIN endpoint_view AS w ON w.endpoint_id = \(alias).endpoint_id AND w.zone_id = \(alias).zone_id
      AND w.is_self_view = \(alias).is_self_view
    """
  }

  /// A column of the view as it is.
  private static func presentView(_ column: String) -> String { "coalesce(w.\(column), e.\(column))" }

  private func looks(_ row: StoredRow) throws -> (own: [Timestamp], next: [Timestamp]) {
    guard (row["looks"] as String?) != nil else { return ([], []) }
    let both = try row.json("looks", as: [[Int64]].self).map { $0.map { Timestamp(milliseconds: $0) } }
    guard both.count == 2 else { throw StoreError(.failed, "the database holds unreadable looks at an endpoint") }
    return (both[0], both[1])
  }

  private func looksText(_ own: ViewRun?, _ next: ViewRun?) -> String? {
    // One is the run's beginning. Its end moves on with looks that are not counted any more.
    let both = [own, next].map { run in run.map { $0.looks.count > 1 ? $0.looks.map(\.milliseconds) : [] } ?? [] }
    return both.allSatisfy(\.isEmpty) ? nil : "[" + both.map(numbersText).joined(separator: ",") + "]"
  }

  func setRuns(_ runs: [ViewRun], of endpoint: EndpointID, _ view: ViewKey) throws {
    try execute(
      "DELETE FROM view_run WHERE endpoint_id = ? AND zone_id = ? AND is_self_view = ?",
      [endpoint.rawValue, view.zone.rawValue, view.isSelfView])
    guard let newest = runs.last else { return }
    // Each with the one behind it; nothing is before the only one.
    let pairs =
      runs.count > 1 ? zip(runs, runs.dropFirst()).map { (run: ViewRun?.some($0), next: $1) } : [(nil, newest)]
    for (index, (run, next)) in pairs.enumerated() {
      let told = index == pairs.count - 1 ? next : nil
      try execute(
        """
        INSERT INTO view_run(endpoint_id, number, zone_id, is_self_view, until_at, first_at, unseen_for, state, reason,
          change, agent_id, job_id, next_change, next_agent_id, next_job_id, looks)
        VALUES (?1, (SELECT coalesce(max(number), -1) + 1 FROM view_run WHERE endpoint_id = ?1), ?, ?, ?, ?, ?, ?, ?, ?,
          ?, ?, ?, ?, ?, ?)
        """,
        [
          endpoint.rawValue, view.zone.rawValue, view.isSelfView, next.first.milliseconds, run?.first.milliseconds,
          run.map { next.first.milliseconds - $0.last.milliseconds }, run?.state.code, run?.reason.code,
          run?.change?.code, run?.agent.rawValue, run?.job?.rawValue, told?.change?.code, told?.agent.rawValue,
          told?.job?.rawValue, looksText(run, told),
        ])
    }
  }

  func changes(
    _ query: ChangeQuery, after: ChangePosition?, limit: Int, looks: Int?
  ) throws -> (rows: [ChangeRecord], end: ChangePosition?) {
    let kinds = query.kinds ?? Set(ChangeKind.allCases)
    // Those of hosts are read by themselves.
    let sources = ChangeSource.allCases.filter { !$0.kinds.isDisjoint(with: kinds) }
    var found: [ChangeRecord] = []
    var end: ChangePosition?
    for source in sources {
      let part = try changes(
        source, query, among: query.kinds.map(source.kinds.intersection), after, limit,
        looks: looks.map { max($0 / sources.count, 2) })
      found += part.rows
      if let place = part.end, end.map(place.isNewer) ?? true { end = place }
    }
    // Lists in one order: what is behind the shortest page's end comes with the next page.
    if let end { found.removeAll { !$0.position.isNewer(end) } }
    let rows = Array(found.sorted { $0.position.isNewer($1.position) }.prefix(limit))
    return (rows, rows.count < limit ? end : nil)
  }

  /// Where changes are told: views that never changed tell of their first sighting, rows of runs of all after, and what is at
  /// an endpoint has rows of its own.
  private enum ChangeSource: CaseIterable {
    case found
    /// As `found`, of views that the endpoint's row tells (`SoleView`).
    case soleFound
    case runs
    /// Of the newest runs, which the rows of those before them tell.
    case latest
    case details

    /// A view that has changed since tells of its first sighting too.
    var kinds: Set<ChangeKind> {
      switch self {
      case .found, .soleFound: [.found]
      case .runs, .latest: [.found, .opened, .reopened, .closed]
      case .details: [.service, .certificate, .process]
      }
    }

    var time: String {
      switch self {
      case .found, .soleFound: "v.first_seen"
      case .runs: "v.first_at"
      case .latest: "v.until_at"
      case .details: "v.at"
      }
    }

    /// By what rows of one time are ordered, besides the endpoint and the zone.
    var isSelfView: String { self == .details ? "FALSE" : "v.is_self_view" }

    var kind: String {
      switch self {
      case .found, .soleFound: "'\(ChangeKind.found.rawValue)'"
      case .runs: ChangeKind.word(of: "v.change")
      case .latest: ChangeKind.word(of: "v.next_change")
      case .details: "v.kind"
      }
    }

    /// Who told of it, and in which job.
    var evidence: String {
      self == .latest ? "v.next_agent_id AS agent_id, v.next_job_id AS job_id" : "v.agent_id, v.job_id"
    }

    var columns: String {
      switch self {
      case .found, .soleFound: "v.state, NULL AS before_at, NULL AS before_state, NULL AS detail, NULL AS before_detail"
      case .runs:
        "v.state, b.until_at - b.unseen_for AS before_at, b.state AS before_state, NULL AS detail, NULL AS before_detail"
      case .latest:
        """
        \(SQLiteSession.presentView("state")) AS state, v.until_at - v.unseen_for AS before_at, v.state AS before_state, NULL AS detail,
          NULL AS before_detail
        """
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
      case .latest: "view_run AS v \(SQLiteSession.presentViews(of: "v"))"
      case .details: "endpoint_change AS v"
      }
    }

    var condition: String? {
      switch self {
      case .found, .soleFound: "v.differed_at IS NULL AND v.state = \(EndpointState.open.code)"
      case .runs: "v.change IS NOT NULL"
      case .latest: "v.next_agent_id IS NOT NULL AND v.next_change IS NOT NULL"
      case .details: nil
      }
    }
  }

  /// `end`: so many were looked at that the search ended in front of there.
  private func changes(
    _ source: ChangeSource, _ query: ChangeQuery, among kinds: Set<ChangeKind>?, _ after: ChangePosition?, _ limit: Int,
    looks: Int?
  ) throws -> (rows: [ChangeRecord], end: ChangePosition?) {
    var condition = ChartCondition()
    // Before all others, so that it counts what they leave out.
    let look = "looked_at(?, v.endpoint_id, \(source.time))"
    if looks != nil, let after {
      // No index parts all rows of one time: those in front of the page are passed, and not looked at again.
      condition.add(
        "CASE WHEN (\(source.time), v.endpoint_id) <= (?, ?) THEN \(look) ELSE FALSE END",
        [after.at.milliseconds, after.endpoint.rawValue, nil])
    } else if looks != nil {
      condition.add(look, [nil])
    }
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
    // In the order of the indexes, so that nothing is sorted: SQLite would keep back what it found last, and lose it with the last look. What one
    // endpoint has of one time comes together and is sorted by whoever asks.
    var last: (time: Timestamp, endpoint: EndpointID)?
    var count = 0
    let (rows, end) = try composedRows(
      """
      SELECT v.endpoint_id, v.zone_id, \(source.isSelfView) AS is_self_view, \(source.evidence),
        \(source.kind) AS change, \(source.time) AS changed_at, \(source.columns), e.site_id, e.scope, e.address,
        e.transport, e.port
      FROM \(source.table) CROSS JOIN endpoint AS e ON e.id = v.endpoint_id
      LEFT JOIN listener AS l ON l.id = e.listener_id LEFT JOIN agent AS a ON a.id = e.inside_agent_id
      \(condition.whereClause)
      ORDER BY \(source.time) DESC, v.endpoint_id DESC LIMIT ?
      """, condition.arguments + [Int.max], lookAt: after == nil ? 1 : 3, most: looks
    ) { row in
      let place = (time: row.time("changed_at"), endpoint: row.identifier("endpoint_id") as EndpointID)
      if count >= limit, last.map({ $0 != place }) ?? true { return false }
      (last, count) = (place, count + 1)
      return true
    }
    let records = try rows.map { row in
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
    // Of the endpoint that was looked at last there may be more of that time: it is looked at again.
    let place = end.map { end in
      ChangePosition(
        at: end.time, endpoint: EndpointID(end.endpoint.rawValue + 1),
        view: ViewKey(zone: ZoneID(0), isSelfView: false), kind: .certificate)
    }
    return (records, place)
  }
}
