internal import CoordinatorCore
internal import FoundationEssentials
internal import GRDB
internal import Model

extension SQLiteSession {
  func receivers() throws -> [ReceiverRecord] { try rows("SELECT * FROM receiver ORDER BY id").map(receiverRecord) }

  func receiver(_ id: ReceiverID) throws -> ReceiverRecord? {
    try row("SELECT * FROM receiver WHERE id = ?", [id.rawValue]).map(receiverRecord)
  }

  private func receiverRecord(_ row: StoredRow) throws -> ReceiverRecord {
    ReceiverRecord(
      id: row.identifier("id"), name: row["name"], kind: try row.word("kind"), settings: try row.json("settings"),
      secrets: try row.json("secrets"), note: row["note"], createdAt: row.time("created_at"),
      changedAt: row.time("changed_at"))
  }

  func insertReceiver(_ receiver: ReceiverRecord) throws -> ReceiverID {
    ReceiverID(
      try insert(
        """
        INSERT INTO receiver(name, kind, settings, secrets, note, created_at, changed_at) VALUES (?, ?, ?, ?, ?, ?, ?)
        """,
        [
          receiver.name, receiver.kind.rawValue, try jsonText(receiver.settings), try jsonText(receiver.secrets),
          receiver.note, receiver.createdAt.milliseconds, receiver.changedAt.milliseconds,
        ]))
  }

  func setReceiver(_ receiver: ReceiverRecord) throws {
    try execute(
      "UPDATE receiver SET settings = ?, secrets = ?, note = ?, changed_at = ? WHERE id = ?",
      [
        try jsonText(receiver.settings), try jsonText(receiver.secrets), receiver.note,
        receiver.changedAt.milliseconds, receiver.id.rawValue,
      ])
  }

  func removeReceiver(_ id: ReceiverID, at time: Timestamp) throws {
    try execute(
      """
      UPDATE delivery SET state = 'dead', settled_at = ?, error = 'the receiver was removed'
      WHERE receiver_id = ? AND state = 'pending'
      """, [time.milliseconds, id.rawValue])
    try execute("DELETE FROM active_alert WHERE receiver_id = ?", [id.rawValue])
    try execute("DELETE FROM receiver WHERE id = ?", [id.rawValue])
  }

  func alerts() throws -> [AlertRecord] {
    var receivers: [AlertID: [ReceiverID]] = [:]
    for row in try rows("SELECT * FROM alert_receiver ORDER BY alert_id, receiver_id") {
      receivers[row.identifier("alert_id"), default: []].append(row.identifier("receiver_id"))
    }
    return try rows("SELECT * FROM alert ORDER BY id").map { row in
      let id: AlertID = row.identifier("id")
      return AlertRecord(
        id: id, name: row["name"], site: row.optionalIdentifier("site_id"), isPaused: row["is_paused"],
        rule: try row.json("rule"), receivers: receivers[id] ?? [], createdAt: row.time("created_at"),
        changedAt: row.time("changed_at"))
    }
  }

  func insertAlert(_ alert: AlertRecord) throws -> AlertID {
    let id = AlertID(
      try insert(
        "INSERT INTO alert(name, site_id, is_paused, rule, created_at, changed_at) VALUES (?, ?, ?, ?, ?, ?)",
        [
          alert.name, alert.site?.rawValue, alert.isPaused, try jsonText(alert.rule), alert.createdAt.milliseconds,
          alert.changedAt.milliseconds,
        ]))
    try setReceivers(alert.receivers, of: id)
    return id
  }

  func setAlert(_ alert: AlertRecord) throws {
    try execute(
      "UPDATE alert SET site_id = ?, is_paused = ?, rule = ?, changed_at = ? WHERE id = ?",
      [
        alert.site?.rawValue, alert.isPaused, try jsonText(alert.rule), alert.changedAt.milliseconds,
        alert.id.rawValue,
      ])
    try setReceivers(alert.receivers, of: alert.id)
  }

  private func setReceivers(_ receivers: [ReceiverID], of alert: AlertID) throws {
    try execute("DELETE FROM alert_receiver WHERE alert_id = ?", [alert.rawValue])
    for receiver in receivers {
      try execute(
        "INSERT INTO alert_receiver(alert_id, receiver_id) VALUES (?, ?)", [alert.rawValue, receiver.rawValue])
    }
  }

  func removeAlert(_ id: AlertID) throws { try execute("DELETE FROM alert WHERE id = ?", [id.rawValue]) }

  func noticeCursor() throws -> Int64 { try row("SELECT cursor FROM alert_state WHERE id = 1")?["cursor"] ?? 0 }

  func setNoticeCursor(_ id: Int64) throws {
    try execute("UPDATE alert_state SET cursor = ? WHERE id = 1", [id])
    // Each that is matched is in its groups.
    try execute("DELETE FROM notice WHERE id <= ?", [id])
  }

  func alertGroup(of alert: AlertID, named name: String) throws -> AlertGroup? {
    try row("SELECT * FROM alert_group WHERE alert_id = ? AND name = ?", [alert.rawValue, name]).map(alertGroup)
  }

  func dueAlertGroups(before time: Timestamp, limit: Int) throws -> [AlertGroup] {
    try rows(
      "SELECT * FROM alert_group WHERE due_at <= ? ORDER BY due_at, id LIMIT ?", [time.milliseconds, limit]
    ).map(alertGroup)
  }

  private func alertGroup(_ row: StoredRow) throws -> AlertGroup {
    AlertGroup(
      id: row["id"], alert: row.identifier("alert_id"), name: row["name"], openedAt: row.time("opened_at"),
      dueAt: row.time("due_at"), content: try row.json("content"), isFollowed: row["is_followed"])
  }

  func setAlertGroup(_ group: AlertGroup) throws {
    try execute(
      """
      INSERT INTO alert_group(alert_id, name, opened_at, due_at, content, is_followed) VALUES (?, ?, ?, ?, ?, ?)
      ON CONFLICT (alert_id, name) DO UPDATE SET due_at = excluded.due_at, content = excluded.content
      """,
      [
        group.alert.rawValue, group.name, group.openedAt.milliseconds, group.dueAt.milliseconds,
        try jsonText(group.content), group.isFollowed,
      ])
  }

  func removeAlertGroup(_ id: Int64) throws { try execute("DELETE FROM alert_group WHERE id = ?", [id]) }

  func noteTold(_ source: String, _ subject: String, at time: Timestamp) throws -> Bool {
    try execute(
      "INSERT INTO told(source, subject, at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
      [source, subject, time.milliseconds])
    return database.changesCount > 0
  }

  func isTold(_ source: String, _ subject: String) throws -> Bool {
    try row("SELECT 1 AS is_told FROM told WHERE source = ? AND subject = ?", [source, subject]) != nil
  }

  func told(_ source: String, after subject: String?, limit: Int) throws -> [String] {
    try rows(
      "SELECT subject FROM told WHERE source = ? AND subject > ? ORDER BY subject LIMIT ?",
      [source, subject ?? "", limit]
    ).map { $0["subject"] }
  }

  func forgetTold(_ source: String, _ subject: String) throws -> Bool {
    try execute("DELETE FROM told WHERE source = ? AND subject = ?", [source, subject])
    return database.changesCount > 0
  }

  func chartRow(
    of host: ChartHost, _ endpoint: ProtocolPort, inventoryNotBefore: Timestamp
  ) throws -> ChartRow? {
    var found: ChartRow?
    var reader = ChartRowReader()
    try eachRow(
      often: Self.oneRow,
      StoredArguments(
        values: [.integer(inventoryNotBefore.milliseconds)] + key(host, endpoint.transport)
          + [.integer(Int64(endpoint.port.rawValue))])
    ) { found = try reader.row($0) }
    return found
  }

  private static let oneRow = RepeatedSQL(
    """
    SELECT \(ChartRowReader.columns) FROM endpoint AS e \(joins) \(serviceJoin(endpoint: "e.id", zone: "e.zone_id"))
    WHERE e.site_id = ? AND e.scope = ? AND e.address = ? AND e.transport = ? AND e.port = ?
    """)
}
