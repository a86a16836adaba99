package import Curl
internal import Wire

/// Reads a list page by page until it ends or `limit` rows are there.
package enum PageReading {
  package static func rows<Row: Codable & Sendable>(
    _ client: CoordinatorClient, _ path: String, query: [(name: String, value: String)] = [], limit: Int? = nil
  ) async throws -> [Row] {
    var rows: [Row] = []
    var cursor: String?
    repeat {
      let wanted = min(WireLimits.pageRows, limit.map { $0 - rows.count } ?? WireLimits.pageRows)
      guard wanted > 0 else { break }
      var parameters = query + [("limit", String(wanted))]
      if let cursor { parameters.append(("cursor", cursor)) }
      let page: Page<Row> = try await client.get(OperatorAPI.basePath + path, query: parameters)
      rows += page.rows
      cursor = page.nextCursor
    } while cursor != nil
    return rows
  }
}
