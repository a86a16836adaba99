/// What name servers call hosts.
extension Schema {
  /// A row for each time in which a zone's agents were told the same; `name` is null where the host had none. `until_at` is when the
  /// next one begins.
  static let names = """
    CREATE TABLE host_name(
      site_id INTEGER NOT NULL REFERENCES site(id),
      scope TEXT NOT NULL,
      address BLOB NOT NULL,
      zone_id INTEGER NOT NULL REFERENCES zone(id),
      first_at INTEGER NOT NULL,
      last_at INTEGER NOT NULL,
      until_at INTEGER,
      name TEXT,
      agent_id INTEGER NOT NULL REFERENCES agent(id),
      job_id INTEGER,
      PRIMARY KEY (site_id, scope, address, zone_id, first_at)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX host_name_end ON host_name(until_at) WHERE until_at IS NOT NULL;
    """

  /// Hosts by what they are called now, as queries ask for them.
  static let soughtNames = """
    CREATE INDEX host_name_sought ON host_name(name) WHERE until_at IS NULL AND name IS NOT NULL;
    """
}
