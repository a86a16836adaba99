package import Curl
package import Model
internal import Wire

/// Reads a list page by page until it ends or `limit` rows are there.
package enum PageReading {
  package static func rows<Row: Codable & Sendable>(
    _ client: CoordinatorClient, _ path: String, query: [(name: String, value: String)] = [], limit: Int? = nil
  ) async throws -> [Row] {
    var rows: [Row] = []
    try await eachPage(client, path, query: query, limit: limit) { rows += $0 }
    return rows
  }

  /// Hands over one page after the other. While `body` has one the next is on its way, so that two are held at most, however
  /// long the list is. What `body` throws ends the reading and is thrown. Returns since when the history is whole, where the list is of
  /// the past and something of it was purged.
  @discardableResult
  package static func eachPage<Row: Codable & Sendable>(
    _ client: CoordinatorClient, _ path: String, query: [(name: String, value: String)] = [], limit: Int? = nil,
    _ body: ([Row]) throws -> Void
  ) async throws -> Timestamp? {
    @Sendable func page(_ cursor: String?, _ wanted: Int) async throws -> Page<Row> {
      var parameters = query + [("limit", String(wanted))]
      if let cursor { parameters.append(("cursor", cursor)) }
      return try await client.get(OperatorAPI.basePath + path, query: parameters)
    }
    func wanted(after count: Int) -> Int { min(WireLimits.pageRows, limit.map { $0 - count } ?? WireLimits.pageRows) }
    guard wanted(after: 0) > 0 else { return nil }
    var current = try await page(nil, wanted(after: 0))
    let since = current.historySince
    var count = current.rows.count
    while let cursor = current.nextCursor, case let wanted = wanted(after: count), wanted > 0 {
      async let next = page(cursor, wanted)
      try body(current.rows)
      current = try await next
      count += current.rows.count
    }
    try body(current.rows)
    return since
  }
}
