extension Schema {
  /// The times of a view that has been in more than one state; one that never was is told by its own row. The last run's end
  /// is the view's. `until_at` is when the next one begins: between two runs the earlier is what was known.
  static let history = """
    CREATE TABLE view_run(
      endpoint_id INTEGER NOT NULL REFERENCES endpoint(id) ON DELETE CASCADE,
      zone_id INTEGER NOT NULL REFERENCES zone(id),
      is_self_view INTEGER NOT NULL,
      first_at INTEGER NOT NULL,
      last_at INTEGER NOT NULL,
      until_at INTEGER,
      state TEXT NOT NULL,
      reason TEXT NOT NULL,
      change TEXT,
      agent_id INTEGER NOT NULL REFERENCES agent(id),
      job_id INTEGER REFERENCES job(id),
      PRIMARY KEY (endpoint_id, zone_id, is_self_view, first_at)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX view_run_change ON view_run(first_at, endpoint_id, zone_id) WHERE change IS NOT NULL;
    CREATE INDEX view_found ON endpoint_view(first_seen, endpoint_id, zone_id)
      WHERE differed_at IS NULL AND state = 'open';
    """
}
