internal import CoordinatorCore
internal import FoundationEssentials
internal import GRDB
internal import Model

extension SQLiteSession {
  func schedules() throws -> [ScheduleRecord] {
    try rows("SELECT * FROM schedule WHERE removed_at IS NULL ORDER BY name").map(scheduleRecord)
  }

  func schedule(_ id: ScheduleID) throws -> ScheduleRecord? {
    try row("SELECT * FROM schedule WHERE id = ? AND removed_at IS NULL", [id.rawValue]).map(scheduleRecord)
  }

  func schedule(named name: String) throws -> ScheduleRecord? {
    try row("SELECT * FROM schedule WHERE name = ?", [name]).map(scheduleRecord)
  }

  func dueSchedules(by time: Timestamp, limit: Int) throws -> [ScheduleRecord] {
    try rows("SELECT * FROM schedule WHERE next_look <= ? ORDER BY next_look LIMIT ?", [time.milliseconds, limit])
      .map(scheduleRecord)
  }

  private func scheduleRecord(_ row: StoredRow) throws -> ScheduleRecord {
    ScheduleRecord(
      id: row.identifier("id"), name: row["name"], site: row.identifier("site_id"), expression: row["expression"],
      timeZone: row["time_zone"], request: row["request"],
      policy: SchedulePolicy(
        overlap: try row.word("overlap"), onBlackout: try row.word("on_blackout"),
        catchUp: .milliseconds(row["catch_up_milliseconds"] as Int64),
        jitter: .milliseconds(row["jitter_milliseconds"] as Int64)),
      isPaused: row["is_paused"], note: row["note"], expiresAt: row.optionalTime("expires_at"),
      createdBy: row["created_by"], createdAt: row.time("created_at"), revision: row["revision"],
      cursor: row.time("cursor"), nextLook: row.optionalTime("next_look"),
      lastScan: row.optionalIdentifier("last_scan_id"))
  }

  private func arguments(_ schedule: ScheduleRecord) -> StoredArguments {
    [
      schedule.name, schedule.site.rawValue, schedule.expression, schedule.timeZone, schedule.request,
      schedule.policy.overlap.rawValue, schedule.policy.onBlackout.rawValue,
      schedule.policy.catchUp.wholeMilliseconds, schedule.policy.jitter.wholeMilliseconds, schedule.isPaused,
      schedule.note, schedule.expiresAt?.milliseconds, schedule.createdBy, schedule.createdAt.milliseconds,
      schedule.revision, schedule.cursor.milliseconds, schedule.nextLook?.milliseconds, schedule.lastScan?.rawValue,
    ]
  }

  func insertSchedule(_ schedule: ScheduleRecord) throws -> ScheduleID {
    ScheduleID(
      try insert(
        """
        INSERT INTO schedule(name, site_id, expression, time_zone, request, overlap, on_blackout, catch_up_milliseconds,
          jitter_milliseconds, is_paused, note, expires_at, created_by, created_at, revision, cursor, next_look,
          last_scan_id)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """, arguments(schedule)))
  }

  func updateSchedule(_ schedule: ScheduleRecord) throws {
    try execute(
      """
      UPDATE schedule SET name = ?, site_id = ?, expression = ?, time_zone = ?, request = ?, overlap = ?,
        on_blackout = ?, catch_up_milliseconds = ?, jitter_milliseconds = ?, is_paused = ?, note = ?, expires_at = ?,
        created_by = ?, created_at = ?, revision = ?, cursor = ?, next_look = ?, last_scan_id = ?
      WHERE id = ?
      """, arguments(schedule) + [schedule.id.rawValue])
  }

  func removeSchedule(_ id: ScheduleID, at time: Timestamp) throws {
    // Its name is free at once, and the other half of its new one cannot be typed.
    try execute(
      """
      UPDATE schedule SET removed_at = ?, name = name || char(10) || id, is_paused = 1, next_look = NULL WHERE id = ?
      """, [time.milliseconds, id.rawValue])
    _ = try purgeRemovedSchedule(id, limit: Self.slotBatch)
  }

  /// Slots that one transaction takes away.
  private static let slotBatch = 500

  private func purgeRemovedSchedule(_ id: ScheduleID, limit: Int) throws -> Int {
    try execute(
      """
      DELETE FROM schedule_slot WHERE schedule_id = ?1
        AND slot IN (SELECT slot FROM schedule_slot WHERE schedule_id = ?1 ORDER BY slot LIMIT ?2)
      """, [id.rawValue, limit])
    let count = database.changesCount
    guard count < limit else { return count }
    try execute("DELETE FROM schedule WHERE id = ?", [id.rawValue])
    return count + 1
  }

  func purgeRemovedSchedules(limit: Int) throws -> Int {
    var count = 0
    let ids = try rows("SELECT id FROM schedule WHERE removed_at IS NOT NULL LIMIT ?", [limit])
    for row in ids where count < limit {
      count += try purgeRemovedSchedule(row.identifier("id"), limit: limit - count)
    }
    return count
  }

  func schedulesWithSlots(before time: Timestamp) throws -> [ScheduleID] {
    // Of each, one look at the beginning of its slots and one at their end.
    try rows(
      """
      SELECT id, (SELECT min(slot) FROM schedule_slot WHERE schedule_id = s.id) AS first,
        (SELECT max(slot) FROM schedule_slot WHERE schedule_id = s.id) AS last
      FROM schedule AS s WHERE removed_at IS NULL AND first < ? AND first < last
      """, [time.milliseconds]
    ).map { $0.identifier("id") }
  }

  func purgeSlots(of schedule: ScheduleID, before time: Timestamp, limit: Int) throws -> Int {
    try execute(
      """
      DELETE FROM schedule_slot WHERE schedule_id = ?1 AND slot IN (
        SELECT slot FROM schedule_slot WHERE schedule_id = ?1
          AND slot < min(?2, (SELECT max(slot) FROM schedule_slot WHERE schedule_id = ?1)) AND outcome <> 'waiting'
        ORDER BY slot LIMIT ?3)
      """, [schedule.rawValue, time.milliseconds, limit])
    return database.changesCount
  }

  func advance(_ schedule: ScheduleID, cursor: Timestamp, nextLook: Timestamp?, lastScan: ScanID?) throws {
    try execute(
      "UPDATE schedule SET cursor = ?, next_look = ?, last_scan_id = ? WHERE id = ?",
      [cursor.milliseconds, nextLook?.milliseconds, lastScan?.rawValue, schedule.rawValue])
    if let lastScan {
      try execute(
        "UPDATE scan SET schedule_id = ? WHERE id = ? AND schedule_id IS NULL", [schedule.rawValue, lastScan.rawValue])
    }
  }

  func lookAtEverySchedule(by time: Timestamp) throws {
    try execute("UPDATE schedule SET next_look = ? WHERE is_paused = 0", [time.milliseconds])
  }

  func slots(of schedule: ScheduleID, before: Timestamp?, limit: Int) throws -> [ScheduleSlot] {
    try rows(
      "SELECT * FROM schedule_slot WHERE schedule_id = ? AND slot < ? ORDER BY slot DESC LIMIT ?",
      [schedule.rawValue, before?.milliseconds ?? Int64.max, limit]
    ).map(scheduleSlot)
  }

  func slotTimes(of schedule: ScheduleID, after: Timestamp, limit: Int) throws -> [Timestamp] {
    try rows(
      "SELECT slot FROM schedule_slot WHERE schedule_id = ? AND slot > ? ORDER BY slot LIMIT ?",
      [schedule.rawValue, after.milliseconds, limit]
    ).map { $0.time("slot") }
  }

  func waitingSlots(of schedule: ScheduleID) throws -> [ScheduleSlot] {
    try rows(
      "SELECT * FROM schedule_slot WHERE schedule_id = ? AND outcome = 'waiting' ORDER BY slot", [schedule.rawValue]
    ).map(scheduleSlot)
  }

  private func scheduleSlot(_ row: StoredRow) throws -> ScheduleSlot {
    ScheduleSlot(
      slot: row.time("slot"), outcome: try row.word("outcome"), scan: row.optionalIdentifier("scan_id"),
      reason: row["reason"], decidedAt: row.time("decided_at"))
  }

  func setSlot(_ slot: ScheduleSlot, of schedule: ScheduleID) throws -> Bool {
    try execute(
      """
      INSERT INTO schedule_slot(schedule_id, slot, outcome, scan_id, reason, decided_at) VALUES (?, ?, ?, ?, ?, ?)
      ON CONFLICT (schedule_id, slot) DO UPDATE SET outcome = excluded.outcome, scan_id = excluded.scan_id,
        reason = excluded.reason, decided_at = excluded.decided_at WHERE outcome = 'waiting'
      """,
      [
        schedule.rawValue, slot.slot.milliseconds, slot.outcome.rawValue, slot.scan?.rawValue, slot.reason,
        slot.decidedAt.milliseconds,
      ])
    return database.changesCount > 0
  }

  func durations(of schedule: ScheduleID, limit: Int) throws -> [Duration] {
    try rows(
      """
      SELECT started_at, finished_at FROM scan
      WHERE schedule_id = ? AND started_at IS NOT NULL AND finished_at IS NOT NULL ORDER BY id DESC LIMIT ?
      """, [schedule.rawValue, limit]
    ).map { $0.time("finished_at") - $0.time("started_at") }
  }
}
