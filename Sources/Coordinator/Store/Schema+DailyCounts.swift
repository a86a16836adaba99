extension Schema {
  /// `endpoint_count` as it was once a day, so that counts of a time past need no walk through millions of endpoints. A day that ended
  /// with the same counts as the one before has no rows of its own: the earlier one is the same until then.
  static let dailyCounts = """
    CREATE TABLE count_day(
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      taken_at INTEGER NOT NULL UNIQUE,
      same_until INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE endpoint_count_past(
      day_id INTEGER NOT NULL REFERENCES count_day(id) ON DELETE CASCADE,
      port INTEGER NOT NULL,
      transport INTEGER NOT NULL,
      site_id INTEGER NOT NULL REFERENCES site(id),
      zone_id INTEGER NOT NULL,
      state TEXT NOT NULL,
      service TEXT NOT NULL,
      is_listened INTEGER NOT NULL,
      endpoints INTEGER NOT NULL,
      PRIMARY KEY (day_id, port, transport, site_id, zone_id, state, service, is_listened)
    ) STRICT, WITHOUT ROWID;
    """

  /// A day is written in parts, and none is believed before its last.
  static let wholeDays = """
    ALTER TABLE count_day ADD COLUMN is_whole INTEGER NOT NULL DEFAULT 1;
    CREATE INDEX count_day_begun ON count_day(is_whole) WHERE is_whole = 0;
    """
}
