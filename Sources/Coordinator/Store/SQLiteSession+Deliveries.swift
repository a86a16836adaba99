internal import CoordinatorCore
internal import FoundationEssentials
internal import GRDB
internal import Model

extension SQLiteSession {
  private static let selected = "SELECT d.*, m.body FROM delivery AS d JOIN message AS m ON m.id = d.message_id"

  private func deliveryRecord(_ row: StoredRow) throws -> DeliveryRecord {
    DeliveryRecord(
      id: row.identifier("id"), message: try row.json("body"), receiver: row.identifier("receiver_id"),
      receiverName: row["receiver"], state: try row.word("state"), attempts: row["attempts"],
      nextAt: row.time("next_at"), triedAt: row.optionalTime("tried_at"), settledAt: row.optionalTime("settled_at"),
      error: row["error"])
  }

  func deliveries(
    in state: DeliveryRecord.State?, before id: DeliveryID?, limit: Int
  ) throws -> [DeliveryRecord] {
    let before = id?.rawValue ?? .max
    if let state {
      return try rows(
        "\(Self.selected) WHERE d.state = ? AND d.id < ? ORDER BY d.id DESC LIMIT ?", [state.rawValue, before, limit]
      ).map(deliveryRecord)
    }
    return try rows("\(Self.selected) WHERE d.id < ? ORDER BY d.id DESC LIMIT ?", [before, limit]).map(deliveryRecord)
  }

  func delivery(_ id: DeliveryID) throws -> DeliveryRecord? {
    try row("\(Self.selected) WHERE d.id = ?", [id.rawValue]).map(deliveryRecord)
  }

  func dueDeliveries(to receiver: ReceiverID, before time: Timestamp, limit: Int) throws -> [DeliveryRecord] {
    try rows(
      """
      \(Self.selected) WHERE d.receiver_id = ? AND d.state = 'pending' AND d.next_at <= ?
      ORDER BY d.next_at, d.id LIMIT ?
      """, [receiver.rawValue, time.milliseconds, limit]
    ).map(deliveryRecord)
  }

  func receiversWithDueDeliveries(before time: Timestamp) throws -> [ReceiverID] {
    // Receivers are few; of each, one look into the index.
    try rows(
      """
      SELECT id FROM receiver AS r WHERE EXISTS (
        SELECT 1 FROM delivery WHERE receiver_id = r.id AND state = 'pending' AND next_at <= ?)
      """, [time.milliseconds]
    ).map { $0.identifier("id") }
  }

  func insertMessage(
    _ message: AlertMessage, alert: AlertID?, to receivers: [ReceiverRecord], at time: Timestamp
  ) throws -> [DeliveryID] {
    try execute(
      "INSERT INTO message(key, alert_id, body, created_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
      [message.id, alert?.rawValue, try jsonText(message), time.milliseconds])
    guard database.changesCount > 0 else { return [] }
    let id = database.lastInsertedRowID
    return try receivers.map { receiver in
      DeliveryID(
        try insert(
          """
          INSERT INTO delivery(message_id, receiver_id, receiver, state, attempts, next_at) VALUES (?, ?, ?, 'pending', 0, ?)
          """, [id, receiver.id.rawValue, receiver.name, time.milliseconds]))
    }
  }

  func setDelivery(
    _ id: DeliveryID, _ state: DeliveryRecord.State, attempts: Int, nextAt: Timestamp, triedAt: Timestamp,
    error: String?
  ) throws {
    try execute(
      """
      UPDATE delivery SET state = ?, attempts = ?, next_at = ?, tried_at = ?, error = ?, settled_at = ?
      WHERE id = ? AND state = 'pending'
      """,
      [
        state.rawValue, attempts, nextAt.milliseconds, triedAt.milliseconds, error,
        state == .pending ? nil : triedAt.milliseconds, id.rawValue,
      ])
  }

  func replayDelivery(_ id: DeliveryID, at time: Timestamp) throws {
    try execute(
      """
      UPDATE delivery SET state = 'pending', attempts = 0, next_at = ?, settled_at = NULL WHERE id = ?
        AND state <> 'pending'
      """, [time.milliseconds, id.rawValue])
  }
}
