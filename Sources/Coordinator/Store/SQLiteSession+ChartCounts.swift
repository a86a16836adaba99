internal import CoordinatorCore
internal import FoundationEssentials
internal import GRDB
internal import Model

extension SQLiteSession {
  func chartCounts(_ query: ChartQuery, by grouping: ChartGrouping, limit: Int) throws -> [ChartCount] {
    let (column, values): (String, StoredArguments) =
      grouping == .verdict
      ? (ChartCondition.verdict, [query.inventoryNotBefore.milliseconds]) : (Self.column(grouping), [])
    let found =
      try grouping.isKept && query.asksKeptCountsAlone
      ? keptCounts(query, by: column) : countedRows(query, by: column, values)
    return try chartCounts(found, by: grouping, limit: limit)
  }

  func chartCounts(_ found: [StoredRow], by grouping: ChartGrouping, limit: Int) throws -> [ChartCount] {
    // Paths meet at a value.
    let sums = Dictionary(
      try found.map { (try text($0, grouping), $0["endpoints"] as Int) }, uniquingKeysWith: +)
    let counts = sums.map { ChartCount(value: $0.key, endpoints: $0.value) }
    return Array(counts.sorted(by: Self.goesBefore).prefix(limit))
  }

  private func countedRows(_ query: ChartQuery, by column: String, _ values: StoredArguments) throws -> [StoredRow] {
    try onPaths(of: query) { path in
      var condition = ChartCondition()
      condition.add(query.namesState ? Self.isPresent : Self.isListed)
      condition.add(query, on: path)
      return try composedRows(
        """
        SELECT \(column) AS value, count(*) AS endpoints FROM \(path.table) \(Self.joins)
          LEFT JOIN site ON site.id = e.site_id LEFT JOIN zone ON zone.id = e.zone_id
        \(condition.whereClause) GROUP BY 1
        """, values + condition.arguments)
    }
  }

  /// The most first; those of equal number by what they have in common, ports as numbers.
  private static func goesBefore(_ left: ChartCount, _ right: ChartCount) -> Bool {
    if left.endpoints != right.endpoints { return left.endpoints > right.endpoints }
    if let left = left.value.flatMap({ Int($0) }), let right = right.value.flatMap({ Int($0) }) { return left < right }
    return left.value ?? "" < right.value ?? ""
  }

  func serviceCounts(_ query: ChartQuery) throws -> [ServiceCount] {
    try serviceCounts(query.asksKeptCountsAlone ? keptServiceCounts(query) : countedServiceRows(query))
  }

  func serviceCounts(_ found: [StoredRow]) throws -> [ServiceCount] {
    try found.map { row in
      ServiceCount(
        service: row["service"], key: ProtocolPort(try row.transport(), try row.port()), endpoints: row["endpoints"])
    }
  }

  private func countedServiceRows(_ query: ChartQuery) throws -> [StoredRow] {
    try onPaths(of: query) { path in
      var condition = ChartCondition()
      condition.add(query.namesState ? Self.isPresent : Self.isListed)
      condition.add(query, on: path)
      return try composedRows(
        """
        SELECT e.service, e.transport, e.port, count(*) AS endpoints FROM \(path.table) \(Self.joins)
        \(condition.whereClause) GROUP BY 1, 2, 3
        """, condition.arguments)
    }
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
