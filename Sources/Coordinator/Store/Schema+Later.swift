/// What later migrations change of the first schema.
extension Schema {
  /// An endpoint's view names the job that saw it last, so a later scan took the open endpoints of an earlier one away.
  static let openCounts = """
    ALTER TABLE lane ADD COLUMN open INTEGER NOT NULL DEFAULT 0;
    UPDATE lane SET open = (
      SELECT count(*) FROM endpoint_view AS view JOIN job ON job.id = view.job_id
      WHERE job.lane_id = lane.id AND view.state = 'open');
    """

  /// A port may be listened on once in each network namespace of a host: the key of a listener grows by its namespace (0
  /// for the agent's own). SQLite changes no constraint in place (sqlite.org/lang_altertable.html, 7).
  static let namespaces = """
    ALTER TABLE agent ADD COLUMN owners_verified_at INTEGER;
    CREATE TABLE new_listener(
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      agent_id INTEGER NOT NULL REFERENCES agent(id),
      transport INTEGER NOT NULL,
      address BLOB NOT NULL,
      port INTEGER NOT NULL,
      interface TEXT NOT NULL,
      namespace INTEGER NOT NULL DEFAULT 0,
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
      last_seen INTEGER NOT NULL,
      UNIQUE (agent_id, transport, address, port, interface, namespace)
    ) STRICT;
    INSERT INTO new_listener(id, agent_id, transport, address, port, interface, is_ipv6_only, uid, user, inode,
      processes, owner_unknown_reason, unit, first_seen, last_seen)
    SELECT id, agent_id, transport, address, port, interface, is_ipv6_only, uid, user, inode, processes,
      owner_unknown_reason, unit, first_seen, last_seen FROM listener;
    DELETE FROM sqlite_sequence WHERE name = 'new_listener';
    INSERT INTO sqlite_sequence(name, seq) SELECT 'new_listener', seq FROM sqlite_sequence WHERE name = 'listener';
    DROP TABLE listener;
    ALTER TABLE new_listener RENAME TO listener;
    """

  /// The agent whose place a join token is for.
  static let replacements = "ALTER TABLE token ADD COLUMN replaces_id INTEGER REFERENCES agent(id)"

  /// Nothing asks for the views of a job, and jobs are never deleted; each sighting wrote a row of it.
  static let viewsByJob = "DROP INDEX endpoint_view_job"

  /// Peers are JSON, read and written whole.
  static let connections = """
    ALTER TABLE listener ADD COLUMN connections INTEGER;
    ALTER TABLE listener ADD COLUMN last_connection_at INTEGER;
    ALTER TABLE agent ADD COLUMN peers TEXT;
    """

  /// Lanes take turns by their pass; what runs is counted, by what bounds it. Leases that run while this is done keep a
  /// deadline of half an hour and count against nothing.
  static let dispatch = """
    ALTER TABLE zone ADD COLUMN turn REAL NOT NULL DEFAULT 0;
    ALTER TABLE zone ADD COLUMN probes_per_second INTEGER;
    ALTER TABLE zone ADD COLUMN maximum_jobs INTEGER;
    ALTER TABLE agent ADD COLUMN drained_at INTEGER;
    ALTER TABLE agent ADD COLUMN protocol_minor INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE agent ADD COLUMN capabilities TEXT;
    ALTER TABLE scan ADD COLUMN maximum_jobs INTEGER;
    ALTER TABLE scan ADD COLUMN agents TEXT NOT NULL DEFAULT '[]';
    ALTER TABLE scan ADD COLUMN tags TEXT NOT NULL DEFAULT '[]';
    ALTER TABLE scan ADD COLUMN needs TEXT NOT NULL DEFAULT '[]';
    ALTER TABLE job ADD COLUMN halvings INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE lease ADD COLUMN slot TEXT NOT NULL DEFAULT 'bulk';
    ALTER TABLE lease ADD COLUMN deadline_at INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE lease ADD COLUMN shares TEXT NOT NULL DEFAULT '';
    ALTER TABLE lease ADD COLUMN probes_per_second INTEGER;
    UPDATE lease SET deadline_at = granted_at + 1800000;
    DROP INDEX lane_open;
    ALTER TABLE lane DROP COLUMN served_at;
    ALTER TABLE lane ADD COLUMN pass REAL NOT NULL DEFAULT 0;
    CREATE INDEX lane_open ON lane(site_id, pass, id) WHERE state IN ('queued', 'running');
    CREATE INDEX scan_state ON scan(state, id, created_at);
    CREATE INDEX job_state ON job(state) WHERE state NOT IN ('done', 'cancelled');
    CREATE TABLE work_use(
      kind TEXT NOT NULL,
      subject TEXT NOT NULL,
      jobs INTEGER NOT NULL,
      probes_per_second INTEGER NOT NULL,
      PRIMARY KEY (kind, subject)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE halt(
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      site_id INTEGER REFERENCES site(id),
      zone_id INTEGER REFERENCES zone(id),
      note TEXT NOT NULL,
      by TEXT NOT NULL,
      at INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE new_scope_rule(
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      name TEXT NOT NULL UNIQUE,
      action TEXT NOT NULL CHECK (action IN ('allow', 'exclude', 'limit')),
      networks TEXT NOT NULL,
      ports TEXT,
      site_id INTEGER REFERENCES site(id),
      probes_per_second INTEGER,
      maximum_jobs INTEGER,
      note TEXT NOT NULL,
      until INTEGER,
      created_at INTEGER NOT NULL,
      CHECK ((action = 'limit') = (probes_per_second IS NOT NULL OR maximum_jobs IS NOT NULL))
    ) STRICT;
    INSERT INTO new_scope_rule(id, name, action, networks, ports, site_id, note, until, created_at)
    SELECT id, name, action, networks, ports, site_id, note, until, created_at FROM scope_rule;
    DELETE FROM sqlite_sequence WHERE name = 'new_scope_rule';
    INSERT INTO sqlite_sequence(name, seq) SELECT 'new_scope_rule', seq FROM sqlite_sequence WHERE name = 'scope_rule';
    DROP TABLE scope_rule;
    ALTER TABLE new_scope_rule RENAME TO scope_rule;
    """
}
