/// `GET /api/v1/ports/counts`: so many endpoints have this in common.
package struct CountRow: Codable, Sendable, Hashable {
  /// Absent: what they are counted by is not known of them.
  package var value: String?
  package var endpoints: Int

  package init(value: String?, endpoints: Int) {
    self.value = value
    self.endpoints = endpoints
  }
}
