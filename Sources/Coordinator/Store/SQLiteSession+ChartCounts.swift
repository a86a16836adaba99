internal import CoordinatorCore
internal import FoundationEssentials
internal import GRDB
internal import Model

extension SQLiteSession {
  func chartCounts(_ query: ChartQuery, by grouping: ChartGrouping, limit: Int) throws -> [ChartCount] {
    var condition = ChartCondition()
    condition.add(query.namesState ? Self.isPresent : Self.isListed)
    condition.add(query)
    let (column, values): (String, StoredArguments) =
      grouping == .verdict
      ? (ChartCondition.verdict, [query.inventoryNotBefore.milliseconds]) : (Self.column(grouping), [])
    return try uncachedRows(
      """
      SELECT \(column) AS value, count(*) AS endpoints
      FROM endpoint AS e LEFT JOIN listener AS l ON l.id = e.listener_id LEFT JOIN agent AS a ON a.id = e.inside_agent_id
        LEFT JOIN site ON site.id = e.site_id LEFT JOIN zone ON zone.id = e.zone_id
      \(condition.whereClause) GROUP BY 1 ORDER BY endpoints DESC, value LIMIT ?
      """, values + condition.arguments + [limit]
    ).map { row in ChartCount(value: try text(row, grouping), endpoints: row["endpoints"]) }
  }

  func serviceCounts(_ query: ChartQuery) throws -> [ServiceCount] {
    var condition = ChartCondition()
    condition.add(query.namesState ? Self.isPresent : Self.isListed)
    condition.add(query)
    return try uncachedRows(
      """
      SELECT e.service, e.transport, e.port, count(*) AS endpoints
      FROM endpoint AS e LEFT JOIN listener AS l ON l.id = e.listener_id LEFT JOIN agent AS a ON a.id = e.inside_agent_id
      \(condition.whereClause) GROUP BY 1, 2, 3
      """, condition.arguments
    ).map { row in
      ServiceCount(
        service: row["service"], key: ProtocolPort(try row.transport(), try row.port()), endpoints: row["endpoints"])
    }
  }

  private static func column(_ grouping: ChartGrouping) -> String {
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
    default: row["value"]
    }
  }
}
