internal import CoordinatorCore
internal import FoundationEssentials
internal import GRDB
internal import Model

extension SQLiteSession {
  /// Tables of the past, with the time at which a row was over. The row of a run that tells of the newest one stays with it.
  private static let pastTables: [(kind: PurgedKind, table: String, key: String, end: String)] = [
    (.views, "view_run", "endpoint_id, number", "next_agent_id IS NULL AND until_at"),
    (.hosts, "host_run", "site_id, scope, address, zone_id, is_self_view, first_at", "until_at"),
    (.names, "host_name", "site_id, scope, address, zone_id, first_at", "until_at"),
    (.listeners, "listener_past", "id", "until_at"),
    (.addresses, "agent_address_past", "address, agent_id, interface, until_at", "until_at"),
    (.gaps, "inventory_gap", "agent_id, from_at", "until_at"),
    (.services, "service_run", "endpoint_id, zone_id, first_at", "until_at"),
    (.changes, "endpoint_change", "endpoint_id, kind, zone_id, at", "at"),
    (.findings, "finding", "id", "gone_at"),
    (.findings, "finding_past", "finding_id, since", "until_at"),
    (.findings, "acknowledgement_past", "finding_id, from_at", "until_at"),
  ]

  func historySince() throws -> Timestamp? {
    try row("SELECT history_since FROM coordinator WHERE id = 1")?.optionalTime("history_since")
  }

  func purgeHistory(before time: Timestamp, limit: Int) throws -> PurgedRows {
    var gone = PurgedRows()
    for (kind, table, key, end) in Self.pastTables {
      try execute(
        "DELETE FROM \(table) WHERE (\(key)) IN (SELECT \(key) FROM \(table) WHERE \(end) < ? LIMIT ?)",
        [time.milliseconds, limit])
      gone[kind, default: 0] += database.changesCount
    }
    // A day's counts are many rows: the oldest day's in parts. The newest before the time tells of times behind it.
    let oldest = try row(
      """
      SELECT id FROM count_day WHERE taken_at = (SELECT min(taken_at) FROM count_day)
        AND taken_at < (SELECT max(taken_at) FROM count_day WHERE taken_at <= ? AND is_whole)
      """, [time.milliseconds])
    if let oldest {
      try forgetCounts(ofDay: oldest["id"], limit: limit)
      gone[.counts] = 1
    }
    if gone.values.contains(where: { $0 > 0 }) {
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
    gone[.certificates] = database.changesCount
    return gone.filter { $0.value > 0 }
  }

  func note(_ rows: PurgedRows, before: Timestamp, at begun: Timestamp) throws {
    for (kind, count) in rows where count > 0 {
      try execute(
        """
        INSERT INTO purge(kind, count, before_at, at) VALUES (?1, ?2, ?3, ?4) ON CONFLICT(kind) DO UPDATE SET
          count = CASE WHEN at = ?4 THEN count + ?2 ELSE ?2 END, before_at = ?3, at = ?4
        """, [kind.rawValue, count, before.milliseconds, begun.milliseconds])
    }
  }

  func purges() throws -> [PurgeRecord] {
    try rows("SELECT * FROM purge ORDER BY kind").map {
      PurgeRecord(kind: try $0.word("kind"), rows: $0["count"], before: $0.time("before_at"), at: $0.time("at"))
    }
  }

  func space() throws -> StoreSpace {
    let page = try number("PRAGMA page_size")
    return StoreSpace(
      total: try number("PRAGMA page_count") * page, free: try number("PRAGMA freelist_count") * page)
  }
}
