internal import CoordinatorCore
internal import FoundationEssentials
internal import GRDB
internal import Model

extension SQLiteSession {
  func importRecord(_ id: Int64) throws -> ImportRecord? {
    try row("SELECT * FROM import WHERE id = ?", [id]).map(importRecord)
  }

  func firstImporter(in zone: ZoneID) throws -> AgentID? {
    try row("SELECT agent_id FROM import WHERE id = (SELECT min(id) FROM import WHERE zone_id = ?)", [zone.rawValue])?
      .identifier("agent_id")
  }

  func importRecord(of digest: [UInt8], in zone: ZoneID) throws -> ImportRecord? {
    try row("SELECT * FROM import WHERE zone_id = ? AND digest = ?", [zone.rawValue, Data(digest)]).map(importRecord)
  }

  private func importRecord(_ row: StoredRow) -> ImportRecord {
    ImportRecord(
      id: row["id"], site: row.identifier("site_id"), zone: row.identifier("zone_id"),
      digest: Array(row["digest"] as Data), file: row["file"], scanner: row["scanner"], hostCount: row["host_count"],
      agent: row.identifier("agent_id"), scan: row.identifier("scan_id"), lane: row.identifier("lane_id"),
      startedAt: row.time("started_at"), finishedAt: row.optionalTime("finished_at"))
  }

  func insertImport(_ record: ImportRecord) throws -> Int64 {
    try insert(
      """
      INSERT INTO import(site_id, zone_id, digest, file, scanner, host_count, agent_id, scan_id, lane_id, started_at)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """,
      [
        record.site.rawValue, record.zone.rawValue, Data(record.digest), record.file, record.scanner,
        record.hostCount, record.agent.rawValue, record.scan.rawValue, record.lane.rawValue,
        record.startedAt.milliseconds,
      ])
  }

  func finishImport(_ id: Int64, at time: Timestamp) throws {
    try execute("UPDATE import SET finished_at = ? WHERE id = ? AND finished_at IS NULL", [time.milliseconds, id])
  }

  func markImported(_ zone: ZoneID) throws {
    try execute("UPDATE zone SET is_import = 1 WHERE id = ?", [zone.rawValue])
  }
}
