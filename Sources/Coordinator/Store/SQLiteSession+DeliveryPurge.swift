internal import CoordinatorCore
internal import GRDB
internal import Model

extension SQLiteSession {
  func messagesPurgedBefore() throws -> Timestamp? {
    try row("SELECT purged_before FROM alert_state WHERE id = 1")?.optionalTime("purged_before")
  }

  func purgeMessages(before time: Timestamp, limit: Int) throws -> (messages: Int, undelivered: Int) {
    // One that was tried or replayed since stays until that is as long ago; one that is still to be delivered stays, after a coordinator
    // stood still for long, too, and so does one whose end an Alertmanager is still to be told.
    let old = try rows(
      """
      SELECT id, key FROM message AS m WHERE created_at < ?1 AND NOT EXISTS (
          SELECT 1 FROM delivery WHERE message_id = m.id
            AND (state = 'pending' OR max(next_at, coalesce(settled_at, 0)) >= ?1))
        AND NOT EXISTS (SELECT 1 FROM active_alert WHERE subject = 'message|' || m.key)
      ORDER BY created_at LIMIT ?2
      """, [time.milliseconds, limit])
    var (messages, undelivered, gone) = (0, 0, 0)
    for row in old where gone < limit {
      let (id, key): (Int64, String) = (row["id"], row["key"])
      undelivered += try number("SELECT count(*) FROM delivery WHERE message_id = ? AND state <> 'delivered'", [id])
      try execute("DELETE FROM delivery WHERE message_id = ?", [id])
      gone += database.changesCount + 1
      try execute("DELETE FROM alert_member WHERE message_key = ?", [key])
      gone += database.changesCount
      try execute("DELETE FROM message WHERE id = ?", [id])
      messages += 1
    }
    if messages > 0 {
      try execute(
        "UPDATE alert_state SET purged_before = max(coalesce(purged_before, ?1), ?1) WHERE id = 1",
        [time.milliseconds])
    }
    return (messages, undelivered)
  }

  func purgeTold(before time: Timestamp, limit: Int) throws -> Int {
    try execute(
      """
      DELETE FROM told WHERE (source, subject) IN (
        SELECT source, subject FROM told WHERE at < ? AND source GLOB 'certificate:*' LIMIT ?)
      """, [time.milliseconds, limit])
    let count = database.changesCount
    try execute(
      """
      DELETE FROM told WHERE source = 'agent-silent' AND subject IN (
        SELECT t.subject FROM told AS t JOIN agent AS a ON a.id = CAST(t.subject AS INTEGER)
        WHERE t.source = 'agent-silent' AND a.removed_at IS NOT NULL LIMIT ?)
      """, [limit])
    return count + database.changesCount
  }
}
