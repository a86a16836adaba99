internal import CoordinatorCore
internal import GRDB
internal import Model

extension SQLiteSession {
  private static let countColumns = "port, transport, site_id, zone_id, state, service, is_listened, endpoints"

  func dailyCounts(by time: Timestamp) throws -> DailyCounts? {
    try row(
      "SELECT id, taken_at, same_until FROM count_day WHERE taken_at <= ? ORDER BY taken_at DESC LIMIT 1",
      [time.milliseconds]
    ).map { DailyCounts(id: $0["id"], takenAt: $0.time("taken_at"), sameUntil: $0.time("same_until")) }
  }

  func keepDailyCounts(at time: Timestamp) throws {
    if let last = try dailyCounts(by: time), try countsAreThose(of: last) {
      try execute("UPDATE count_day SET same_until = ? WHERE id = ?", [time.milliseconds, last.id])
      return
    }
    try execute(
      "INSERT INTO count_day(taken_at, same_until) VALUES (?, ?)", [time.milliseconds, time.milliseconds])
    try execute(
      """
      INSERT INTO endpoint_count_past(day_id, \(Self.countColumns)) SELECT ?, \(Self.countColumns) FROM endpoint_count
      """, [database.lastInsertedRowID])
  }

  /// Compares both ways: what is there now and was not, and what was and is no more.
  private func countsAreThose(of day: DailyCounts) throws -> Bool {
    let now = "SELECT \(Self.countColumns) FROM endpoint_count"
    let then = "SELECT \(Self.countColumns) FROM endpoint_count_past WHERE day_id = ?"
    return try number(
      "SELECT NOT EXISTS (\(now) EXCEPT \(then)) AND NOT EXISTS (\(then) EXCEPT \(now))", [day.id, day.id])
      == 1
  }

  func countedEndpoints() throws -> Int { try number("SELECT coalesce(sum(endpoints), 0) FROM endpoint_count") }

  func keepsCounts(_ query: ChartQuery, by grouping: ChartGrouping) -> Bool {
    grouping.isKept && query.asksKeptCountsAlone
  }

  func chartCounts(
    _ query: ChartQuery, by grouping: ChartGrouping, of day: DailyCounts, limit: Int
  ) throws -> [ChartCount] {
    try chartCounts(keptCounts(query, by: Self.column(grouping), of: day), by: grouping, limit: limit)
  }

  func serviceCounts(_ query: ChartQuery, of day: DailyCounts) throws -> [ServiceCount] {
    try serviceCounts(keptServiceCounts(query, of: day))
  }
}
