internal import CoordinatorCore
internal import FoundationEssentials
internal import GRDB
internal import Model

extension SQLiteSession {
  func chartCounts(
    _ query: ChartQuery, by grouping: ChartGrouping, after: ChartPosition?, looks: Int
  ) throws -> ChartCounts<ChartCount> {
    if grouping.isKept, query.asksKeptCountsAlone {
      return ChartCounts(try chartCounts(keptCounts(query, by: Self.column(grouping)), by: grouping))
    }
    // Without the plus SQLite would rather walk an index of what is counted by, and fetch each row from anywhere.
    let counting =
      grouping == .verdict
      ? Counting(
        columns: "\(ChartCondition.verdict) AS value", values: [query.inventoryNotBefore.milliseconds], groups: "1")
      : Counting(columns: "+\(Self.column(grouping)) AS value", values: [], groups: "1")
    let (rows, end) = try counted(query, counting, after, looks)
    return ChartCounts(try chartCounts(rows, by: grouping), end: end)
  }

  /// Counts of rows of a value and a number each.
  func chartCounts(_ found: [StoredRow], by grouping: ChartGrouping) throws -> [ChartCount] {
    // Paths meet at a value.
    let sums = Dictionary(
      try found.map { (try text($0, grouping), $0["endpoints"] as Int) }, uniquingKeysWith: +)
    return sums.map { ChartCount(value: $0.key, endpoints: $0.value) }
  }

  func serviceCounts(
    _ query: ChartQuery, after: ChartPosition?, looks: Int
  ) throws -> ChartCounts<ServiceCount> {
    if query.asksKeptCountsAlone { return ChartCounts(try serviceCounts(keptServiceCounts(query))) }
    let counting = Counting(
      columns: "+e.service AS service, +e.transport AS transport, +e.port AS port", values: [], groups: "1, 2, 3")
    let (rows, end) = try counted(query, counting, after, looks)
    return ChartCounts(try serviceCounts(rows), end: end)
  }

  func serviceCounts(_ found: [StoredRow]) throws -> [ServiceCount] {
    try found.map { row in
      ServiceCount(
        service: row["service"], key: ProtocolPort(try row.transport(), try row.port()), endpoints: row["endpoints"])
    }
  }

  /// What endpoints are counted by: the columns that tell it, with what is bound in them.
  private struct Counting {
    let columns: String
    let values: StoredArguments
    let groups: String
  }

  /// All counts if so many looks are enough, or those of the next part of the chart in the listing's order, and where it ends.
  private func counted(
    _ query: ChartQuery, _ counting: Counting, _ after: ChartPosition?, _ looks: Int
  ) throws -> (rows: [StoredRow], end: ChartPosition?) {
    // What was looked at in vain is not in the part.
    if after == nil, let rows = try countedWhole(query, counting, looks: max(looks / 2, 1)) { return (rows, nil) }
    let path = ChartPath.walk(of: query, sites: try sites(of: query, from: nil))
    let end = try endOfPart(on: path, after, looks: looks)
    var condition = ChartCondition()
    condition.add(after: after, on: path)
    condition.add(upTo: end, on: path)
    return (
      try composedRows(countingSQL(counting, query, path, &condition), counting.values + condition.arguments), end
    )
  }

  /// Nil: more would have to be looked at.
  private func countedWhole(_ query: ChartQuery, _ counting: Counting, looks: Int) throws -> [StoredRow]? {
    var left = looks
    var isOver = false
    let rows = try onPaths(of: query) { path in
      try (path.parts.isEmpty ? [path] : path.parts).flatMap { path -> [StoredRow] in
        if isOver { return [] }
        var condition = ChartCondition()
        condition.add("looked_at(?, e.id)", [nil])
        let sql = countingSQL(counting, query, path, &condition)
        let found = try composedRows(
          sql, counting.values + condition.arguments, lookAt: Int32(counting.values.count + 1), most: left)
        isOver = found == nil
        left = max(left - (found?.looked ?? 0), 1)
        return found?.rows ?? []
      }
    }
    return isOver ? nil : rows
  }

  private func countingSQL(
    _ counting: Counting, _ query: ChartQuery, _ path: ChartPath, _ condition: inout ChartCondition
  ) -> String {
    condition.add(query.namesState ? Self.isPresent : Self.isListed)
    condition.add(query, on: path)
    return """
      SELECT \(counting.columns), count(*) AS endpoints FROM \(path.table) \(Self.joins)
        LEFT JOIN site ON site.id = e.site_id LEFT JOIN zone ON zone.id = e.zone_id
      \(condition.whereClause) GROUP BY \(counting.groups)
      """
  }

  /// The last of so many endpoints on a path; nil: there are no more than those.
  private func endOfPart(on path: ChartPath, _ after: ChartPosition?, looks: Int) throws -> ChartPosition? {
    var condition = ChartCondition()
    condition.add(after: after, on: path)
    for part in path.conditions { condition.add(part.sql, part.values) }
    var end: ChartPosition?
    try eachComposedRow(
      """
      SELECT e.site_id, e.scope, e.address, e.transport, e.port FROM \(path.table) \(condition.whereClause)
      ORDER BY e.site_id, e.scope, e.address, e.transport, e.port LIMIT 1 OFFSET ?
      """, condition.arguments + [looks - 1]
    ) { end = try place($0, from: 0) }
    return end
  }

  static func column(_ grouping: ChartGrouping) -> String {
    switch grouping {
    case .agent: "a.name"
    case .host: "e.address"
    case .port: "e.port"
    case .product: "e.product"
    case .proto: "e.transport"
    case .service: "e.service"
    case .site: "site.name"
    case .state: "e.state"
    case .verdict: ChartCondition.verdict
    // Zones that show the endpoint's state; others that looked are not counted.
    case .zone: "zone.name"
    }
  }

  private func text(_ row: StoredRow, _ grouping: ChartGrouping) throws -> String? {
    switch grouping {
    case .host: try row.address("value").description
    case .port: String(row["value"] as Int)
    case .proto: try row.transport("value").rawValue
    case .state: (try row.optionalCode("value") as EndpointState?)?.rawValue
    case .verdict: (try row.optionalCode("value") as Verdict?)?.rawValue
    default: row["value"]
    }
  }
}
