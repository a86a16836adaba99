internal import CoordinatorCore
internal import FoundationEssentials
internal import GRDB
internal import Model

extension SQLiteSession {
  /// Endpoints in one statement: less than one at a time by a sixth, and the counter of ids is read and written once.
  private static let batch = 32

  private static let insertingOne = RepeatedSQL(insertingEndpoints(1))
  private static let insertingBatch = RepeatedSQL(insertingEndpoints(batch))
  private static let addingOneView = RepeatedSQL(addingViews(1))
  private static let addingBatchOfViews = RepeatedSQL(addingViews(batch))

  private static func insertingEndpoints(_ count: Int) -> String {
    """
    INSERT INTO endpoint(site_id, scope, address, transport, port, state, reason, verdict, zone_id, other_zones,
      is_self_view, listener_id, inside_agent_id, first_seen, last_seen, differed_at, service, product, version,
      findings)
    VALUES \(marks(20, count))
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
    var index = 0
    while index < endpoints.count {
      let count = endpoints.count - index >= Self.batch ? Self.batch : 1
      let part = endpoints[index..<(index + count)]
      try execute(
        often: count == 1 ? Self.insertingOne : Self.insertingBatch,
        StoredArguments(
          values: part.flatMap {
            key($0.host, $0.key.transport) + [.integer(Int64($0.key.port.rawValue))] + values($0.summary)
          }))
      // Ids of one statement follow one another (sqlite.org/autoinc.html: always one more than the largest so far).
      let first = database.lastInsertedRowID - Int64(count) + 1
      for (offset, endpoint) in part.enumerated() {
        let id = EndpointID(first + Int64(offset))
        views += endpoint.views.map { ($0, id) }
        let rules = endpoint.summary.findings.rules
        if !rules.isEmpty {
          let site = endpoint.host.site
          try openFindings(
            rules.map { FoundNow(rule: $0, site: site, endpoint: id, detail: "") }, at: endpoint.time)
        }
        for service in endpoint.services { try setService(service, of: id) }
        for (view, runs) in endpoint.runs { try setRuns(runs, of: id, view) }
      }
      index += count
    }
    index = 0
    while index < views.count {
      let count = views.count - index >= Self.batch ? Self.batch : 1
      try execute(
        often: count == 1 ? Self.addingOneView : Self.addingBatchOfViews,
        StoredArguments(values: views[index..<(index + count)].flatMap { values($0.view, of: $0.endpoint) }))
      index += count
    }
  }

  func hasRuns(site: SiteID, from first: IPAddress, to last: IPAddress) throws -> Bool {
    try row(
      "SELECT 1 AS found FROM state_range WHERE site_id = ? AND scope = '' AND address BETWEEN ? AND ? LIMIT 1",
      [site.rawValue, first.blob, last.blob]) != nil
  }

  func addresses(
    with key: ProtocolPort, site: SiteID, from first: IPAddress, to last: IPAddress, limit: Int
  ) throws -> [IPAddress]? {
    let found = try rows(
      """
      SELECT address FROM endpoint
      WHERE port = ? AND transport = ? AND site_id = ? AND scope = '' AND address BETWEEN ? AND ? LIMIT ?
      """,
      [
        Int(key.port.rawValue), key.transport.number, site.rawValue, first.blob, last.blob, limit + 1,
      ])
    return found.count > limit ? nil : try found.map { try $0.address("address") }
  }

  func agentAddresses(from first: IPAddress, to last: IPAddress, limit: Int) throws -> [IPAddress]? {
    let found = try rows(
      "SELECT address FROM agent_address WHERE address BETWEEN ? AND ? LIMIT ?", [first.blob, last.blob, limit + 1])
    return found.count > limit ? nil : try found.map { try $0.address("address") }
  }
}
