internal import CoordinatorCore
internal import FoundationEssentials
internal import GRDB
internal import Model

extension SQLiteSession {
  /// Rows that one statement inserts, the most first. Many at a time, because the counter of ids is read and written once for
  /// each, and because a statement of several rows keeps each page that it touches as it was, to undo itself alone: one of many
  /// rows keeps it once.
  private static let insertingEndpoints = [512, 64, 8, 1].map { (rows: $0, sql: RepeatedSQL(insertingEndpoints($0))) }
  private static let addingViews = [512, 64, 8, 1].map { (rows: $0, sql: RepeatedSQL(addingViews($0))) }

  private static func insertingEndpoints(_ count: Int) -> String {
    """
    INSERT INTO endpoint(site_id, scope, address, transport, port, state, reason, verdict, zone_id, other_zones,
      is_self_view, listener_id, inside_agent_id, first_seen, last_seen, differed_at, service, product, version,
      findings, tells_view, view_at, view_job_id, view_agent_id)
    VALUES \(marks(24, count))
    """
  }

  private static func addingViews(_ count: Int) -> String {
    """
    INSERT INTO endpoint_view(endpoint_id, zone_id, state, reason, is_self_view, observed_at, first_seen, last_seen,
      differed_at, job_id, agent_id, same_since, held_reason) VALUES \(marks(13, count))
    """
  }

  private static func marks(_ columns: Int, _ rows: Int) -> String {
    let row = "(" + Array(repeating: "?", count: columns).joined(separator: ", ") + ")"
    return Array(repeating: row, count: rows).joined(separator: ", ")
  }

  func insertEndpoints(_ endpoints: [NewEndpoint]) throws {
    var views: [(view: ZoneView, endpoint: EndpointID)] = []
    try inParts(of: endpoints, Self.insertingEndpoints, columns: 24) { endpoint, arguments in
      append(endpoint.host, endpoint.key, to: &arguments)
      append(endpoint.summary, to: &arguments)
      let sole = SoleView(endpoint.views, in: endpoint.summary)
      arguments.append(sole != nil)
      append(sole, to: &arguments)
      tally.add(EndpointTally.Kind(endpoint.host.site, endpoint.key, endpoint.summary))
    } inserted: { part in
      // Ids of one statement follow one another (sqlite.org/autoinc.html: always one more than the largest so far).
      let first = database.lastInsertedRowID - Int64(part.count) + 1
      for (offset, endpoint) in part.enumerated() {
        let id = EndpointID(first + Int64(offset))
        if SoleView(endpoint.views, in: endpoint.summary) == nil {
          for view in endpoint.views { views.append((view, id)) }
        }
        if endpoint.summary.findings.rawValue != 0 {
          let site = endpoint.host.site
          try openFindings(
            endpoint.summary.findings.rules.map { FoundNow(rule: $0, site: site, endpoint: id, detail: "") },
            at: endpoint.time)
        }
        for service in endpoint.services { try setService(service, of: id) }
        // What one zone saw before another found it open, now this and now that, has no runs: of its newest the view tells.
        for view in endpoint.views where view.differedAt != nil {
          let key = ViewKey(view)
          try setRuns(endpoint.runs[key] ?? [ViewRun(view)], of: id, key)
        }
      }
    }
    try inParts(of: views, Self.addingViews, columns: 13) { entry, arguments in
      append(entry.view, of: entry.endpoint, to: &arguments)
    }
  }

  /// Inserts rows with the statement of the most rows that still fits, again and again.
  private func inParts<Row>(
    of rows: [Row], _ statements: [(rows: Int, sql: RepeatedSQL)], columns: Int,
    _ append: (Row, inout StoredArguments) -> Void, inserted: (ArraySlice<Row>) throws -> Void = { _ in }
  ) throws {
    var index = 0
    for statement in statements {
      while rows.count - index >= statement.rows {
        let part = rows[index..<(index + statement.rows)]
        var arguments = StoredArguments(capacity: statement.rows * columns)
        for row in part { append(row, &arguments) }
        try execute(often: statement.sql, arguments)
        try inserted(part)
        index += statement.rows
      }
    }
  }

  func hasRuns(site: SiteID, from first: IPAddress, to last: IPAddress) throws -> Bool {
    var isThere = false
    try eachRow(
      often: "SELECT 1 FROM state_range WHERE site_id = ? AND scope = '' AND address BETWEEN ? AND ? LIMIT 1",
      StoredArguments(values: [.integer(site.rawValue), .blob(first.blob), .blob(last.blob)])
    ) { _ in isThere = true }
    return isThere
  }

  func addresses(
    with key: ProtocolPort, site: SiteID, from first: IPAddress, to last: IPAddress, limit: Int
  ) throws -> [IPAddress]? {
    try addresses(
      often: """
        SELECT address FROM endpoint
        WHERE port = ? AND transport = ? AND site_id = ? AND scope = '' AND address BETWEEN ? AND ? LIMIT ?
        """,
      [
        .integer(Int64(key.port.rawValue)), .integer(Int64(key.transport.number)), .integer(site.rawValue),
        .blob(first.blob), .blob(last.blob),
      ], limit)
  }

  func agentAddresses(from first: IPAddress, to last: IPAddress, limit: Int) throws -> [IPAddress]? {
    try addresses(
      often: "SELECT address FROM agent_address WHERE address BETWEEN ? AND ? LIMIT ?",
      [.blob(first.blob), .blob(last.blob)], limit)
  }

  /// Nil: there are more than the limit, which is the last of the values.
  private func addresses(often sql: StaticString, _ values: [StoredValue], _ limit: Int) throws -> [IPAddress]? {
    var found: [IPAddress] = []
    try eachRow(often: sql, StoredArguments(values: values + [.integer(Int64(limit) + 1)])) { row in
      guard let address = row.address(at: 0) else { throw StoreError(.failed, "an address is damaged") }
      found.append(address)
    }
    return found.count > limit ? nil : found
  }
}
