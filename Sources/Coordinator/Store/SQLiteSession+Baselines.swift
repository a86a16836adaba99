internal import CoordinatorCore
internal import GRDB
internal import Model

extension SQLiteSession {
  func baselines() throws -> [BaselineRecord] {
    try rows("SELECT * FROM baseline ORDER BY id").map { row in
      BaselineRecord(
        id: row.identifier("id"), name: row["name"], site: row.optionalIdentifier("site_id"), at: row.time("at"),
        query: row["query"], note: row["note"], createdBy: row["created_by"], createdAt: row.time("created_at"))
    }
  }

  func insertBaseline(_ baseline: BaselineRecord) throws -> BaselineID {
    BaselineID(
      try insert(
        """
        INSERT INTO baseline(name, site_id, at, query, note, created_by, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)
        """,
        [
          baseline.name, baseline.site?.rawValue, baseline.at.milliseconds, baseline.query, baseline.note,
          baseline.createdBy, baseline.createdAt.milliseconds,
        ]))
  }

  func removeBaseline(_ id: BaselineID) throws {
    try execute("DELETE FROM baseline WHERE id = ?", [id.rawValue])
  }
}
