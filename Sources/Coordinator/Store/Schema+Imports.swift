/// Foreign scans.
extension Schema {
  /// A zone of imports has no agents of its own: it is a vantage of which files tell.
  static let imports = """
    ALTER TABLE zone ADD COLUMN is_import INTEGER NOT NULL DEFAULT 0;
    CREATE TABLE import(
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      site_id INTEGER NOT NULL REFERENCES site(id),
      zone_id INTEGER NOT NULL REFERENCES zone(id),
      digest BLOB NOT NULL,
      file TEXT NOT NULL,
      scanner TEXT NOT NULL,
      host_count INTEGER NOT NULL,
      agent_id INTEGER NOT NULL REFERENCES agent(id),
      scan_id INTEGER NOT NULL REFERENCES scan(id),
      lane_id INTEGER NOT NULL REFERENCES lane(id),
      started_at INTEGER NOT NULL,
      finished_at INTEGER,
      UNIQUE (zone_id, digest)
    ) STRICT;
    """
}
