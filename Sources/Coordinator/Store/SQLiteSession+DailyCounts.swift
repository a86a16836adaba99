internal import CoordinatorCore
internal import GRDB
internal import Model

extension SQLiteSession {
  private static let countColumns = "port, transport, site_id, zone_id, state, service, is_listened, endpoints"

  func dailyCounts(by time: Timestamp) throws -> DailyCounts? {
    try row(
      "SELECT id, taken_at, same_until FROM count_day WHERE taken_at <= ? AND is_whole ORDER BY taken_at DESC LIMIT 1",
      [time.milliseconds]
    ).map { DailyCounts(id: $0["id"], takenAt: $0.time("taken_at"), sameUntil: $0.time("same_until")) }
  }

  func setSame(_ day: DailyCounts, until time: Timestamp) throws {
    try execute("UPDATE count_day SET same_until = ? WHERE id = ?", [time.milliseconds, day.id])
  }

  func keptCounts() throws -> [KeptCount] {
    var counts: [KeptCount] = []
    try eachComposedRow("SELECT \(Self.countColumns) FROM endpoint_count", []) { row in
      guard let port = row.integer(at: 0), let transport = row.integer(at: 1), let site = row.integer(at: 2),
        let zone = row.integer(at: 3), let state = row.text(at: 4), let service = row.text(at: 5),
        let endpoints = row.integer(at: 7)
      else { throw StoreError(.failed, "the database holds an unreadable count") }
      counts.append(
        KeptCount(
          port: port, transport: transport, site: site, zone: zone, state: state, service: service,
          isListened: row.integer(at: 6) != 0, endpoints: endpoints))
    }
    return counts
  }

  func beginDailyCounts(at time: Timestamp) throws -> Int64 {
    try insert(
      "INSERT INTO count_day(taken_at, same_until, is_whole) VALUES (?, ?, FALSE)",
      [time.milliseconds, time.milliseconds])
  }

  func addDailyCounts(_ counts: ArraySlice<KeptCount>, to day: Int64) throws {
    for count in counts {
      var arguments = StoredArguments(capacity: 9)
      for number in [day, count.port, count.transport, count.site, count.zone] { arguments.append(number) }
      arguments.append(text: count.state)
      arguments.append(text: count.service)
      arguments.append(count.isListened)
      arguments.append(count.endpoints)
      try execute(
        often: """
          INSERT INTO endpoint_count_past(day_id, port, transport, site_id, zone_id, state, service, is_listened,
            endpoints) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
          """, arguments)
    }
  }

  func finishDailyCounts(_ day: Int64) throws {
    try execute("UPDATE count_day SET is_whole = TRUE WHERE id = ?", [day])
  }

  func forgetUnfinishedCounts(limit: Int) throws -> Bool {
    guard let day = try row("SELECT id FROM count_day WHERE is_whole = 0 LIMIT 1")?["id"] as Int64? else {
      return false
    }
    try forgetCounts(ofDay: day, limit: limit)
    return true
  }

  /// The day goes with its last row: whoever deletes it first would delete them all at once.
  func forgetCounts(ofDay day: Int64, limit: Int) throws {
    let key = "day_id, port, transport, site_id, zone_id, state, service, is_listened"
    try execute(
      """
      DELETE FROM endpoint_count_past WHERE (\(key)) IN (
        SELECT \(key) FROM endpoint_count_past WHERE day_id = ? LIMIT ?)
      """, [day, limit])
    if try number("SELECT changes()") < limit { try execute("DELETE FROM count_day WHERE id = ?", [day]) }
  }

  /// Compares both ways: what is there now and was not, and what was and is no more.
  func countsAreThose(of day: DailyCounts) throws -> Bool {
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
    let counts = try chartCounts(keptCounts(query, by: Self.column(grouping), of: day), by: grouping)
    return Array(counts.sorted { $0.goesBefore($1) }.prefix(limit))
  }

  func serviceCounts(_ query: ChartQuery, of day: DailyCounts) throws -> [ServiceCount] {
    try serviceCounts(keptServiceCounts(query, of: day))
  }
}
