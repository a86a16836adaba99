internal import CoordinatorCore
internal import FoundationEssentials
internal import GRDB
internal import Model

extension SQLiteSession {
  static let joins = """
    LEFT JOIN listener AS l ON l.id = e.listener_id LEFT JOIN agent AS a ON a.id = e.inside_agent_id
    """

  /// What a listing shows where no states are asked for.
  static let isListed = """
    e.state IN (\(EndpointState.open.code), \(EndpointState.openOrFiltered.code)) OR e.listener_id IS NOT NULL
    """

  /// Every endpoint of which something is known now; of the others the past tells.
  static let isPresent = "e.state IS NOT NULL OR e.listener_id IS NOT NULL"

  func chartRows(_ query: ChartQuery, after: ChartPosition?, limit: Int) throws -> [ChartRow] {
    try inListingOrder(query, after: after, limit: limit, place: \.position) { path, limit in
      try chartRows(query, on: path, after: after, limit: limit)
    }
  }

  func chartPage(_ query: ChartQuery, after: ChartPosition?, limit: Int, looks most: Int) throws -> ChartPage {
    let looks = ChartLooks(most)
    let rows = try inListingOrder(query, after: after, limit: limit, looks: looks, place: \.position) { path, limit in
      try chartRows(query, on: path, after: after, limit: limit, looks)
    }
    return ChartPage(rows: rows, end: looks.end, looked: looks.count)
  }

  /// What `read` finds on each path, as one page of the listing. With `looks`, which `read` counts with, the page ends where they did.
  func inListingOrder<Row>(
    _ query: ChartQuery, after: ChartPosition?, limit: Int, looks: ChartLooks? = nil, place: (Row) -> ChartPosition,
    _ read: (ChartPath, _ limit: Int) throws -> [Row]
  ) throws -> [Row] {
    if let path = try textPath(of: query) ?? namePath(of: query) {
      return try inListingOrder(query, on: path, after: after, limit: limit, read)
    }
    if let paths = ChartPath.mergedPaths(of: query, sites: try sites(of: query, from: after?.host)) {
      return try merged(paths, limit: limit, looks, place, read)
    }
    return try onPathsWithoutTexts(of: query, from: after?.host, limit: limit, looks) { path, limit in
      try path.parts.isEmpty ? read(path, limit) : merged(path.parts, limit: limit, looks, place, read)
    }
  }

  /// What several paths find, each in the listing's order, as one list.
  func merged<Row>(
    _ paths: [ChartPath], limit: Int, _ looks: ChartLooks?, _ place: (Row) -> ChartPosition,
    _ read: (ChartPath, _ limit: Int) throws -> [Row]
  ) throws -> [Row] {
    // The first rows of all are among the first of each.
    looks?.ways = paths.count
    let found = try paths.flatMap { try read($0, limit) }.filter { !(looks?.isBeyond(place($0)) ?? false) }
    return Array(found.sorted { Self.goesBefore(place($0), place($1)) }.prefix(limit))
  }

  /// Sites whose names the query allows, in order, from that of a host on.
  func sites(of query: ChartQuery, from host: ChartHost?) throws -> [SiteID] {
    let named = ChartCondition.sites(query.sites)
    return try composedRows(
      "SELECT id FROM site WHERE id >= ? AND (\(named.sql)) ORDER BY id",
      StoredArguments([host?.site.rawValue ?? 0]) + StoredArguments(named.values)
    ).map { $0.identifier("id") }
  }

  /// The listing's order, as SQLite compares its columns (sqlite.org/datatype3.html, 4.1): blobs by their octets, so that addresses of
  /// both families mix.
  static func goesBefore(_ left: ChartPosition, _ right: ChartPosition) -> Bool {
    if left.host.site != right.host.site { return left.host.site < right.host.site }
    let (scope, other) = (left.host.scope.rawValue, right.host.scope.rawValue)
    if scope != other { return scope.utf8.lexicographicallyPrecedes(other.utf8) }
    let (octets, others) = (left.host.address.octets, right.host.address.octets)
    if octets != others { return octets.lexicographicallyPrecedes(others) }
    return (left.transport.number, left.port) < (right.transport.number, right.port)
  }

  private func chartRows(
    _ query: ChartQuery, on path: ChartPath, after: ChartPosition?, limit: Int, _ looks: ChartLooks? = nil
  ) throws -> [ChartRow] {
    var condition = ChartCondition()
    condition.add(after: after, on: path)
    // Before all others, so that it counts what they leave out, but not the row at which the index is entered.
    // The columns' own value, the oldest acceptable time, is the first.
    let look = Int32(condition.arguments.count + 2)
    if looks != nil { condition.add("looked_at(?, e.id)", [nil]) }
    condition.add(query.namesState ? Self.isPresent : Self.isListed)
    condition.add(query, on: path)
    var reader = ChartRowReader()
    var rows: [ChartRow] = []
    let sql = """
      SELECT \(ChartRowReader.columns) FROM \(path.table) \(Self.joins)
      \(Self.serviceJoin(endpoint: "e.id", zone: "e.zone_id"))
      \(condition.whereClause) ORDER BY e.site_id, e.scope, e.address, e.transport, e.port LIMIT ?
      """
    let arguments = StoredArguments([query.inventoryNotBefore.milliseconds]) + condition.arguments + [limit]
    guard let looks else {
      try eachComposedRow(sql, arguments) { rows.append(try reader.row($0)) }
      return rows
    }
    func read(_ looks: ChartLooks) throws -> ChartWayEnd {
      rows = []
      return try eachComposedRow(sql, arguments, lookAt: look, looks) { running in
        rows.append(try reader.row(running))
        return true
      }
    }
    if case .sorted = try end(of: path, looks, read) {
      return try inAnyOrder(path, looks) { try chartRows(query, on: $0, after: after, limit: limit, $1) }
    }
    return rows
  }

  /// What SQLite sorts too much of for a share of looks: read in the listing's order instead, or to its end where it finds few.
  func inAnyOrder<Row>(
    _ path: ChartPath, _ looks: ChartLooks, _ read: (ChartPath, ChartLooks) throws -> [Row]
  ) throws -> [Row] {
    if let inOrder = path.inOrder { return try read(inOrder, looks) }
    let unbounded = ChartLooks(.max)
    defer { looks.note(unbounded.count) }
    return try read(path, unbounded)
  }

  /// Reads a path by `read`, to its end or that of its share of looks.
  func end(
    of path: ChartPath, _ looks: ChartLooks, _ read: (ChartLooks) throws -> ChartWayEnd
  ) throws -> ChartWayEnd {
    guard path.inOrder != nil else { return try read(looks) }
    // Whether SQLite has chosen an index that finds the few, or one of many which it would have to sort, a tenth of the looks tells.
    let trial = ChartLooks(max(looks.share / 10, 1))
    switch try read(trial) {
    case .whole:
      looks.note(trial.count)
      return .whole
    case .stopped:
      looks.spend(trial.count)
      return try read(looks)
    case .sorted:
      looks.spend(trial.count)
      return .sorted
    }
  }

  /// The rows of one path behind those of the other, until there are enough; `host` is where they begin.
  func onPaths<Row>(
    of query: ChartQuery, from host: ChartHost? = nil, limit: Int = .max,
    _ read: (ChartPath, _ limit: Int) throws -> [Row]
  ) throws -> [Row] {
    if let path = try textPath(of: query) ?? namePath(of: query) { return try read(path, limit) }
    return try onPathsWithoutTexts(of: query, from: host, limit: limit, nil, read)
  }

  func onPathsWithoutTexts<Row>(
    of query: ChartQuery, from host: ChartHost?, limit: Int, _ looks: ChartLooks? = nil,
    _ read: (ChartPath, _ limit: Int) throws -> [Row]
  ) throws -> [Row] {
    var found: [Row] = []
    let paths = try ChartPath.paths(
      of: query, sites: sites(of: query, from: host), from: host, areFew: hasFewChanges)
    for path in paths {
      found += try read(path, limit - found.count)
      if found.count >= limit || looks?.end != nil { break }
    }
    return found
  }

  /// Changes that are sorted in a moment: more are met often enough in the listing's order.
  private static let fewChanges = 20_000

  private func hasFewChanges(within span: TimeSpan) throws -> Bool {
    try number(
      "SELECT count(*) FROM (SELECT 1 FROM \(ChartPath.changedSince) LIMIT ?)",
      [span.from?.milliseconds ?? .min, Self.fewChanges + 1]
    ) <= Self.fewChanges
  }

  func onPaths<Row>(of query: ChartQuery, _ read: (ChartPath) throws -> [Row]) throws -> [Row] {
    try onPaths(of: query) { path, _ in try read(path) }
  }

  func listenerRows(_ query: ChartQuery, after: ListenerID?, limit: Int) throws -> [ListenerRecord] {
    var condition = ChartCondition(.listeners)
    condition.add("e.id > ?", [after?.rawValue ?? 0])
    condition.add(query)
    let (source, values) = listeners(asOf: query.asOf)
    // The listener takes the endpoint's place, so that the same terms mean the same columns.
    return try composedRows(
      """
      SELECT e.* FROM (SELECT listener.*, agent.site_id, NULL AS state, NULL AS verdict, NULL AS changed_at,
        NULL AS service, NULL AS product FROM \(source) AS listener
        JOIN agent ON agent.id = listener.agent_id WHERE coalesce(agent.removed_at, ?) > ?) AS e
      JOIN agent AS a ON a.id = e.agent_id
      \(condition.whereClause) ORDER BY e.id LIMIT ?
      """,
      values + [Int64.max, query.asOf?.milliseconds ?? Int64.max - 1] + condition.arguments + [limit]
    ).map(listenerRecord)
  }
}
