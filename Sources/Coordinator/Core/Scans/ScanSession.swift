package import Model

/// Reading scans, lanes, jobs and leases, inside one transaction.
package protocol ScanReading {
  /// Newest first; `before` is the last id of the page before.
  func scans(before: ScanID?, limit: Int) throws -> [ScanRecord]
  func scan(_ id: ScanID) throws -> ScanRecord?
  /// Running scans with a maximum duration.
  func scansWithDeadline() throws -> [ScanRecord]
  func lanes(of scan: ScanID) throws -> [LaneRecord]
  func lane(_ id: LaneID) throws -> LaneRecord?
  func failures(of lane: LaneID) throws -> [LaneFailure]
  /// Whose rules left out how much, the greatest part first.
  func skips(of lane: LaneID) throws -> [LaneSkip]
  /// The oldest jobs of a lane in a state other than done.
  func jobs(of lane: LaneID, in state: JobRecord.State, limit: Int) throws -> [JobRecord]
  func job(_ id: JobID) throws -> JobRecord?
  /// Where the job's scan stands.
  func scanState(ofJob job: JobID) throws -> ScanState?
  /// What the current or last lease of a job was for: the whole cut, or after a loss what was left of it.
  func rectangles(of job: JobID) throws -> [WorkRectangle]
  /// What accepted chunks of the job's present epoch have completed.
  func completed(in job: JobID, epoch: Int64) throws -> [WorkRectangle]
  /// What all jobs of a lane have completed, and whose leases they were under.
  func completed(in lane: LaneID) throws -> [(rectangle: WorkRectangle, agent: AgentID)]
  /// Those of them that have one of some port indices.
  func completed(in job: JobID, epoch: Int64, among ports: Range<Int>) throws -> [WorkRectangle]
  func lease(job: JobID, epoch: Int64) throws -> LeaseRecord?
  /// Leases that run out before `time`.
  func expiringLeases(before time: Timestamp, limit: Int) throws -> [LeaseRecord]
  func runningLeases(of agent: AgentID) throws -> [LeaseRecord]
  /// Digest of the chunk, if it has been accepted.
  func chunkDigest(job: JobID, epoch: Int64, number: Int) throws -> [UInt8]?
  func chunkCount(job: JobID, epoch: Int64) throws -> Int
  /// Lanes that an agent in this zone of this site may work on, by (pass, id); those behind `after` alone.
  func openLanes(site: SiteID, zone: ZoneID, after: LanePosition?, limit: Int) throws -> [LaneRecord]
  /// The pass at which an agent of this zone served a lane last.
  func turn(of zone: ZoneID) throws -> Double
  /// What runs now of each share; one of which nothing runs is left out.
  func use(of shares: [WorkShare]) throws -> [WorkShare: WorkUse]
  /// Jobs in states other than done and cancelled.
  func jobCounts() throws -> [JobRecord.State: Int]
  func scanCounts() throws -> [ScanState: Int]
  /// When the oldest scan that waits for its first job was submitted.
  func oldestQueuedScan() throws -> Timestamp?
  /// Open endpoints in a scan's counted chunks, summed over its lanes.
  func openCount(of scan: ScanID) throws -> Int
}

extension ScanReading {
  package func jobs(of lane: LaneID, in state: JobRecord.State) throws -> [JobRecord] {
    try jobs(of: lane, in: state, limit: .max)
  }
}

/// Changing scans, lanes, jobs and leases, inside one transaction.
package protocol ScanWriting: ScanReading {
  func insertScan(_ request: ScanRequest, site: SiteID, submittedBy: String, at time: Timestamp) throws -> ScanID
  func insertLane(scan: ScanID, zone: ZoneID?, seed: UInt64) throws -> LaneID
  func setState(_ state: ScanState, of scan: ScanID, at time: Timestamp) throws
  func setState(_ state: ScanState, of lane: LaneID) throws
  func setCursor(_ cursor: LaneCutter.Cursor, of lane: LaneID) throws
  func setPass(_ pass: Double, of lane: LaneID) throws
  func setTurn(_ turn: Double, of zone: ZoneID) throws
  func addCoverage(_ coverage: LaneCoverage, failures: [LaneFailure], skips: [LaneSkip], to lane: LaneID) throws
  /// Counts open endpoints of a counted chunk.
  func addOpen(_ count: Int, to lane: LaneID) throws
  /// A job that waits for its first lease.
  func insertJob(lane: LaneID, rectangles: [WorkRectangle]) throws -> JobID
  /// A part of `job`, which waits, and has failed and been halved as often.
  func insertPart(of job: JobRecord, rectangles: [WorkRectangle]) throws -> JobID
  func setHalvings(_ halvings: Int, of job: JobID) throws
  func setState(_ state: JobRecord.State, of job: JobID, attempt: Int, lastError: String?) throws
  /// Replaces what the job is for.
  func setRectangles(_ rectangles: [WorkRectangle], of job: JobID) throws
  /// The job becomes leased, with a new epoch, and counts against its shares until the lease ends.
  func insertLease(_ lease: LeaseRecord) throws
  /// Moves the expiry, up to the lease's deadline, if the lease still runs; false: it does not.
  func extendLease(job: JobID, epoch: Int64, tokenHash: [UInt8], until time: Timestamp) throws -> Bool
  /// Ends the lease if it still runs and, for a reaper, has expired by `expiredBy`; false: nothing was changed.
  func endLease(job: JobID, epoch: Int64, at time: Timestamp, expiredBy: Timestamp?, finish: LeaseFinish?) throws
    -> Bool
  /// After the coordinator was away: no lease runs out before `time`.
  func extendRunningLeases(until time: Timestamp) throws
  /// After the clock was set by `step`: every running lease lasts until `until`, and deadlines move with the clock.
  func rebaseRunningLeases(at now: Timestamp, steppedBy step: Duration, until: Timestamp) throws
  func insertChunk(
    job: JobID, epoch: Int64, number: Int, digest: [UInt8], completed: [WorkRectangle], at time: Timestamp) throws
  /// One job's rectangles instead of its chunks' many, once it is done.
  func compactCoverage(of job: JobID) throws
}

/// Where a list of lanes goes on.
package struct LanePosition: Hashable, Sendable {
  package var pass: Double
  package var lane: LaneID

  package init(pass: Double, lane: LaneID) {
    self.pass = pass
    self.lane = lane
  }
}
