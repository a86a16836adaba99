package import CoordinatorCore
internal import CoordinatorTrust
package import Model

/// Grants work to agents and keeps their leases.
package struct LeaseService: Sendable {
  /// The right to a job and what the job is; the secret leaves the coordinator only here.
  package struct Grant: Sendable {
    package struct Block: Sendable {
      package let rectangle: WorkRectangle
      package let hosts: [HostRange]
      package let ports: PortSelection
    }

    package let job: JobID
    package let scan: ScanID
    package let generation: Int64
    package let epoch: Int64
    package let token: String
    package let attempt: Int
    package let duration: Duration
    package let now: Timestamp
    package let blocks: [Block]
    package let probesPerSecond: Int?
    package let probesPerSecondPerHost: Int?
    package let timing: Int?
  }

  /// What an agent shows to prove its lease.
  package struct Claim: Sendable {
    package let job: JobID
    package let generation: Int64
    package let epoch: Int64
    package let tokenHash: [UInt8]

    package init(job: JobID, generation: Int64, epoch: Int64, token: String) {
      self.job = job
      self.generation = generation
      self.epoch = epoch
      tokenHash = Secret.hash(of: token)
    }
  }

  package enum Order: Sendable {
    case proceed, cancel
  }

  private let context: FleetContext

  package init(context: FleetContext) { self.context = context }

  /// Work for an agent, waiting up to `wait` for some to turn up; nil if none did.
  ///
  /// Throws a `Refusal` for an agent without the duty to scan, or a `StoreError`.
  package func grant(to agent: AgentRecord, probesPerSecond: Double?, waiting wait: Duration) async throws -> Grant? {
    guard agent.duties.contains(.scan) else {
      throw Refusal(.forbidden, "\(agent.name) has no duty to scan")
    }
    try await notePresence(of: agent)
    let request = context.leaseRequests.begin(by: agent.id)
    let deadline = ContinuousClock.now + min(wait, context.settings.longestWait)
    while context.leaseRequests.isNewest(request, by: agent.id) {
      let seen = context.workSignal.count
      let mayFindWork = try await context.store.read { session in
        try !session.openLanes(site: agent.site, zone: agent.zone).isEmpty
          || !session.runningLeases(of: agent.id).isEmpty
      }
      if mayFindWork {
        let now = context.clock.now
        let cut = try await context.queue.commit { [self] session in
          // A request that a newer one has replaced belongs to a connection that is gone: nobody would do the work.
          guard context.leaseRequests.isNewest(request, by: agent.id) else { return Cut.nothing }
          return try cutGrant(for: agent.id, probesPerSecond: probesPerSecond, at: now, in: session)
        }
        switch cut {
        case .granted(let grant): return grant
        case .cursorMoved: continue
        case .nothing: break
        }
      }
      let left = deadline - ContinuousClock.now
      if left <= .zero || context.workSignal.isClosed || Task.isCancelled { return nil }
      await context.workSignal.wait(after: seen, upTo: left)
    }
    return nil
  }

  /// An idle agent writes nothing else; often enough that it never looks silent, seldom enough to cost nothing.
  private func notePresence(of agent: AgentRecord) async throws {
    let now = context.clock.now
    if let lastSeen = agent.lastSeen, now - lastSeen < context.settings.silenceAfter / 4 { return }
    try await context.queue.commit { try $0.markSeen(agent.id, at: now) }
  }

  /// What one transaction came to.
  private enum Cut: Sendable {
    case granted(Grant)
    /// Much of a lane was skipped and its end is not reached: another transaction goes on.
    case cursorMoved
    case nothing
  }

  private func cutGrant(
    for id: AgentID, probesPerSecond: Double?, at now: Timestamp, in session: any WriteSession
  ) throws -> Cut {
    // The request may have waited long: the agent may have been removed meanwhile.
    guard let agent = try session.agent(id), agent.removedAt == nil else {
      throw Refusal(.forbidden, "\(id) was removed")
    }
    try session.markSeen(agent.id, at: now)
    let pace = probesPerSecond ?? agent.probesPerSecond
    if let probesPerSecond { try session.setPace(agent.id, probesPerSecond: probesPerSecond) }
    let lifecycle = JobLifecycle(session: session, settings: context.settings, now: now)
    // An agent asks for work when it has none: a lease it still holds here is one it has forgotten, by a crash.
    for lease in try session.runningLeases(of: agent.id)
    where try session.endLease(job: lease.job, epoch: lease.epoch, at: now, expiredBy: nil, finish: nil) {
      try lifecycle.returnRemainder(of: lease, countsAsFailure: true, error: "the agent started anew in mid-job")
    }
    for lane in try session.openLanes(site: agent.site, zone: agent.zone) {
      guard let scan = try session.scan(lane.scan), !scan.state.isOver else { continue }
      // A rate over the whole scan is kept by one agent at a time.
      if scan.request.rate != nil, try hasRunningJob(scan.id, in: session) { continue }
      switch try nextJob(of: lane, scan: scan, pace: pace, at: now, in: session) {
      case .job(let job): return .granted(try lease(job, of: scan, lane: lane, to: agent, at: now, in: session))
      case .cursorMoved: return .cursorMoved
      case .none: try lifecycle.settle(lane.id)
      }
    }
    return .nothing
  }

  private func hasRunningJob(_ scan: ScanID, in session: any WriteSession) throws -> Bool {
    try session.lanes(of: scan).contains { try !session.jobs(of: $0.id, in: .leased).isEmpty }
  }

  private enum NextJob {
    case job(JobID)
    case cursorMoved
    case none
  }

  /// Cuts in one transaction that may come to nothing because the rules have changed since submission; others wait
  /// meanwhile.
  private static let cutsPerTransaction = 256

  /// A job that came back, or one newly cut, if the lane has any to give out.
  private func nextJob(
    of lane: LaneRecord, scan: ScanRecord, pace: Double?, at now: Timestamp, in session: any WriteSession
  ) throws -> NextJob {
    while let waiting = try session.jobs(of: lane.id, in: .pending).first {
      let permitted = try permittedPart(
        of: session.rectangles(of: waiting.id), lane: lane, scan: scan, at: now, in: session)
      if !permitted.isEmpty {
        try session.setRectangles(permitted, of: waiting.id)
        return .job(waiting.id)
      }
      try JobLifecycle(session: session, settings: context.settings, now: now).complete(waiting)
    }
    let cutter = LaneCutter(hostCount: scan.request.hostCount, portCount: scan.request.portCount, seed: lane.seed)
    var cursor = lane.cursor
    // Each turn moves the cursor; what the scope has come to exclude is counted as skipped and the cut goes on.
    for _ in 0..<Self.cutsPerTransaction where !cutter.isAtEnd(cursor) {
      let (cut, next) = cutter.cut(from: cursor, budget: jobBudget(pace: pace, scan: scan))
      cursor = next
      let permitted = try permittedPart(of: cut, lane: lane, scan: scan, at: now, in: session)
      if !permitted.isEmpty {
        try session.setCursor(cursor, of: lane.id, servedAt: now)
        return .job(try session.insertJob(lane: lane.id, rectangles: permitted))
      }
    }
    if cursor != lane.cursor { try session.setCursor(cursor, of: lane.id, servedAt: now) }
    return cutter.isAtEnd(cursor) ? .none : .cursorMoved
  }

  /// Probes a second of the slow timings; the agent's own table (TimingTemplate) keeps them.
  private static let timingRates = [0: 1.0 / 300, 1: 1.0 / 15, 2: 2.5]

  /// Probes that the agent should finish in about a job's duration, at the lowest rate that binds it.
  private func jobBudget(pace: Double?, scan: ScanRecord) -> Int {
    let seconds = Double(context.settings.jobDuration.wholeMilliseconds) / 1_000
    var budget =
      pace.map { Int(min(Double(context.settings.largestJobProbes), max(1, $0 * seconds))) }
      ?? context.settings.firstJobProbes
    let request = scan.request
    let timingRate = request.timing.flatMap { Self.timingRates[$0] }
    let rates = [request.rate, request.ratePerAgent, request.ratePerHost].map { $0.map(Double.init) }
    for rate in (rates + [timingRate]).compactMap(\.self) {
      budget = min(budget, max(1, Int(rate * seconds)))
    }
    return min(max(1, budget), context.settings.largestJobProbes)
  }

  /// The part of some rectangles that the rules of today permit; the rest is counted as skipped.
  private func permittedPart(
    of rectangles: [WorkRectangle], lane: LaneRecord, scan: ScanRecord, at now: Timestamp, in session: any WriteSession
  ) throws -> [WorkRectangle] {
    let space = try context.spaces.space(of: scan)
    let scope = try AuthorisedScope(
      rules: session.scopeRules(), site: scan.site, at: now, services: context.services)
    var forbidden: [WorkRectangle] = []
    for rectangle in rectangles {
      let hosts = AddressSet(space.targets.ranges(in: rectangle.hosts))
      let division = scope.division(of: hosts, ports: space.ports.slice(rectangle.ports))
      func forbid(_ addresses: AddressSet, _ ports: Range<Int>) {
        for range in addresses.ranges {
          guard let first = space.targets.index(of: range.first), let last = space.targets.index(of: range.last) else {
            continue
          }
          forbidden.append(WorkRectangle(hosts: first..<(last + 1), ports: ports))
        }
      }
      forbid(hosts.subtracting(division.permitted), rectangle.ports)
      for conflict in division.portConflicts {
        for index in rectangle.ports where conflict.ports.contains(space.ports.endpoint(at: index)) {
          forbid(conflict.addresses, index..<(index + 1))
        }
      }
    }
    guard !forbidden.isEmpty else { return rectangles }
    let permitted = rectangles.subtracting(forbidden)
    let skipped = rectangles.endpointCount - permitted.endpointCount
    try session.addCoverage(LaneCoverage(skipped: skipped), failures: [], to: lane.id)
    return permitted
  }

  private func lease(
    _ id: JobID, of scan: ScanRecord, lane: LaneRecord, to agent: AgentRecord, at now: Timestamp,
    in session: any WriteSession
  ) throws -> Grant {
    guard let job = try session.job(id) else { throw Refusal(.conflict, "\(id) is gone") }
    let secret = Secret(.lease)
    let epoch = job.epoch + 1
    try session.insertLease(
      LeaseRecord(
        job: id, epoch: epoch, agent: agent.id, tokenHash: secret.hash, grantedAt: now,
        expiresAt: now + context.settings.leaseDuration, endedAt: nil, finish: nil))
    if scan.state == .queued { try session.setState(.running, of: scan.id, at: now) }
    if lane.state == .queued { try session.setState(.running, of: lane.id) }
    let space = try context.spaces.space(of: scan)
    return Grant(
      job: id, scan: scan.id, generation: try session.generation(), epoch: epoch, token: secret.text,
      attempt: job.attempt + 1, duration: context.settings.leaseDuration, now: now,
      blocks: try session.rectangles(of: id).map { rectangle in
        Grant.Block(
          rectangle: rectangle, hosts: space.targets.ranges(in: rectangle.hosts),
          ports: space.ports.slice(rectangle.ports))
      },
      probesPerSecond: [scan.request.rate, scan.request.ratePerAgent].compactMap(\.self).min(),
      probesPerSecondPerHost: scan.request.ratePerHost, timing: scan.request.timing)
  }

  /// Extends the lease at once, then waits up to `wait` for an order to stop.
  ///
  /// Throws a `Refusal` with `leaseLost` when the lease is not, or no longer, the agent's.
  package func renew(_ claim: Claim, by agent: AgentRecord, waiting wait: Duration) async throws -> Order {
    let now = context.clock.now
    let until = now + context.settings.leaseDuration
    try await context.queue.commit(.renewal) { session in
      try session.markSeen(agent.id, at: now)
      try claim.check(agent: agent.id, in: session)
      guard try session.extendLease(job: claim.job, epoch: claim.epoch, tokenHash: claim.tokenHash, until: until) else {
        throw Refusal.lostLease
      }
    }
    // A wait as long as the lease would be answered when the lease is gone.
    let deadline = ContinuousClock.now + min(wait, context.settings.leaseDuration / 2)
    while true {
      let seen = context.orderSignal.count
      let isOver = try await context.store.read { session in
        guard let job = try session.job(claim.job), let lane = try session.lane(job.lane),
          let scan = try session.scan(lane.scan)
        else { return true }
        return scan.state.isOver
      }
      if isOver { return .cancel }
      let left = deadline - ContinuousClock.now
      if left <= .zero || context.orderSignal.isClosed || Task.isCancelled { return .proceed }
      await context.orderSignal.wait(after: seen, upTo: left)
    }
  }

  /// Takes an agent's last word on a job. An identical repetition changes nothing and succeeds.
  ///
  /// Throws a `Refusal`: `leaseLost`, `conflict` for a finish that differs from the first or counts other chunks than
  /// arrived.
  package func finish(_ claim: Claim, by agent: AgentRecord, with finish: LeaseFinish) async throws {
    let now = context.clock.now
    try await context.queue.commit { [context] session in
      try session.markSeen(agent.id, at: now)
      let lease = try claim.check(agent: agent.id, in: session)
      if lease.endedAt != nil {
        guard let first = lease.finish else { throw Refusal.lostLease }
        guard first == finish else {
          throw Refusal(.conflict, "\(claim.job) was finished before, and differently: \(first.outcome.rawValue)")
        }
        return
      }
      let arrived = try session.chunkCount(job: claim.job, epoch: claim.epoch)
      guard arrived == finish.chunkCount else {
        throw Refusal(
          .conflict, "\(finish.chunkCount) chunks were sent but \(arrived) arrived; send the missing ones first",
          at: "/chunkCount")
      }
      guard let job = try session.job(claim.job) else { throw Refusal.lostLease }
      let remainder = try session.rectangles(of: job.id).subtracting(session.completed(in: job.id, epoch: claim.epoch))
      if finish.outcome == .done, !remainder.isEmpty {
        throw Refusal(.conflict, "\(remainder.endpointCount) endpoints of \(job.id) are in no chunk", at: "/outcome")
      }
      guard try session.endLease(job: job.id, epoch: claim.epoch, at: now, expiredBy: nil, finish: finish) else {
        throw Refusal.lostLease
      }
      let lifecycle = JobLifecycle(session: session, settings: context.settings, now: now)
      if remainder.isEmpty {
        try lifecycle.complete(job)
      } else {
        try lifecycle.returnRemainder(of: lease, countsAsFailure: finish.outcome == .failed, error: finish.reason)
      }
    }
    context.workSignal.fire()
  }
}

extension LeaseService.Claim {
  /// The lease that the claim names, running or ended; throws `leaseLost` if it was never granted to this agent.
  @discardableResult
  func check(agent: AgentID, in session: any WriteSession) throws -> LeaseRecord {
    guard try session.generation() == generation, let lease = try session.lease(job: job, epoch: epoch),
      lease.agent == agent, lease.tokenHash == tokenHash
    else { throw Refusal.lostLease }
    return lease
  }
}

extension Refusal {
  static var lostLease: Refusal {
    Refusal(.leaseLost, "the lease is not, or no longer, yours; stop probing and ask for other work")
  }
}
