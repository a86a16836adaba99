internal import CoordinatorCore
internal import GRDB
internal import Model

extension SQLiteSession {
  func blackouts() throws -> [BlackoutRecord] {
    try rows("SELECT * FROM blackout ORDER BY name").map { row in
      let networks: String = row["networks"]
      let expression: String? = row["expression"]
      let window: BlackoutRecord.Window =
        if let expression {
          .repeating(
            expression: expression, timeZone: row["time_zone"],
            duration: .milliseconds(row["duration_milliseconds"] as Int64))
        } else {
          .once(from: row.time("from_at"), to: row.time("to_at"))
        }
      return BlackoutRecord(
        id: row.identifier("id"), name: row["name"], window: window, site: row.optionalIdentifier("site_id"),
        zone: row.optionalIdentifier("zone_id"),
        networks: try networks.split(separator: " ").map { try network($0) }, note: row["note"],
        createdBy: row["created_by"], createdAt: row.time("created_at"))
    }
  }

  func blackoutMark() throws -> BlackoutMark {
    let row = try row(
      "SELECT count(*) AS number, coalesce(max(id), 0) AS newest, coalesce(max(created_at), 0) AS time FROM blackout")
    return BlackoutMark(count: row?["number"] ?? 0, newest: row?["newest"] ?? 0, newestAt: row?["time"] ?? 0)
  }

  func insertBlackout(_ blackout: BlackoutRecord) throws -> BlackoutID {
    var expression: String?
    var timeZone: String?
    var duration: Duration?
    var from: Timestamp?
    var to: Timestamp?
    switch blackout.window {
    case .once(let start, let end): (from, to) = (start, end)
    case .repeating(let text, let zone, let span): (expression, timeZone, duration) = (text, zone, span)
    }
    return BlackoutID(
      try insert(
        """
        INSERT INTO blackout(name, expression, time_zone, duration_milliseconds, from_at, to_at, site_id, zone_id,
          networks, note, created_by, created_at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        [
          blackout.name, expression, timeZone, duration?.wholeMilliseconds, from?.milliseconds, to?.milliseconds,
          blackout.site?.rawValue, blackout.zone?.rawValue,
          blackout.networks.map(\.description).joined(separator: " "), blackout.note, blackout.createdBy,
          blackout.createdAt.milliseconds,
        ]))
  }

  func removeBlackout(_ id: BlackoutID) throws { try execute("DELETE FROM blackout WHERE id = ?", [id.rawValue]) }
}
