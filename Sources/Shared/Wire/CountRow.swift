package import Model

/// `GET /api/v1/ports/counts`: so many endpoints have this in common.
package struct CountRow: Codable, Sendable, Hashable {
  /// Absent: what they are counted by is not known of them.
  package var value: String?
  package var endpoints: Int
  /// When they were counted, where that is earlier than what was asked for: once a day. Absent: as asked for.
  package var countedAt: Timestamp?

  package init(value: String?, endpoints: Int, countedAt: Timestamp? = nil) {
    self.value = value
    self.endpoints = endpoints
    self.countedAt = countedAt
  }
}
