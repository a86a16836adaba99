internal import CoordinatorCore
internal import Model

extension SQLiteSession {
  /// `endpoint_count` with the columns that a query's conditions name: what does not stand there must not be asked of it.
  private static func keptEndpoints(of day: DailyCounts?) -> (sql: String, arguments: StoredArguments) {
    let table = day == nil ? "endpoint_count" : "endpoint_count_past WHERE day_id = ?"
    return (
      """
      (SELECT port, transport, site_id, nullif(zone_id, 0) AS zone_id, \(EndpointState.code(of: "state")) AS state,
        nullif(service, '') AS service, nullif(is_listened, 0) AS listener_id, endpoints FROM \(table)) AS e
      """, StoredArguments(day.map { [$0.id] } ?? [])
    )
  }

  /// Writes what the change has added to the kept counts and taken from them. Before the change ends.
  func writeTally() throws {
    for (kind, difference) in tally.take() {
      var arguments = StoredArguments(capacity: 8)
      arguments.append(Int64(kind.key.port.rawValue))
      arguments.append(Int64(kind.key.transport.number))
      arguments.append(kind.site)
      arguments.append(kind.zone?.rawValue ?? 0)
      arguments.append(text: kind.state?.rawValue ?? "")
      arguments.append(text: kind.service ?? "")
      arguments.append(kind.isListened)
      let place = arguments
      arguments.append(Int64(difference))
      try execute(
        often: """
          INSERT INTO endpoint_count(port, transport, site_id, zone_id, state, service, is_listened, endpoints)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?)
          ON CONFLICT DO UPDATE SET endpoints = endpoints + excluded.endpoints
          """, arguments)
      guard difference < 0 else { continue }
      try execute(
        often: """
          DELETE FROM endpoint_count WHERE port = ? AND transport = ? AND site_id = ? AND zone_id = ? AND state = ?
            AND service = ? AND is_listened = ? AND endpoints = 0
          """, place)
    }
  }

  /// Kept counts of what fits, by one of the columns that they are kept by; those of a day past, if one is given.
  func keptCounts(_ query: ChartQuery, by column: String, of day: DailyCounts? = nil) throws -> [StoredRow] {
    let kept = Self.keptEndpoints(of: day)
    var condition = ChartCondition()
    condition.add(query.namesState ? Self.isPresent : Self.isListed)
    condition.add(query)
    return try composedRows(
      """
      SELECT \(column) AS value, sum(e.endpoints) AS endpoints FROM \(kept.sql)
        LEFT JOIN site ON site.id = e.site_id LEFT JOIN zone ON zone.id = e.zone_id
      \(condition.whereClause) GROUP BY 1
      """, kept.arguments + condition.arguments)
  }

  /// Kept counts of what fits, by service and port.
  func keptServiceCounts(_ query: ChartQuery, of day: DailyCounts? = nil) throws -> [StoredRow] {
    let kept = Self.keptEndpoints(of: day)
    var condition = ChartCondition()
    condition.add(query.namesState ? Self.isPresent : Self.isListed)
    condition.add(query)
    return try composedRows(
      """
      SELECT e.service, e.transport, e.port, sum(e.endpoints) AS endpoints FROM \(kept.sql)
      \(condition.whereClause) GROUP BY 1, 2, 3
      """, kept.arguments + condition.arguments)
  }

  /// Endpoints at which this socket listens.
  func kinds(at listener: ListenerID) throws -> [(listened: EndpointTally.Kind, unlistened: EndpointTally.Kind?)] {
    try rows(
      "SELECT site_id, zone_id, transport, port, state, service FROM endpoint WHERE listener_id = ?",
      [listener.rawValue]
    ).map { row in
      func kind(isListened: Bool) throws -> EndpointTally.Kind {
        EndpointTally.Kind(
          site: row.identifier("site_id"), zone: row.optionalIdentifier("zone_id"),
          key: ProtocolPort(try row.transport(), try row.port()), state: try row.optionalCode("state"),
          service: row["service"], isListened: isListened)
      }
      let unlistened = try kind(isListened: false)
      return (try kind(isListened: true), unlistened.state == nil ? nil : unlistened)
    }
  }
}

extension ChartQuery {
  /// Whether every term is one of what the kept counts are kept by.
  var asksKeptCountsAlone: Bool { filter.asksKeptCountsAlone }
}

extension ChartFilter {
  fileprivate var asksKeptCountsAlone: Bool {
    switch self {
    case .term(let term):
      switch term {
      case .port, .transport, .state, .service, .site: true
      default: false
      }
    case .not(let filter): filter.asksKeptCountsAlone
    case .all(let filters), .any(let filters): filters.allSatisfy(\.asksKeptCountsAlone)
    }
  }
}

extension ChartGrouping {
  /// Whether the kept counts are kept by it.
  var isKept: Bool {
    switch self {
    case .port, .proto, .service, .site, .state, .zone: true
    case .agent, .host, .product, .verdict: false
    }
  }
}
