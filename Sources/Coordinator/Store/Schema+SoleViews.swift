internal import CoordinatorCore
internal import Model

/// Endpoints that tell of their one view themselves, and words as codes.
extension Schema {
  /// `tells_view` is 0 where the views have rows of their own (`SoleView`), and no sighting sets it, as an index rests on it;
  /// `view_at` is null where it is `last_seen`. States,
  /// reasons, verdicts and changes are codes (`StoredCode`). Jobs and agents are never deleted: no key looks for those of each
  /// sighting, for which SQLite would also keep a way back from each row that is written.
  ///
  /// The pages that this frees stay in the file, and are filled by what comes.
  static let soleViews = """
    CREATE TABLE new_endpoint(
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      site_id INTEGER NOT NULL REFERENCES site(id),
      scope TEXT NOT NULL,
      address BLOB NOT NULL,
      transport INTEGER NOT NULL,
      port INTEGER NOT NULL,
      state INTEGER,
      reason INTEGER,
      verdict INTEGER,
      zone_id INTEGER REFERENCES zone(id),
      other_zones TEXT,
      is_self_view INTEGER NOT NULL DEFAULT 0,
      listener_id INTEGER REFERENCES listener(id),
      inside_agent_id INTEGER REFERENCES agent(id),
      first_seen INTEGER,
      last_seen INTEGER,
      differed_at INTEGER,
      service TEXT,
      product TEXT COLLATE NOCASE,
      version TEXT,
      findings INTEGER NOT NULL DEFAULT 0,
      tells_view INTEGER NOT NULL DEFAULT 0,
      view_at INTEGER,
      view_job_id INTEGER,
      view_agent_id INTEGER,
      UNIQUE (site_id, scope, address, transport, port)
    ) STRICT;
    INSERT INTO new_endpoint(id, site_id, scope, address, transport, port, state, reason, verdict, zone_id, other_zones,
      is_self_view, listener_id, inside_agent_id, first_seen, last_seen, differed_at, service, product, version, findings,
      tells_view, view_at, view_job_id, view_agent_id)
    SELECT e.id, e.site_id, e.scope, e.address, e.transport, e.port, \(EndpointState.code(of: "e.state")),
      \(ProbeReason.code(of: "e.reason")), \(Verdict.code(of: "e.verdict")), e.zone_id, nullif(e.other_zones, '[]'),
      e.is_self_view, e.listener_id, e.inside_agent_id, e.first_seen, e.last_seen, e.differed_at, e.service, e.product,
      e.version, e.findings, v.agent_id IS NOT NULL, nullif(v.observed_at, e.last_seen), v.job_id, v.agent_id
    FROM endpoint AS e LEFT JOIN endpoint_view AS v ON v.endpoint_id = e.id AND v.zone_id = e.zone_id
      AND v.is_self_view = e.is_self_view AND v.state = e.state AND v.reason = e.reason AND v.first_seen IS e.first_seen
      AND v.last_seen IS e.last_seen AND v.differed_at IS e.differed_at AND v.same_since IS NULL AND v.held_reason IS NULL
      AND NOT EXISTS (SELECT 1 FROM endpoint_view AS other WHERE other.endpoint_id = e.id
        AND (other.zone_id <> v.zone_id OR other.is_self_view <> v.is_self_view))
    ORDER BY e.id;
    CREATE TABLE new_endpoint_view(
      endpoint_id INTEGER NOT NULL REFERENCES endpoint(id) ON DELETE CASCADE,
      zone_id INTEGER NOT NULL REFERENCES zone(id),
      state INTEGER NOT NULL,
      reason INTEGER NOT NULL,
      is_self_view INTEGER NOT NULL,
      observed_at INTEGER NOT NULL,
      first_seen INTEGER,
      last_seen INTEGER,
      differed_at INTEGER,
      same_since INTEGER,
      held_reason INTEGER,
      job_id INTEGER REFERENCES job(id),
      agent_id INTEGER NOT NULL REFERENCES agent(id),
      PRIMARY KEY (endpoint_id, zone_id, is_self_view)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO new_endpoint_view(endpoint_id, zone_id, state, reason, is_self_view, observed_at, first_seen, last_seen,
      differed_at, same_since, held_reason, job_id, agent_id)
    SELECT v.endpoint_id, v.zone_id, \(EndpointState.code(of: "v.state")), \(ProbeReason.code(of: "v.reason")),
      v.is_self_view, v.observed_at, v.first_seen, v.last_seen, v.differed_at, v.same_since,
      \(ProbeReason.code(of: "v.held_reason")), v.job_id, v.agent_id
    FROM endpoint_view AS v JOIN new_endpoint AS e ON e.id = v.endpoint_id WHERE e.tells_view = 0
    ORDER BY v.endpoint_id, v.zone_id, v.is_self_view;
    CREATE TABLE new_view_run(
      endpoint_id INTEGER NOT NULL REFERENCES endpoint(id) ON DELETE CASCADE,
      zone_id INTEGER NOT NULL REFERENCES zone(id),
      is_self_view INTEGER NOT NULL,
      first_at INTEGER NOT NULL,
      last_at INTEGER NOT NULL,
      until_at INTEGER,
      state INTEGER NOT NULL,
      reason INTEGER NOT NULL,
      change INTEGER,
      agent_id INTEGER NOT NULL REFERENCES agent(id),
      job_id INTEGER REFERENCES job(id),
      looks TEXT,
      PRIMARY KEY (endpoint_id, zone_id, is_self_view, first_at)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO new_view_run(endpoint_id, zone_id, is_self_view, first_at, last_at, until_at, state, reason, change,
      agent_id, job_id, looks)
    SELECT endpoint_id, zone_id, is_self_view, first_at, last_at, until_at, \(EndpointState.code(of: "state")),
      \(ProbeReason.code(of: "reason")), \(ChangeKind.code(of: "change")), agent_id, job_id, looks
    FROM view_run ORDER BY endpoint_id, zone_id, is_self_view, first_at;
    DELETE FROM sqlite_sequence WHERE name = 'new_endpoint';
    INSERT INTO sqlite_sequence(name, seq) SELECT 'new_endpoint', seq FROM sqlite_sequence WHERE name = 'endpoint';
    DROP TABLE endpoint;
    DROP TABLE endpoint_view;
    DROP TABLE view_run;
    ALTER TABLE new_endpoint RENAME TO endpoint;
    ALTER TABLE new_endpoint_view RENAME TO endpoint_view;
    ALTER TABLE new_view_run RENAME TO view_run;
    CREATE INDEX endpoint_listener ON endpoint(listener_id) WHERE listener_id IS NOT NULL;
    CREATE INDEX endpoint_inside ON endpoint(inside_agent_id) WHERE inside_agent_id IS NOT NULL;
    CREATE INDEX endpoint_port ON endpoint(port, transport, site_id, scope, address);
    CREATE INDEX endpoint_named ON endpoint(service, site_id, scope, address, transport, port)
      WHERE service IS NOT NULL;
    CREATE INDEX endpoint_product ON endpoint(product, site_id, scope, address, transport, port)
      WHERE product IS NOT NULL;
    CREATE INDEX endpoint_scoped ON endpoint(site_id, address) WHERE scope <> '';
    CREATE INDEX endpoint_inhabited ON endpoint(site_id, scope, address, transport, port)
      WHERE inside_agent_id IS NOT NULL;
    CREATE INDEX endpoint_findings ON endpoint(site_id, scope, address, transport, port) WHERE findings <> 0;
    CREATE INDEX endpoint_changed ON endpoint(differed_at) WHERE differed_at IS NOT NULL;
    CREATE INDEX endpoint_found ON endpoint(first_seen)
      WHERE differed_at IS NULL AND state = \(EndpointState.open.code) AND tells_view = 1;
    CREATE INDEX view_found ON endpoint_view(first_seen, endpoint_id, zone_id)
      WHERE differed_at IS NULL AND state = \(EndpointState.open.code);
    CREATE INDEX view_run_change ON view_run(first_at, endpoint_id, zone_id) WHERE change IS NOT NULL;
    CREATE INDEX view_run_end ON view_run(until_at) WHERE until_at IS NOT NULL;
    """
}
