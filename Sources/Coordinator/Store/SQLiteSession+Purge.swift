internal import CoordinatorCore
internal import FoundationEssentials
internal import GRDB
internal import Model

extension SQLiteSession {
  /// Tables of the past, with the time at which a row was over.
  private static let pastTables: [(table: String, key: String, end: String)] = [
    ("view_run", "endpoint_id, zone_id, is_self_view, first_at", "until_at"),
    ("host_run", "site_id, scope, address, zone_id, is_self_view, first_at", "until_at"),
    ("host_name", "site_id, scope, address, zone_id, first_at", "until_at"),
    ("listener_past", "id", "until_at"),
    ("agent_address_past", "address, agent_id, interface, until_at", "until_at"),
    ("inventory_gap", "agent_id, from_at", "until_at"),
    ("service_run", "endpoint_id, zone_id, first_at", "until_at"),
    ("endpoint_change", "endpoint_id, kind, zone_id, at", "at"),
    ("finding", "id", "gone_at"),
  ]

  func historySince() throws -> Timestamp? {
    try row("SELECT history_since FROM coordinator WHERE id = 1")?.optionalTime("history_since")
  }

  func purgeHistory(before time: Timestamp, limit: Int) throws -> Int {
    var count = 0
    for (table, key, end) in Self.pastTables {
      try execute(
        "DELETE FROM \(table) WHERE (\(key)) IN (SELECT \(key) FROM \(table) WHERE \(end) < ? LIMIT ?)",
        [time.milliseconds, limit])
      count += try number("SELECT changes()")
    }
    // A day's counts are many rows: the oldest day's in parts. The newest before the time tells of times behind it.
    let oldest = try row(
      """
      SELECT id FROM count_day WHERE taken_at = (SELECT min(taken_at) FROM count_day)
        AND taken_at < (SELECT max(taken_at) FROM count_day WHERE taken_at <= ? AND is_whole)
      """, [time.milliseconds])
    if let oldest {
      try forgetCounts(ofDay: oldest["id"], limit: limit)
      count += 1
    }
    if count > 0 {
      try execute(
        "UPDATE coordinator SET history_since = max(coalesce(history_since, ?1), ?1) WHERE id = 1", [time.milliseconds])
    }
    // One that nothing shows any more tells nothing of a time past.
    try execute(
      """
      DELETE FROM certificate WHERE id IN (SELECT c.id FROM certificate AS c WHERE c.last_seen < ?
        AND NOT EXISTS (SELECT 1 FROM endpoint_service WHERE certificate_id = c.id)
        AND NOT EXISTS (SELECT 1 FROM service_run WHERE certificate_id = c.id) LIMIT ?)
      """, [time.milliseconds, limit])
    return try count + number("SELECT changes()")
  }
}
