/// Who listened, who lived where and what was served at earlier times.
extension Schema {
  /// A row of the past is what was true from `from_at` on and not any more at `until_at`; `last_at` is when it was seen so
  /// last. What is true now stays in its own table, with the time since when.
  ///
  /// Of a removed agent nothing is known after its last inventory: its gap has no end.
  static let past = """
    ALTER TABLE coordinator ADD COLUMN history_since INTEGER;
    CREATE INDEX view_run_end ON view_run(until_at) WHERE until_at IS NOT NULL;
    ALTER TABLE listener ADD COLUMN since INTEGER NOT NULL DEFAULT 0;
    UPDATE listener SET since = first_seen;
    ALTER TABLE agent_address ADD COLUMN since INTEGER NOT NULL DEFAULT 0;
    UPDATE agent_address SET since = (SELECT enrolled_at FROM agent WHERE agent.id = agent_address.agent_id);
    ALTER TABLE agent ADD COLUMN inventory_since INTEGER;
    UPDATE agent SET inventory_since = enrolled_at WHERE inventory_at IS NOT NULL;
    ALTER TABLE endpoint_service ADD COLUMN since INTEGER;
    UPDATE endpoint_service SET since = observed_at;
    ALTER TABLE endpoint_service ADD COLUMN has_past INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE endpoint_view ADD COLUMN same_since INTEGER;
    CREATE TABLE listener_past(
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      listener_id INTEGER NOT NULL,
      agent_id INTEGER NOT NULL REFERENCES agent(id),
      transport INTEGER NOT NULL,
      address BLOB NOT NULL,
      port INTEGER NOT NULL,
      interface TEXT NOT NULL,
      namespace INTEGER NOT NULL,
      namespace_name TEXT,
      container TEXT,
      is_ipv6_only INTEGER NOT NULL,
      uid INTEGER,
      user TEXT,
      inode INTEGER,
      processes TEXT NOT NULL,
      owner_unknown_reason TEXT,
      unit TEXT,
      first_seen INTEGER NOT NULL,
      from_at INTEGER NOT NULL,
      last_at INTEGER NOT NULL,
      until_at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX listener_past_key ON listener_past(agent_id, transport, port, until_at);
    CREATE INDEX listener_past_time ON listener_past(until_at, from_at);
    CREATE TABLE agent_address_past(
      agent_id INTEGER NOT NULL REFERENCES agent(id),
      interface TEXT NOT NULL,
      address BLOB NOT NULL,
      prefix_length INTEGER NOT NULL,
      from_at INTEGER NOT NULL,
      until_at INTEGER NOT NULL,
      PRIMARY KEY (address, agent_id, interface, until_at)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX agent_address_past_agent ON agent_address_past(agent_id, until_at);
    CREATE INDEX agent_address_past_end ON agent_address_past(until_at);
    CREATE TABLE inventory_gap(
      agent_id INTEGER NOT NULL REFERENCES agent(id),
      from_at INTEGER NOT NULL,
      until_at INTEGER,
      PRIMARY KEY (agent_id, from_at)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX inventory_gap_end ON inventory_gap(until_at) WHERE until_at IS NOT NULL;
    CREATE TABLE service_run(
      endpoint_id INTEGER NOT NULL REFERENCES endpoint(id) ON DELETE CASCADE,
      zone_id INTEGER NOT NULL REFERENCES zone(id),
      first_at INTEGER NOT NULL,
      last_at INTEGER NOT NULL,
      until_at INTEGER NOT NULL,
      name TEXT,
      product TEXT,
      version TEXT,
      info TEXT,
      host_name TEXT,
      tunnel TEXT,
      tls_version TEXT,
      confidence TEXT NOT NULL,
      banner TEXT,
      certificate_id INTEGER REFERENCES certificate(id),
      agent_id INTEGER NOT NULL REFERENCES agent(id),
      job_id INTEGER REFERENCES job(id),
      PRIMARY KEY (endpoint_id, zone_id, first_at)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX service_run_end ON service_run(until_at);
    CREATE INDEX service_run_certificate ON service_run(certificate_id) WHERE certificate_id IS NOT NULL;
    CREATE TABLE endpoint_change(
      endpoint_id INTEGER NOT NULL REFERENCES endpoint(id) ON DELETE CASCADE,
      kind TEXT NOT NULL,
      zone_id INTEGER NOT NULL REFERENCES zone(id),
      at INTEGER NOT NULL,
      not_before INTEGER,
      before TEXT NOT NULL,
      after TEXT NOT NULL,
      agent_id INTEGER NOT NULL REFERENCES agent(id),
      job_id INTEGER REFERENCES job(id),
      PRIMARY KEY (endpoint_id, kind, zone_id, at)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX job_lane ON job(lane_id);
    CREATE TABLE baseline(
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      name TEXT NOT NULL UNIQUE,
      site_id INTEGER REFERENCES site(id),
      at INTEGER NOT NULL,
      query TEXT NOT NULL,
      note TEXT,
      created_by TEXT NOT NULL,
      created_at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX endpoint_change_time ON endpoint_change(at, endpoint_id, zone_id, kind);
    """
}
