package import Model

/// One message on its way to one receiver.
package struct DeliveryRow: Codable, Sendable, Hashable {
  package var id: DeliveryID
  /// What the receiver knows it by.
  package var message: String
  package var alert: String
  package var receiver: String
  package var title: String
  /// `pending`, `delivered`, `dead`.
  package var state: String
  package var attempts: Int
  package var createdAt: Timestamp
  /// Absent when it is settled.
  package var nextAt: Timestamp?
  package var triedAt: Timestamp?
  package var settledAt: Timestamp?
  package var error: String?
  /// Notices that it tells of, and the first of them.
  package var count: Int
  package var lines: [String]

  package init(
    id: DeliveryID, message: String, alert: String, receiver: String, title: String, state: String, attempts: Int,
    createdAt: Timestamp, nextAt: Timestamp?, triedAt: Timestamp?, settledAt: Timestamp?, error: String?, count: Int,
    lines: [String]
  ) {
    self.id = id
    self.message = message
    self.alert = alert
    self.receiver = receiver
    self.title = title
    self.state = state
    self.attempts = attempts
    self.createdAt = createdAt
    self.nextAt = nextAt
    self.triedAt = triedAt
    self.settledAt = settledAt
    self.error = error
    self.count = count
    self.lines = lines
  }
}
