internal import CoordinatorCore
internal import FoundationEssentials
internal import GRDB
internal import Model

extension SQLiteSession {
  /// Endpoints that are sorted in a moment: where more may fit, they are met often enough in the listing's order.
  private static let fewSuspects = 10_000
  /// Runs, views and endpoints that are looked at to find them.
  private static let fewLooks = 50_000

  func fewPastPlaces(_ query: ChartQuery, asOf time: Timestamp, after: ChartPosition?) throws -> [ChartPosition]? {
    guard PastPath.asksForOtherStates(query), let suspects = try endpointsNotOpen(at: time) else { return nil }
    let path = ChartPath(
      table: "endpoint AS e NOT INDEXED",
      conditions: [("e.id IN (SELECT value FROM json_each(?))", [numbersText(suspects.sorted())])])
    var condition = ChartCondition()
    condition.add(query.ofPlaces, on: path)
    condition.add(after: after, on: path)
    var places: [ChartPosition] = []
    try eachComposedRow(
      """
      SELECT e.site_id, e.scope, e.address, e.transport, e.port FROM \(path.table) \(condition.whereClause)
      ORDER BY e.site_id, e.scope, e.address, e.transport, e.port
      """, condition.arguments
    ) { places.append(try place($0, from: 0)) }
    return places
  }

  /// Endpoints that may have been shown as closed, filtered, unreachable or unchecked at a time, every one that was among them; nil: they
  /// are many, or more would have to be looked at.
  ///
  /// A view that was not open then, and ever differed, has a run of that time: that has a row, or is its newest, and it is not open now
  /// and was otherwise for the last time before. One that never differed was never open, and its
  /// endpoint showed another view that was open by then, from another host, before it: so of those only endpoints count that had not been open, that are
  /// reached by nobody else, or that saw themselves.
  private func endpointsNotOpen(at time: Timestamp) throws -> Set<Int64>? {
    var found: Set<Int64> = []
    let open = EndpointState.open.code
    /// Whether there was no more.
    func read(_ sql: String, _ values: [any Storable], holds: (RunningStatement) -> Bool = { _ in true }) throws -> Bool
    {
      var looked = 0
      try eachComposedRow("\(sql) LIMIT ?", StoredArguments(values + [Self.fewLooks])) { row in
        looked += 1
        if holds(row), let id = row.integer(at: 0) { found.insert(id) }
      }
      return looked < Self.fewLooks && found.count <= Self.fewSuspects
    }
    let now = time.milliseconds
    let unopened = "SELECT id FROM endpoint INDEXED BY endpoint_unopened WHERE \(Schema.isUnopened)"
    guard
      try read(
        """
        SELECT endpoint_id, until_at FROM view_run INDEXED BY view_run_other WHERE state <> \(open) AND first_at <= ?
        """, [now], holds: { row in row.integer(at: 1).map { $0 > now } ?? true }),
      try read(
        "SELECT id FROM endpoint INDEXED BY endpoint_other WHERE \(Schema.isOtherNow) AND differed_at <= ?", [now]),
      try read(
        """
        SELECT endpoint_id FROM endpoint_view INDEXED BY view_other
        WHERE differed_at IS NOT NULL AND state <> \(open) AND differed_at <= ?
        """, [now]),
      try read("\(unopened) AND first_seen > ?", [now]), try read("\(unopened) AND first_seen IS NULL", []),
      try read(
        """
        SELECT id FROM endpoint INDEXED BY endpoint_scoped
        WHERE site_id IN (SELECT id FROM site) AND scope <> '' AND \(Schema.isUnopened)
        """, []),
      try read(
        "SELECT endpoint_id FROM endpoint_view INDEXED BY view_own WHERE is_self_view = 1 AND endpoint_id > 0", [])
    else { return nil }
    return found
  }
}

extension PastPath {
  /// Whether a query demands states other than open, and nothing that finds its endpoints sooner. What may be open to UDP is as good as
  /// open where a row is made of several views.
  static func asksForOtherStates(_ query: ChartQuery) -> Bool {
    let terms = query.filter.conjuncts
    let isNarrow = terms.contains { term in
      term.agents != nil || term.needsInhabitant || term.ranges?.allSatisfy { $0.span < ChartPath.narrowNet } ?? false
    }
    return !isNarrow
      && terms.contains { term in
        if case .state(let states) = term { states.allSatisfy { $0 != .open && $0 != .openOrFiltered } } else { false }
      }
  }
}
