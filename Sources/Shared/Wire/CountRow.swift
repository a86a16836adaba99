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

/// `GET /api/v1/ports/counts`: the most first.
package struct CountList: Codable, Sendable, Hashable {
  package var rows: [CountRow]
  /// When they were counted, where that is earlier than what was asked for: once a day. Absent: as asked for.
  package var countedAt: Timestamp?

  package init(rows: [CountRow], countedAt: Timestamp?) {
    self.rows = rows
    self.countedAt = countedAt
  }
}
