internal import Curl
internal import Model
internal import Wire

/// Reads counts, which come in parts where they would take long, and adds them up.
enum CountReading {
  /// The most first; at most `limit` of them.
  static func counts(
    _ client: CoordinatorClient, _ path: String, by field: String, query: [(name: String, value: String)], limit: Int
  ) async throws -> CountList {
    func part(_ cursor: String?) async throws -> CountList {
      try await client.get(
        OperatorAPI.basePath + path,
        query: query + [("by", field), ("limit", String(limit))] + (cursor.map { [("cursor", $0)] } ?? []))
    }
    var list = try await part(nil)
    guard var cursor = list.nextCursor else { return list }
    var sums = CountSums(ignoresCase: field.lowercased() == "product")
    sums.add(list.rows)
    while true {
      let next = try await part(cursor)
      sums.add(next.rows)
      guard let following = next.nextCursor else { break }
      cursor = following
    }
    list.rows = Array(sums.rows.prefix(limit))
    list.nextCursor = nil
    return list
  }
}
