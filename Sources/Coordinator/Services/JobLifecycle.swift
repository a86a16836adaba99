internal import CoordinatorCore
internal import Model

/// What becomes of a job when a lease ends, and of its lane and scan when a job does; inside one transaction.
struct JobLifecycle {
  let session: any WriteSession
  let settings: FleetSettings
  let now: Timestamp

  /// The lease has just ended otherwise than with every endpoint in a chunk: the remainder waits for another agent, or is
  /// benched when it has failed too often.
  func returnRemainder(of lease: LeaseRecord, countsAsFailure: Bool, error: String?) throws {
    guard let job = try session.job(lease.job), let lane = try session.lane(job.lane),
      let scan = try session.scan(lane.scan)
    else { return }
    let covered = try session.completed(in: job.id, epoch: lease.epoch)
    let remainder = try session.rectangles(of: job.id).without(completed: covered)
    guard !remainder.isEmpty else {
      try complete(job)
      return
    }
    // Progress shows that the job does not kill its agents: only attempts that got nowhere add up.
    let attempt = countsAsFailure ? (covered.isEmpty ? job.attempt : 1) : job.attempt - 1
    let outcome: JobFailure.Outcome =
      countsAsFailure
      ? JobFailure.outcome(
        attempt: attempt, limit: settings.attemptLimit, size: remainder.endpointCount, halvings: job.halvings)
      : .wait(attempt: max(0, attempt))
    switch scan.state.isOver ? .wait(attempt: max(0, attempt)) : outcome {
    case .wait(let attempt):
      // Most jobs that come back are as they were given.
      if !covered.isEmpty { try session.setRectangles(remainder, of: job.id) }
      try session.setState(
        scan.state.isOver ? .cancelled : .pending, of: job.id, attempt: attempt, lastError: error)
    case .halve: try halve(job, remainder, error: error)
    case .bench:
      try session.setRectangles(remainder, of: job.id)
      try session.setState(.benched, of: job.id, attempt: attempt, lastError: error)
    }
    // A job that waits keeps its lane open.
    if case .wait = outcome, !scan.state.isOver { return }
    try settle(lane.id)
  }

  /// Two jobs instead of one, each with all its attempts: what poisons one half leaves the other alone.
  private func halve(_ job: JobRecord, _ remainder: [WorkRectangle], error: String?) throws {
    let (first, rest) = remainder.split(after: remainder.endpointCount / 2)
    try session.setHalvings(job.halvings + 1, of: job.id)
    try session.setRectangles(first, of: job.id)
    try session.setState(.pending, of: job.id, attempt: 0, lastError: error)
    if !rest.isEmpty, let halved = try session.job(job.id) {
      _ = try session.insertPart(of: halved, rectangles: rest)
    }
  }

  /// Every endpoint of the job is in a chunk.
  func complete(_ job: JobRecord) throws {
    try session.compactCoverage(of: job.id)
    try session.setState(.done, of: job.id, attempt: job.attempt, lastError: nil)
    try settle(job.lane)
  }

  /// Ends the lane if nothing of it is left to do, and the scan with its last lane.
  func settle(_ id: LaneID) throws {
    guard let lane = try session.lane(id), let scan = try session.scan(lane.scan), !lane.state.isOver else { return }
    let cutter = LaneCutter(
      hostCount: scan.request.hostCount, portCount: scan.request.portCount, seed: lane.seed)
    guard try session.jobs(of: id, in: .leased, limit: 1).isEmpty else { return }
    if !scan.state.isOver {
      guard cutter.isAtEnd(lane.cursor), try session.jobs(of: id, in: .pending, limit: 1).isEmpty else { return }
    }
    let isIncomplete = try !session.jobs(of: id, in: .benched, limit: 1).isEmpty
    let laneState: ScanState = scan.state.isOver ? scan.state : isIncomplete ? .incomplete : .done
    try session.setState(laneState, of: id)
    let states = try session.lanes(of: scan.id).map(\.state)
    guard !scan.state.isOver, states.allSatisfy(\.isOver) else { return }
    let isWhole = !states.contains(.incomplete)
    try session.setState(isWhole ? .done : .incomplete, of: scan.id, at: now)
    if !isWhole { try tellFailure(of: scan, "jobs failed too often and were benched") }
  }

  private func tellFailure(of scan: ScanRecord, _ reason: String) throws {
    try session.append([
      ChangeNotice(
        kind: .scanFailed, site: scan.site, before: scan.request.name, after: ScanState.incomplete.rawValue,
        observedAt: now, acceptedAt: now, scan: scan.id, evidence: reason)
    ])
  }

  /// Ends a scan before its time. Leases that run end with their agents' next word.
  func end(_ scan: ScanRecord, as state: ScanState) throws {
    try session.setState(state, of: scan.id, at: now)
    if state == .incomplete { try tellFailure(of: scan, "it ran longer than it may") }
    for lane in try session.lanes(of: scan.id) where !lane.state.isOver {
      for job in try session.jobs(of: lane.id, in: .pending) {
        try session.setState(.cancelled, of: job.id, attempt: job.attempt, lastError: nil)
      }
      try session.setState(state, of: lane.id)
    }
  }
}

extension [WorkRectangle] {
  /// What is left of a job. What chunks have completed is disjoint and a part of it (`ChunkCheck`), so that a job that is done is
  /// told by its size; most are.
  func without(completed: [WorkRectangle]) -> [WorkRectangle] {
    completed.endpointCount == endpointCount ? [] : subtracting(completed)
  }
}
