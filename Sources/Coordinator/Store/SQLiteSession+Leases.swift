internal import CoordinatorCore
internal import FoundationEssentials
internal import GRDB
internal import Model

extension SQLiteSession {
  func lease(job: JobID, epoch: Int64) throws -> LeaseRecord? {
    try row("SELECT * FROM lease WHERE job_id = ? AND epoch = ?", [job.rawValue, epoch]).map(leaseRecord)
  }

  func expiringLeases(before time: Timestamp, limit: Int) throws -> [LeaseRecord] {
    try rows(
      "SELECT * FROM lease WHERE ended_at IS NULL AND expires_at < ? ORDER BY expires_at LIMIT ?",
      [time.milliseconds, limit]
    ).map(leaseRecord)
  }

  func runningLeases(of agent: AgentID) throws -> [LeaseRecord] {
    try rows("SELECT * FROM lease WHERE ended_at IS NULL AND agent_id = ?", [agent.rawValue]).map(leaseRecord)
  }

  private func leaseRecord(_ row: StoredRow) throws -> LeaseRecord {
    var finish: LeaseFinish?
    if let outcome = try row.optionalWord("outcome") as LeaseFinish.Outcome? {
      finish = LeaseFinish(outcome: outcome, chunkCount: row["chunk_count"], reason: row["reason"])
    }
    return LeaseRecord(
      job: row.identifier("job_id"), epoch: row["epoch"], agent: row.identifier("agent_id"),
      slot: try row.word("slot"), tokenHash: Array(row["token_hash"] as Data), grantedAt: row.time("granted_at"),
      expiresAt: row.time("expires_at"), deadline: row.time("deadline_at"),
      shares: WorkShare.list(row["shares"]), probesPerSecond: row["probes_per_second"],
      endedAt: row.optionalTime("ended_at"), finish: finish)
  }

  func insertLease(_ lease: LeaseRecord) throws {
    try execute(
      """
      INSERT INTO lease(job_id, epoch, agent_id, slot, token_hash, granted_at, expires_at, deadline_at, shares,
        probes_per_second) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """,
      [
        lease.job.rawValue, lease.epoch, lease.agent.rawValue, lease.slot.rawValue, Data(lease.tokenHash),
        lease.grantedAt.milliseconds, lease.expiresAt.milliseconds, lease.deadline.milliseconds,
        WorkShare.text(of: lease.shares), lease.probesPerSecond,
      ])
    try execute(
      "UPDATE job SET state = 'leased', epoch = ?, attempt = attempt + 1 WHERE id = ?",
      [lease.epoch, lease.job.rawValue])
    for share in lease.shares {
      try execute(
        """
        INSERT INTO work_use(kind, subject, jobs, probes_per_second) VALUES (?1, ?2, 1, ?3)
        ON CONFLICT(kind, subject) DO UPDATE SET jobs = jobs + 1, probes_per_second = probes_per_second + ?3
        """, [share.kind.rawValue, share.subject, lease.probesPerSecond ?? 0])
    }
  }

  func extendLease(job: JobID, epoch: Int64, tokenHash: [UInt8], until time: Timestamp) throws -> Bool {
    try execute(
      """
      UPDATE lease SET expires_at = max(expires_at, min(?, deadline_at))
      WHERE job_id = ? AND epoch = ? AND token_hash = ? AND ended_at IS NULL
      """, [time.milliseconds, job.rawValue, epoch, Data(tokenHash)])
    return database.changesCount == 1
  }

  func endLease(
    job: JobID, epoch: Int64, at time: Timestamp, expiredBy: Timestamp?, finish: LeaseFinish?
  ) throws -> Bool {
    // The reaper's test is repeated here, so that a renewal that came in between keeps the lease.
    try execute(
      """
      UPDATE lease SET ended_at = ?, outcome = ?, chunk_count = ?, reason = ?
      WHERE job_id = ? AND epoch = ? AND ended_at IS NULL AND expires_at < ?
      """,
      [
        time.milliseconds, finish?.outcome.rawValue, finish?.chunkCount, finish?.reason, job.rawValue, epoch,
        expiredBy?.milliseconds ?? Int64.max,
      ])
    guard database.changesCount == 1 else { return false }
    let ended = try row(
      "SELECT shares, probes_per_second FROM lease WHERE job_id = ? AND epoch = ?", [job.rawValue, epoch])
    for share in WorkShare.list(ended?["shares"] ?? "") {
      try execute(
        """
        UPDATE work_use SET jobs = jobs - 1, probes_per_second = probes_per_second - ?3
        WHERE kind = ?1 AND subject = ?2
        """, [share.kind.rawValue, share.subject, (ended?["probes_per_second"] as Int?) ?? 0])
      try execute(
        "DELETE FROM work_use WHERE kind = ? AND subject = ? AND jobs <= 0", [share.kind.rawValue, share.subject])
    }
    return true
  }

  func extendRunningLeases(until time: Timestamp) throws {
    // Nobody could renew while the coordinator was away: the deadline moves as far as the expiry does.
    try execute(
      """
      UPDATE lease SET deadline_at = max(deadline_at, ?1), expires_at = max(expires_at, ?1) WHERE ended_at IS NULL
      """, [time.milliseconds])
  }

  func rebaseRunningLeases(at now: Timestamp, steppedBy step: Duration, until: Timestamp) throws {
    // What was granted after the step has its times by the new clock already.
    try execute(
      """
      UPDATE lease SET expires_at = ?1,
        deadline_at = CASE WHEN granted_at + ?2 <= ?3 THEN max(deadline_at + ?2, ?1) ELSE deadline_at END,
        granted_at = CASE WHEN granted_at + ?2 <= ?3 THEN granted_at + ?2 ELSE granted_at END
      WHERE ended_at IS NULL
      """, [until.milliseconds, step.wholeMilliseconds, now.milliseconds])
  }

  func use(of shares: [WorkShare]) throws -> [WorkShare: WorkUse] {
    var uses: [WorkShare: WorkUse] = [:]
    for share in shares {
      let row = try row(
        "SELECT jobs, probes_per_second FROM work_use WHERE kind = ? AND subject = ?",
        [share.kind.rawValue, share.subject])
      if let row { uses[share] = WorkUse(jobs: row["jobs"], probesPerSecond: row["probes_per_second"]) }
    }
    return uses
  }
}

extension WorkShare {
  /// As one column: a share a line, `kind:subject`. Subjects are ids and principals' names, which have no line breaks.
  static func text(of shares: [WorkShare]) -> String {
    shares.map { "\($0.kind.rawValue):\($0.subject)" }.joined(separator: "\n")
  }

  static func list(_ text: String) -> [WorkShare] {
    text.split(separator: "\n").compactMap { line in
      let parts = line.split(separator: ":", maxSplits: 1)
      guard parts.count == 2, let kind = Kind(rawValue: String(parts[0])) else { return nil }
      return WorkShare(kind: kind, subject: String(parts[1]))
    }
  }
}
