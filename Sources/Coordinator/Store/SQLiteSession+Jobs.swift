internal import CoordinatorCore
internal import FoundationEssentials
internal import GRDB
internal import Model

extension SQLiteSession {
  func jobs(of lane: LaneID, in state: JobRecord.State) throws -> [JobRecord] {
    // The partial index leaves finished jobs out; they are asked for nowhere.
    precondition(state != .done, "finished jobs are not listed")
    return try rows(
      "SELECT * FROM job WHERE lane_id = ? AND state = ? AND state <> 'done' ORDER BY id",
      [lane.rawValue, state.rawValue]
    ).map(jobRecord)
  }

  func job(_ id: JobID) throws -> JobRecord? {
    try row("SELECT * FROM job WHERE id = ?", [id.rawValue]).map(jobRecord)
  }

  private func jobRecord(_ row: Row) throws -> JobRecord {
    JobRecord(
      id: row.identifier("id"), lane: row.identifier("lane_id"), state: try row.word("state"), epoch: row["epoch"],
      attempt: row["attempt"], lastError: row["last_error"])
  }

  func insertJob(lane: LaneID, rectangles: [WorkRectangle]) throws -> JobID {
    let id = JobID(try insert("INSERT INTO job(lane_id, state) VALUES (?, 'pending')", [lane.rawValue]))
    try setRectangles(rectangles, of: id)
    return id
  }

  func setState(_ state: JobRecord.State, of job: JobID, attempt: Int, lastError: String?) throws {
    try execute(
      "UPDATE job SET state = ?, attempt = ?, last_error = coalesce(?, last_error) WHERE id = ?",
      [state.rawValue, attempt, lastError, job.rawValue])
  }

  func rectangles(of job: JobID) throws -> [WorkRectangle] {
    try rows("SELECT * FROM job_rectangle WHERE job_id = ? ORDER BY number", [job.rawValue]).map(rectangle)
  }

  func setRectangles(_ rectangles: [WorkRectangle], of job: JobID) throws {
    try execute("DELETE FROM job_rectangle WHERE job_id = ?", [job.rawValue])
    for (number, rectangle) in rectangles.enumerated() {
      try execute(
        """
        INSERT INTO job_rectangle(job_id, number, first_host, host_count, first_port, port_count)
        VALUES (?, ?, ?, ?, ?, ?)
        """,
        [
          job.rawValue, number, rectangle.hosts.lowerBound.blob, rectangle.hosts.count128.blob,
          rectangle.ports.lowerBound, rectangle.ports.count,
        ])
    }
  }

  private func rectangle(_ row: Row) -> WorkRectangle {
    let firstHost = row.wide("first_host")
    let firstPort: Int = row["first_port"]
    return WorkRectangle(
      hosts: firstHost..<(firstHost + row.wide("host_count")), ports: firstPort..<(firstPort + row["port_count"]))
  }

  func completed(in job: JobID, epoch: Int64) throws -> [WorkRectangle] {
    try rows("SELECT * FROM coverage WHERE job_id = ? AND epoch = ?", [job.rawValue, epoch]).map(rectangle)
  }

  func compactCoverage(of job: JobID) throws {
    // What the last lease of a finished job covered is what it was for: job_rectangle says it in fewer rows.
    try execute(
      "DELETE FROM coverage WHERE job_id = ?1 AND epoch = (SELECT epoch FROM job WHERE id = ?1)", [job.rawValue])
  }

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

  private func leaseRecord(_ row: Row) throws -> LeaseRecord {
    var finish: LeaseFinish?
    if let outcome = try row.optionalWord("outcome") as LeaseFinish.Outcome? {
      finish = LeaseFinish(outcome: outcome, chunkCount: row["chunk_count"], reason: row["reason"])
    }
    return LeaseRecord(
      job: row.identifier("job_id"), epoch: row["epoch"], agent: row.identifier("agent_id"),
      tokenHash: Array(row["token_hash"] as Data), grantedAt: row.time("granted_at"),
      expiresAt: row.time("expires_at"), endedAt: row.optionalTime("ended_at"), finish: finish)
  }

  func insertLease(_ lease: LeaseRecord) throws {
    try execute(
      "INSERT INTO lease(job_id, epoch, agent_id, token_hash, granted_at, expires_at) VALUES (?, ?, ?, ?, ?, ?)",
      [
        lease.job.rawValue, lease.epoch, lease.agent.rawValue, Data(lease.tokenHash), lease.grantedAt.milliseconds,
        lease.expiresAt.milliseconds,
      ])
    try execute(
      "UPDATE job SET state = 'leased', epoch = ?, attempt = attempt + 1 WHERE id = ?",
      [lease.epoch, lease.job.rawValue])
  }

  func extendLease(job: JobID, epoch: Int64, tokenHash: [UInt8], until time: Timestamp) throws -> Bool {
    try execute(
      """
      UPDATE lease SET expires_at = max(expires_at, ?)
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
    return database.changesCount == 1
  }

  func extendRunningLeases(until time: Timestamp) throws {
    try execute(
      "UPDATE lease SET expires_at = max(expires_at, ?) WHERE ended_at IS NULL", [time.milliseconds])
  }

  func chunkDigest(job: JobID, epoch: Int64, number: Int) throws -> [UInt8]? {
    try row(
      "SELECT digest FROM chunk WHERE job_id = ? AND epoch = ? AND number = ?", [job.rawValue, epoch, number]
    ).map { Array($0["digest"] as Data) }
  }

  func chunkCount(job: JobID, epoch: Int64) throws -> Int {
    try number("SELECT count(*) FROM chunk WHERE job_id = ? AND epoch = ?", [job.rawValue, epoch])
  }

  func insertChunk(
    job: JobID, epoch: Int64, number: Int, digest: [UInt8], completed: [WorkRectangle], at time: Timestamp
  ) throws {
    try execute(
      "INSERT INTO chunk(job_id, epoch, number, digest, accepted_at) VALUES (?, ?, ?, ?, ?)",
      [job.rawValue, epoch, number, Data(digest), time.milliseconds])
    for rectangle in completed {
      try execute(
        """
        INSERT INTO coverage(job_id, epoch, first_host, host_count, first_port, port_count) VALUES (?, ?, ?, ?, ?, ?)
        """,
        [
          job.rawValue, epoch, rectangle.hosts.lowerBound.blob, rectangle.hosts.count128.blob,
          rectangle.ports.lowerBound, rectangle.ports.count,
        ])
    }
  }
}
