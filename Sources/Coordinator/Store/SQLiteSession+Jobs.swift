internal import CoordinatorCore
internal import FoundationEssentials
internal import GRDB
internal import Model

extension SQLiteSession {
  func jobs(of lane: LaneID, in state: JobRecord.State, limit: Int) throws -> [JobRecord] {
    // The partial index leaves finished jobs out; they are asked for nowhere.
    precondition(state != .done, "finished jobs are not listed")
    return try rows(
      "SELECT * FROM job WHERE lane_id = ? AND state = ? AND state <> 'done' ORDER BY id LIMIT ?",
      [lane.rawValue, state.rawValue, limit]
    ).map(jobRecord)
  }

  func job(_ id: JobID) throws -> JobRecord? {
    try row("SELECT * FROM job WHERE id = ?", [id.rawValue]).map(jobRecord)
  }

  private func jobRecord(_ row: StoredRow) throws -> JobRecord {
    JobRecord(
      id: row.identifier("id"), lane: row.identifier("lane_id"), state: try row.word("state"), epoch: row["epoch"],
      attempt: row["attempt"], halvings: row["halvings"], lastError: row["last_error"])
  }

  func insertJob(lane: LaneID, rectangles: [WorkRectangle]) throws -> JobID {
    let id = JobID(try insert("INSERT INTO job(lane_id, state) VALUES (?, 'pending')", [lane.rawValue]))
    try setRectangles(rectangles, of: id)
    return id
  }

  func insertPart(of job: JobRecord, rectangles: [WorkRectangle]) throws -> JobID {
    let id = JobID(
      try insert(
        "INSERT INTO job(lane_id, state, attempt, halvings, last_error) VALUES (?, 'pending', ?, ?, ?)",
        [job.lane.rawValue, job.attempt, job.halvings, job.lastError]))
    try setRectangles(rectangles, of: id)
    return id
  }

  func setHalvings(_ halvings: Int, of job: JobID) throws {
    try execute("UPDATE job SET halvings = ? WHERE id = ?", [halvings, job.rawValue])
  }

  func setState(_ state: JobRecord.State, of job: JobID, attempt: Int, lastError: String?) throws {
    try execute(
      "UPDATE job SET state = ?, attempt = ?, last_error = coalesce(?, last_error) WHERE id = ?",
      [state.rawValue, attempt, lastError, job.rawValue])
  }

  func scanState(ofJob job: JobID) throws -> ScanState? {
    try row(
      """
      SELECT scan.state FROM job JOIN lane ON lane.id = job.lane_id JOIN scan ON scan.id = lane.scan_id
      WHERE job.id = ?
      """, [job.rawValue])?.word("state")
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

  private func rectangle(_ row: StoredRow) -> WorkRectangle {
    let firstHost = row.wide("first_host")
    let firstPort: Int = row["first_port"]
    return WorkRectangle(
      hosts: firstHost..<(firstHost + row.wide("host_count")), ports: firstPort..<(firstPort + row["port_count"]))
  }

  func completed(in lane: LaneID) throws -> [(rectangle: WorkRectangle, agent: AgentID)] {
    try rows(
      """
      SELECT coverage.*, lease.agent_id FROM job JOIN coverage ON coverage.job_id = job.id
      JOIN lease ON lease.job_id = coverage.job_id AND lease.epoch = coverage.epoch WHERE job.lane_id = ?1
      UNION ALL SELECT NULL, job.id, job.epoch, part.first_host, part.host_count, part.first_port, part.port_count,
        lease.agent_id FROM job JOIN job_rectangle AS part ON part.job_id = job.id
      JOIN lease ON lease.job_id = job.id AND lease.epoch = job.epoch WHERE job.lane_id = ?1 AND job.state = 'done'
      """, [lane.rawValue]
    ).map { (rectangle($0), $0.identifier("agent_id")) }
  }

  func completed(in job: JobID, epoch: Int64) throws -> [WorkRectangle] {
    try rows("SELECT * FROM coverage WHERE job_id = ? AND epoch = ?", [job.rawValue, epoch]).map(rectangle)
  }

  func completed(in job: JobID, epoch: Int64, among ports: Range<Int>) throws -> [WorkRectangle] {
    try rows(
      """
      SELECT * FROM coverage WHERE job_id = ? AND epoch = ? AND first_port < ? AND first_port + port_count > ?
      """, [job.rawValue, epoch, ports.upperBound, ports.lowerBound]
    ).map(rectangle)
  }

  func compactCoverage(of job: JobID) throws {
    // What the last lease of a finished job covered is what it was for: job_rectangle says it in fewer rows.
    try execute(
      "DELETE FROM coverage WHERE job_id = ?1 AND epoch = (SELECT epoch FROM job WHERE id = ?1)", [job.rawValue])
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
