package import Model

/// So many endpoints have this in common.
package struct CountRow: Codable, Sendable, Hashable {
  /// Absent: what they are counted by is not known of them.
  package var value: String?
  package var endpoints: Int

  package init(value: String?, endpoints: Int) {
    self.value = value
    self.endpoints = endpoints
  }
}

/// `GET /api/v1/ports/counts`: the most first. Counts that would take long come in parts, each of which has all values of a part of the chart,
/// whatever limit was asked for, and are to be added up.
package struct CountList: Codable, Sendable, Hashable {
  package var rows: [CountRow]
  /// When they were counted, where that is earlier than what was asked for: once a day. Absent: as asked for.
  package var countedAt: Timestamp?
  /// Where the next part begins, as of a page. Absent: these are all, or the last.
  package var nextCursor: String?

  package init(rows: [CountRow], countedAt: Timestamp?, nextCursor: String? = nil) {
    self.rows = rows
    self.countedAt = countedAt
    self.nextCursor = nextCursor
  }
}
