internal import CoordinatorCore
internal import Model

/// Runs of views as one row for each change, and not one for each run.
extension Schema {
  /// A row is a run that is over, at `until_at`: when the run behind it began. The newest run has no row. Its state, its reason and its end are
  /// the view's, and what else is known of it stands in the row of the run before it (`next_…`; `next_agent_id` is not null there, and there alone).
  /// What was before a row's change may be unknown: then it tells of the newest run alone, and `first_at` is null. `unseen_for` are the milliseconds from
  /// the run's last sighting to `until_at`, in which nobody looked: of fewer octets than the time of that sighting. `looks` are two lists, the run's own
  /// looks and the newest run's, or null.
  ///
  /// `number` tells an endpoint's rows apart. Every index ends with the key: as long as that is short, they are, too.
  ///
  /// Every view that was ever seen otherwise has a row that tells of its newest run, so that `view_run_latest` finds what changed since a time.
  static let pastRuns = """
    CREATE TABLE new_view_run(
      endpoint_id INTEGER NOT NULL REFERENCES endpoint(id) ON DELETE CASCADE,
      number INTEGER NOT NULL,
      zone_id INTEGER NOT NULL REFERENCES zone(id),
      is_self_view INTEGER NOT NULL,
      until_at INTEGER NOT NULL,
      first_at INTEGER,
      unseen_for INTEGER,
      state INTEGER,
      reason INTEGER,
      change INTEGER,
      agent_id INTEGER REFERENCES agent(id),
      job_id INTEGER REFERENCES job(id),
      next_change INTEGER,
      next_agent_id INTEGER REFERENCES agent(id),
      next_job_id INTEGER REFERENCES job(id),
      looks TEXT,
      PRIMARY KEY (endpoint_id, number)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO new_view_run(endpoint_id, number, zone_id, is_self_view, until_at, first_at, unseen_for, state, reason, change,
      agent_id, job_id, next_change, next_agent_id, next_job_id, looks)
    SELECT r.endpoint_id, row_number() OVER (PARTITION BY r.endpoint_id ORDER BY r.zone_id, r.is_self_view, r.first_at) - 1,
      r.zone_id, r.is_self_view, r.until_at, r.first_at, r.until_at - r.last_at, r.state, r.reason, r.change, r.agent_id, r.job_id,
      n.change, n.agent_id, n.job_id, \(bothLooks("r.looks", "n.looks"))
    FROM view_run AS r LEFT JOIN view_run AS n ON n.endpoint_id = r.endpoint_id AND n.zone_id = r.zone_id
      AND n.is_self_view = r.is_self_view AND n.first_at = r.until_at AND n.until_at IS NULL
    WHERE r.until_at IS NOT NULL ORDER BY r.endpoint_id, r.zone_id, r.is_self_view, r.first_at;
    INSERT INTO new_view_run(endpoint_id, number, zone_id, is_self_view, until_at, next_change, next_agent_id, next_job_id, looks)
    SELECT r.endpoint_id, \(nextNumber("r")), r.zone_id, r.is_self_view, r.first_at, r.change, r.agent_id, r.job_id,
      \(bothLooks("NULL", "r.looks"))
    FROM view_run AS r WHERE r.until_at IS NULL AND NOT EXISTS (SELECT 1 FROM view_run AS b
      WHERE b.endpoint_id = r.endpoint_id AND b.zone_id = r.zone_id AND b.is_self_view = r.is_self_view AND b.until_at = r.first_at);
    INSERT INTO new_view_run(endpoint_id, number, zone_id, is_self_view, until_at, next_agent_id, next_job_id)
    SELECT v.endpoint_id, \(nextNumber("v")), v.zone_id, v.is_self_view, v.observed_at, v.agent_id, v.job_id
    FROM endpoint_view AS v WHERE v.differed_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM view_run AS b
      WHERE b.endpoint_id = v.endpoint_id AND b.zone_id = v.zone_id AND b.is_self_view = v.is_self_view);
    INSERT INTO new_view_run(endpoint_id, number, zone_id, is_self_view, until_at, next_agent_id, next_job_id)
    SELECT e.id, (SELECT coalesce(max(number), -1) + 1 FROM new_view_run WHERE endpoint_id = e.id), e.zone_id, e.is_self_view, coalesce(e.view_at, e.last_seen), e.view_agent_id, e.view_job_id
    FROM endpoint AS e WHERE e.differed_at IS NOT NULL AND e.tells_view = 1 AND NOT EXISTS (SELECT 1 FROM view_run AS b
      WHERE b.endpoint_id = e.id AND b.zone_id = e.zone_id AND b.is_self_view = e.is_self_view);
    DROP TABLE view_run;
    ALTER TABLE new_view_run RENAME TO view_run;
    DROP INDEX endpoint_changed;
    CREATE INDEX view_run_change ON view_run(first_at, endpoint_id) WHERE change IS NOT NULL;
    CREATE INDEX view_run_latest ON view_run(until_at, endpoint_id) WHERE next_agent_id IS NOT NULL;
    CREATE INDEX view_run_end ON view_run(until_at) WHERE next_agent_id IS NULL;
    CREATE INDEX view_run_other ON view_run(first_at) WHERE state <> \(EndpointState.open.code);
    CREATE INDEX view_other ON endpoint_view(differed_at)
      WHERE differed_at IS NOT NULL AND state <> \(EndpointState.open.code);
    CREATE INDEX endpoint_other ON endpoint(differed_at) WHERE \(isOtherNow);
    """

  /// Of an endpoint whose row tells its one view, whether that is not open now and was once otherwise.
  static let isOtherNow = "differed_at IS NOT NULL AND tells_view = 1 AND state <> \(EndpointState.open.code)"

  private static func bothLooks(_ own: String, _ next: String) -> String {
    "CASE WHEN \(own) IS NOT NULL OR \(next) IS NOT NULL THEN '[' || coalesce(\(own), '[]') || ',' || coalesce(\(next), '[]') || ']' END"
  }

  /// Of a row of the alias, behind those of its endpoint that are carried over already. SQLite reads all rows of a statement before it writes the first:
  /// several of one endpoint count on.
  private static func nextNumber(_ alias: String) -> String {
    """
    (SELECT coalesce(max(number), -1) FROM new_view_run WHERE endpoint_id = \(alias).endpoint_id)
      + row_number() OVER (PARTITION BY \(alias).endpoint_id ORDER BY \(alias).zone_id, \(alias).is_self_view)
    """
  }
}
