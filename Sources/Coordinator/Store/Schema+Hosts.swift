/// Hosts as records of their own.
extension Schema {
  /// A row for each zone's view of a host that ever answered; `first_at` and `last_at` are those of its newest run. Runs are kept once
  /// there is more than one, as those of endpoints are (`history`). Hosts that had answered are known from before.
  ///
  /// `held_reason`: a port that was open and has not been found otherwise often enough to be closed (`serve --close-after`); `looks`
  /// are times at which it was found so, a JSON list, where the run's ends do not tell all.
  static let hosts = """
    ALTER TABLE endpoint_view ADD COLUMN held_reason TEXT;
    ALTER TABLE view_run ADD COLUMN looks TEXT;
    CREATE TABLE host_view(
      site_id INTEGER NOT NULL REFERENCES site(id),
      scope TEXT NOT NULL,
      address BLOB NOT NULL,
      zone_id INTEGER NOT NULL REFERENCES zone(id),
      is_self_view INTEGER NOT NULL,
      state TEXT NOT NULL CHECK (state IN ('up', 'gone')),
      first_seen INTEGER NOT NULL,
      last_seen INTEGER NOT NULL,
      first_at INTEGER NOT NULL,
      last_at INTEGER NOT NULL,
      first_begun INTEGER,
      last_begun INTEGER,
      has_past INTEGER NOT NULL,
      agent_id INTEGER NOT NULL REFERENCES agent(id),
      job_id INTEGER,
      PRIMARY KEY (site_id, scope, address, zone_id, is_self_view)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE host_run(
      site_id INTEGER NOT NULL REFERENCES site(id),
      scope TEXT NOT NULL,
      address BLOB NOT NULL,
      zone_id INTEGER NOT NULL REFERENCES zone(id),
      is_self_view INTEGER NOT NULL,
      state TEXT NOT NULL,
      first_at INTEGER NOT NULL,
      last_at INTEGER NOT NULL,
      until_at INTEGER,
      first_begun INTEGER,
      last_begun INTEGER,
      change TEXT,
      agent_id INTEGER NOT NULL REFERENCES agent(id),
      job_id INTEGER,
      PRIMARY KEY (site_id, scope, address, zone_id, is_self_view, first_at)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX host_found ON host_view(first_seen, site_id, scope, address, zone_id, is_self_view) WHERE has_past = 0;
    CREATE INDEX host_run_change ON host_run(first_at, site_id, scope, address, zone_id, is_self_view)
      WHERE change IS NOT NULL;
    CREATE INDEX host_run_end ON host_run(until_at) WHERE until_at IS NOT NULL;
    \(hostsKnown(of: "v.first_seen", "v.last_seen", "v", """
      endpoint AS e JOIN endpoint_view AS v ON v.endpoint_id = e.id WHERE v.first_seen IS NOT NULL AND v.last_seen IS NOT NULL
      """));
    \(hostsKnown(of: "e.observed_at", "e.observed_at", "e", "state_range AS e WHERE e.state = 'closed'"));
    """

  /// What was there before tells of hosts by an open port, and by one that refused; of two that tell, the newest answer's agent.
  private static func hostsKnown(of first: String, _ last: String, _ view: String, _ source: String) -> String {
    """
    INSERT INTO host_view(site_id, scope, address, zone_id, is_self_view, state, first_seen, last_seen, first_at, last_at,
      has_past, agent_id, job_id)
    SELECT e.site_id, e.scope, e.address, \(view).zone_id, \(view).is_self_view, 'up', \(first), \(last), \(first), \(last), 0,
      \(view).agent_id, \(view).job_id
    FROM \(source)
    ON CONFLICT DO UPDATE SET first_seen = min(first_seen, excluded.first_seen), first_at = min(first_at, excluded.first_at),
      agent_id = iif(excluded.last_seen > last_seen, excluded.agent_id, agent_id),
      job_id = iif(excluded.last_seen > last_seen, excluded.job_id, job_id),
      last_seen = max(last_seen, excluded.last_seen), last_at = max(last_at, excluded.last_at)
    """
  }
}
