internal import CoordinatorCore
internal import FoundationEssentials
internal import GRDB
internal import Model

/// The tables, as forward-only migrations. A migration that has landed is never edited; the next one is added behind it.
///
/// Times are integer milliseconds UTC, addresses blobs of 4 or 16 octets that sort as addresses do, wide counts blobs of
/// 16 octets, most significant first; transports are IANA's protocol numbers (6, 17, 132).
enum Schema {
  /// "Peri" in ASCII, at the offset that file(1) reads: tells our files from anybody else's
  /// (sqlite.org/pragma.html#pragma_application_id).
  static let applicationID: Int32 = 0x5065_7269

  static var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1 spine") { database in
      for statement in [fleet, access, scans, chart] { try database.execute(sql: statement) }
      try database.execute(sql: "PRAGMA application_id = \(applicationID)")
      try seed(database)
    }
    migrator.registerMigration("2 open counts") { try $0.execute(sql: openCounts) }
    migrator.registerMigration("3 listeners of every namespace") { try $0.execute(sql: namespaces) }
    migrator.registerMigration("4 connections") { try $0.execute(sql: connections) }
    migrator.registerMigration("5 dispatch") { try $0.execute(sql: dispatch) }
    migrator.registerMigration("6 services") { try $0.execute(sql: services) }
    migrator.registerMigration("7 receipts") { try $0.execute(sql: receipts) }
    migrator.registerMigration("8 history") { try $0.execute(sql: history) }
    migrator.registerMigration("9 past") { try $0.execute(sql: past) }
    migrator.registerMigration("10 schedules") { try $0.execute(sql: schedules) }
    migrator.registerMigration("11 alerts") { try $0.execute(sql: alerts) }
    migrator.registerMigration("12 findings") { try $0.execute(sql: findings) }
    migrator.registerMigration("13 hosts") { try $0.execute(sql: hosts) }
    migrator.registerMigration("14 deliveries") { try $0.execute(sql: deliveries) }
    migrator.registerMigration("15 imports") { try $0.execute(sql: imports) }
    migrator.registerMigration("16 paths") { try $0.execute(sql: paths) }
    migrator.registerMigration("17 texts") { database in
      try database.execute(sql: texts)
      try fillTexts(SQLiteSession(database: database))
    }
    migrator.registerMigration("18 counts") { try $0.execute(sql: counts) }
    migrator.registerMigration("19 replacements") { try $0.execute(sql: replacements) }
    migrator.registerMigration("20 names") { try $0.execute(sql: names) }
    migrator.registerMigration("21 views by job") { try $0.execute(sql: viewsByJob) }
    migrator.registerMigration("22 rounds") { try $0.execute(sql: rounds) }
    migrator.registerMigration("23 counts of days") { try $0.execute(sql: dailyCounts) }
    migrator.registerMigration("24 sole views") { try $0.execute(sql: soleViews) }
    // These make no table anew, so that no key can hang in the air.
    migrator.registerMigration("25 ways to the past", foreignKeyChecks: .immediate) { database in
      try database.execute(sql: pastPaths)
      try database.execute(sql: wholeDays)
    }
    migrator.registerMigration("26 sought names", foreignKeyChecks: .immediate) { try $0.execute(sql: soughtNames) }
    migrator.registerMigration("27 echoes", foreignKeyChecks: .immediate) { try $0.execute(sql: echoes) }
    migrator.registerMigration("28 other states", foreignKeyChecks: .immediate) { try $0.execute(sql: otherStates) }
    migrator.registerMigration("29 timely verdicts", foreignKeyChecks: .immediate) {
      try $0.execute(sql: timelyVerdicts)
    }
    migrator.registerMigration("30 purges", foreignKeyChecks: .immediate) { try $0.execute(sql: purges) }
    migrator.registerMigration("31 tarpits", foreignKeyChecks: .immediate) { try $0.execute(sql: tarpits) }
    migrator.registerMigration("32 runs of the past") { try $0.execute(sql: pastRuns) }
    migrator.registerMigration("33 past findings", foreignKeyChecks: .immediate) { try $0.execute(sql: pastFindings) }
    return migrator
  }

  private static let fleet = """
    CREATE TABLE coordinator(
      id INTEGER PRIMARY KEY CHECK (id = 1),
      generation INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE site(
      id INTEGER PRIMARY KEY,
      name TEXT NOT NULL UNIQUE,
      created_at INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE zone(
      id INTEGER PRIMARY KEY,
      site_id INTEGER NOT NULL REFERENCES site(id),
      name TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      UNIQUE (site_id, name)
    ) STRICT;
    CREATE TABLE agent(
      id INTEGER PRIMARY KEY,
      name TEXT NOT NULL,
      site_id INTEGER NOT NULL REFERENCES site(id),
      zone_id INTEGER NOT NULL REFERENCES zone(id),
      installation TEXT NOT NULL,
      secret_hash BLOB NOT NULL UNIQUE,
      duties TEXT NOT NULL,
      tags TEXT NOT NULL,
      version TEXT NOT NULL,
      host_name TEXT NOT NULL,
      operating_system TEXT NOT NULL,
      enrolled_at INTEGER NOT NULL,
      last_seen INTEGER,
      removed_at INTEGER,
      probes_per_second REAL,
      inventory_epoch TEXT,
      inventory_sequence INTEGER,
      inventory_at INTEGER
    ) STRICT;
    CREATE UNIQUE INDEX agent_name ON agent(site_id, name) WHERE removed_at IS NULL;
    CREATE TABLE agent_address(
      agent_id INTEGER NOT NULL REFERENCES agent(id),
      interface TEXT NOT NULL,
      address BLOB NOT NULL,
      prefix_length INTEGER NOT NULL,
      PRIMARY KEY (agent_id, interface, address)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX agent_address_owner ON agent_address(address, agent_id);
    """

  private static let access = """
    CREATE TABLE token(
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      hash BLOB NOT NULL UNIQUE,
      use TEXT NOT NULL CHECK (use IN ('join', 'api')),
      role TEXT,
      site_id INTEGER REFERENCES site(id),
      zone_id INTEGER REFERENCES zone(id),
      duties TEXT,
      tags TEXT,
      uses_allowed INTEGER,
      uses_made INTEGER NOT NULL DEFAULT 0,
      note TEXT,
      created_at INTEGER NOT NULL,
      expires_at INTEGER,
      revoked_at INTEGER,
      CHECK (use = 'api' OR (zone_id IS NOT NULL AND duties IS NOT NULL AND tags IS NOT NULL)),
      CHECK (use = 'join' OR role IS NOT NULL)
    ) STRICT;
    CREATE TABLE scope_rule(
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      name TEXT NOT NULL UNIQUE,
      action TEXT NOT NULL CHECK (action IN ('allow', 'exclude')),
      networks TEXT NOT NULL,
      ports TEXT,
      site_id INTEGER REFERENCES site(id),
      note TEXT NOT NULL,
      until INTEGER,
      created_at INTEGER NOT NULL
    ) STRICT;
    """

  private static let scans = """
    CREATE TABLE scan(
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      site_id INTEGER NOT NULL REFERENCES site(id),
      state TEXT NOT NULL,
      targets TEXT NOT NULL,
      exclusions TEXT NOT NULL,
      space TEXT NOT NULL,
      ports TEXT NOT NULL,
      host_count BLOB NOT NULL,
      port_count INTEGER NOT NULL,
      timing INTEGER,
      rate INTEGER,
      rate_per_agent INTEGER,
      rate_per_host INTEGER,
      priority INTEGER NOT NULL,
      maximum_milliseconds INTEGER,
      name TEXT,
      note TEXT,
      submitted_by TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      started_at INTEGER,
      finished_at INTEGER
    ) STRICT;
    CREATE INDEX scan_deadline ON scan(id) WHERE state = 'running' AND maximum_milliseconds IS NOT NULL;
    CREATE TABLE lane(
      id INTEGER PRIMARY KEY,
      scan_id INTEGER NOT NULL REFERENCES scan(id),
      site_id INTEGER NOT NULL REFERENCES site(id),
      zone_id INTEGER REFERENCES zone(id),
      state TEXT NOT NULL,
      priority INTEGER NOT NULL,
      seed INTEGER NOT NULL,
      cursor_position BLOB NOT NULL,
      cursor_port INTEGER NOT NULL,
      served_at INTEGER NOT NULL DEFAULT 0,
      probed BLOB NOT NULL,
      skipped BLOB NOT NULL,
      failed BLOB NOT NULL
    ) STRICT;
    CREATE INDEX lane_scan ON lane(scan_id);
    CREATE INDEX lane_open ON lane(site_id, priority DESC, served_at) WHERE state IN ('queued', 'running');
    CREATE TABLE lane_failure(
      lane_id INTEGER NOT NULL REFERENCES lane(id),
      agent_id INTEGER NOT NULL REFERENCES agent(id),
      reason TEXT NOT NULL,
      count BLOB NOT NULL,
      PRIMARY KEY (lane_id, agent_id, reason)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE job(
      id INTEGER PRIMARY KEY,
      lane_id INTEGER NOT NULL REFERENCES lane(id),
      state TEXT NOT NULL,
      epoch INTEGER NOT NULL DEFAULT 0,
      attempt INTEGER NOT NULL DEFAULT 0,
      last_error TEXT
    ) STRICT;
    CREATE INDEX job_open ON job(lane_id, state, id) WHERE state <> 'done';
    CREATE TABLE job_rectangle(
      job_id INTEGER NOT NULL REFERENCES job(id),
      number INTEGER NOT NULL,
      first_host BLOB NOT NULL,
      host_count BLOB NOT NULL,
      first_port INTEGER NOT NULL,
      port_count INTEGER NOT NULL,
      PRIMARY KEY (job_id, number)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE lease(
      job_id INTEGER NOT NULL REFERENCES job(id),
      epoch INTEGER NOT NULL,
      agent_id INTEGER NOT NULL REFERENCES agent(id),
      token_hash BLOB NOT NULL,
      granted_at INTEGER NOT NULL,
      expires_at INTEGER NOT NULL,
      ended_at INTEGER,
      outcome TEXT,
      chunk_count INTEGER,
      reason TEXT,
      PRIMARY KEY (job_id, epoch)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX lease_running ON lease(expires_at) WHERE ended_at IS NULL;
    CREATE INDEX lease_agent ON lease(agent_id) WHERE ended_at IS NULL;
    CREATE TABLE chunk(
      job_id INTEGER NOT NULL,
      epoch INTEGER NOT NULL,
      number INTEGER NOT NULL,
      digest BLOB NOT NULL,
      accepted_at INTEGER NOT NULL,
      PRIMARY KEY (job_id, epoch, number),
      FOREIGN KEY (job_id, epoch) REFERENCES lease(job_id, epoch)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE coverage(
      id INTEGER PRIMARY KEY,
      job_id INTEGER NOT NULL REFERENCES job(id),
      epoch INTEGER NOT NULL,
      first_host BLOB NOT NULL,
      host_count BLOB NOT NULL,
      first_port INTEGER NOT NULL,
      port_count INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX coverage_job ON coverage(job_id, epoch);
    """

  private static let chart = """
    CREATE TABLE endpoint(
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      site_id INTEGER NOT NULL REFERENCES site(id),
      scope TEXT NOT NULL,
      address BLOB NOT NULL,
      transport INTEGER NOT NULL,
      port INTEGER NOT NULL,
      state TEXT,
      reason TEXT,
      verdict TEXT,
      zone_id INTEGER REFERENCES zone(id),
      other_zones TEXT NOT NULL DEFAULT '[]',
      is_self_view INTEGER NOT NULL DEFAULT 0,
      listener_id INTEGER REFERENCES listener(id),
      inside_agent_id INTEGER REFERENCES agent(id),
      first_seen INTEGER,
      last_seen INTEGER,
      differed_at INTEGER,
      UNIQUE (site_id, scope, address, transport, port)
    ) STRICT;
    CREATE INDEX endpoint_listener ON endpoint(listener_id) WHERE listener_id IS NOT NULL;
    CREATE INDEX endpoint_inside ON endpoint(inside_agent_id) WHERE inside_agent_id IS NOT NULL;
    CREATE INDEX endpoint_port ON endpoint(port, transport, site_id, scope, address);
    CREATE TABLE endpoint_view(
      endpoint_id INTEGER NOT NULL REFERENCES endpoint(id) ON DELETE CASCADE,
      zone_id INTEGER NOT NULL REFERENCES zone(id),
      state TEXT NOT NULL,
      reason TEXT NOT NULL,
      is_self_view INTEGER NOT NULL,
      observed_at INTEGER NOT NULL,
      first_seen INTEGER,
      last_seen INTEGER,
      differed_at INTEGER,
      job_id INTEGER REFERENCES job(id),
      agent_id INTEGER NOT NULL REFERENCES agent(id),
      PRIMARY KEY (endpoint_id, zone_id, is_self_view)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX endpoint_view_job ON endpoint_view(job_id) WHERE job_id IS NOT NULL;
    CREATE TABLE state_range(
      site_id INTEGER NOT NULL REFERENCES site(id),
      scope TEXT NOT NULL,
      address BLOB NOT NULL,
      transport INTEGER NOT NULL,
      lane_id INTEGER NOT NULL REFERENCES lane(id),
      zone_id INTEGER NOT NULL REFERENCES zone(id),
      first_port INTEGER NOT NULL,
      last_port INTEGER NOT NULL,
      state TEXT NOT NULL,
      reason TEXT NOT NULL,
      observed_at INTEGER NOT NULL,
      is_self_view INTEGER NOT NULL,
      agent_id INTEGER NOT NULL REFERENCES agent(id),
      job_id INTEGER,
      PRIMARY KEY (site_id, scope, address, transport, lane_id, zone_id, first_port)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE listener(
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      agent_id INTEGER NOT NULL REFERENCES agent(id),
      transport INTEGER NOT NULL,
      address BLOB NOT NULL,
      port INTEGER NOT NULL,
      interface TEXT NOT NULL,
      is_ipv6_only INTEGER NOT NULL,
      uid INTEGER,
      user TEXT,
      inode INTEGER,
      processes TEXT NOT NULL,
      owner_unknown_reason TEXT,
      unit TEXT,
      first_seen INTEGER NOT NULL,
      last_seen INTEGER NOT NULL,
      UNIQUE (agent_id, transport, address, port, interface)
    ) STRICT;
    """

  /// The one site and zone that small networks need, and the scope that harms nobody.
  private static func seed(_ database: Database) throws {
    let now = Int64(Date().timeIntervalSince1970 * 1_000)
    try database.execute(sql: "INSERT INTO coordinator(id, generation) VALUES (1, 1)")
    try database.execute(sql: "INSERT INTO site(id, name, created_at) VALUES (1, 'default', ?)", arguments: [now])
    try database.execute(
      sql: "INSERT INTO zone(id, site_id, name, created_at) VALUES (1, 1, 'default', ?)", arguments: [now])
    for entry in DefaultScope.entries {
      try database.execute(
        sql: "INSERT INTO scope_rule(name, action, networks, note, created_at) VALUES (?, 'allow', ?, ?, ?)",
        arguments: [entry.name, entry.networks.map(\.description).joined(separator: " "), entry.note, now])
    }
  }
}
