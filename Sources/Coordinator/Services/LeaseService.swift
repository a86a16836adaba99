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
    /// Open TCP ports are to be asked which service they are.
    package let identifies: Bool
    /// Hosts that answer are to be looked up by name.
    package let looksUpNames: Bool
    /// Hosts of which nothing is heard are to be asked by an echo too.
    package let asksEchoes: Bool
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

  /// What a renewal is answered with.
  package enum Order: Hashable, Sendable {
    case proceed
    /// Stop probing at once, and say what was seen; the reason is for people.
    case stop(String)
  }

  let context: FleetContext

  package init(context: FleetContext) { self.context = context }

  /// Work for an agent, waiting up to `wait` for some to turn up; nil if none did. `isAskedFor` is false once nobody reads
  /// the answer: work must not be granted to a connection that is gone. `run` is the run of the agent that asks, nil for an
  /// earlier agent: what one asked for that another has followed is for nobody. `number` grows with each request of the
  /// run, nil for an earlier agent: a request read after a later one is for nobody, and leaves the later one's lease alone.
  ///
  /// Throws a `Refusal` for an agent without the duty to scan, or a `StoreError`.
  package func grant(
    to agent: AgentRecord, run: String? = nil, number: Int64? = nil, slot: LeaseSlot = .bulk, probesPerSecond: Double?,
    waiting wait: Duration, isAskedFor: @escaping @Sendable () -> Bool = { true }
  ) async throws -> Grant? {
    guard agent.duties.contains(.scan) else {
      throw Refusal(.forbidden, "\(agent.name) has no duty to scan")
    }
    var isDue = context.presence.heard(agent, at: context.clock.now)
    let place = number.map { LeaseRequests.Place(run: run, number: $0) }
    guard run.map({ context.presence.isCurrent(run: $0, of: agent.id) }) ?? true,
      let request = context.leaseRequests.begin(by: agent.id, for: slot, at: place)
    else { return nil }
    let deadline = ContinuousClock.now + min(wait, context.settings.longestWait)
    let ticket = context.askers.enter(AskingAgent(agent: agent, slot: slot))
    // What this agent was called for and did not look for, for whatever reason, another one may do.
    var call: Waiters<AskingAgent, WorkCall>.WakeUp?
    var hasCalledOthers = false
    defer {
      let missed = context.askers.leave(ticket)
      if !hasCalledOthers { for call in [call, missed].compactMap(\.self) { context.passOn(call) } }
    }
    // A request that a newer one has replaced belongs to a connection that was given up. So does one of a run that another
    // has followed, whose slot nobody may have asked for since: the connection of a killed program looks alive for long.
    let isWanted: @Sendable () -> Bool = { [context] in
      context.leaseRequests.isNewest(request, by: agent.id, for: slot)
        && run.map { context.presence.isCurrent(run: $0, of: agent.id) } ?? true && isAskedFor()
    }
    while isWanted() {
      var places: [WorkPlace] = []
      let mayFindWork = try await mayFindWork(for: agent, slot)
      if !mayFindWork, isDue {
        let now = context.clock.now
        try await context.queue.commit { try $0.markSeen(agent.id, at: now) }
        isDue = false
      }
      if mayFindWork {
        let now = context.clock.now
        let isSeenDue = isDue
        let isCalled = call != nil
        isDue = false
        let outcome: JobDispatch.Outcome
        do {
          outcome = try await context.queue.commit { [self] session in
            if isSeenDue { try session.markSeen(agent.id, at: now) }
            guard isWanted() else { return .nothing }
            return try dispatch(
              to: agent.id, slot: slot, probesPerSecond: probesPerSecond, isCalled: isCalled, at: now, in: session)
          }
        } catch let error where !(error is CancellationError) {
          // Where the store is behind others would be refused as well; this agent comes again soon.
          call = nil
          throw error
        }
        switch outcome {
        case .granted(let grant, let zone, let mayHaveMore):
          // Two call four, and so on: a scan of many jobs reaches everybody, and one of a single job nearly nobody.
          context.measurements.leasesGranted.add()
          context.abundance.note(mayHaveMore, in: agent.site, zone: agent.zone)
          if mayHaveMore {
            context.offerWork(in: agent.site, zone: zone, to: 2)
            hasCalledOthers = true
          }
          return grant
        case .cursorMoved:
          if ContinuousClock.now < deadline, !context.askers.isClosed, !Task.isCancelled { continue }
          return nil
        case .nothing: context.abundance.note(false, in: agent.site, zone: agent.zone)
        case .elsewhere(let others):
          context.abundance.note(false, in: agent.site, zone: agent.zone)
          places = others
        }
      }
      guard isWanted() else { break }
      if let vain = call { context.passOn(vain, by: agent, to: places) }
      call = nil
      let left = deadline - ContinuousClock.now
      if left <= .zero || context.askers.isClosed || Task.isCancelled { return nil }
      call = await context.askers.wait(ticket, upTo: left)
      if call == nil { return nil }
    }
    return nil
  }

  private func mayFindWork(for agent: AgentRecord, _ slot: LeaseSlot) async throws -> Bool {
    // Where work was found a moment ago there is more, most of the time: then the look would cost more than it saves.
    if context.abundance.isLikely(in: agent.site, zone: agent.zone) { return true }
    return try await context.store.read { session in
      try !session.openLanes(site: agent.site, zone: agent.zone, after: nil, limit: 1).isEmpty
        || session.runningLeases(of: agent.id).contains { $0.slot == slot }
    }
  }

  private func dispatch(
    to id: AgentID, slot: LeaseSlot, probesPerSecond: Double?, isCalled: Bool, at now: Timestamp,
    in session: any WriteSession
  ) throws -> JobDispatch.Outcome {
    // The request may have waited long: the agent may have been removed meanwhile.
    guard let agent = try session.agent(id), agent.removedAt == nil else {
      throw Refusal(.forbidden, "\(id) was removed")
    }
    let pace = probesPerSecond ?? agent.probesPerSecond
    if let probesPerSecond, slot == .bulk, probesPerSecond != agent.probesPerSecond {
      try session.setPace(agent.id, probesPerSecond: probesPerSecond)
    }
    let lifecycle = JobLifecycle(session: session, settings: context.settings, now: now)
    // An agent asks for work when it has none: a lease it still holds here is one it has forgotten, by a crash.
    for lease in try session.runningLeases(of: agent.id) where lease.slot == slot {
      guard try session.endLease(job: lease.job, epoch: lease.epoch, at: now, expiredBy: nil, finish: nil) else {
        continue
      }
      try lifecycle.returnRemainder(
        of: lease, countsAsFailure: true,
        error: "its agent asked for work anew: it was started again, or the answer with the job never reached it")
    }
    return try JobDispatch(
      session: session, context: context, agent: agent, slot: slot, pace: pace, now: now, isCalled: isCalled,
      blackouts: context.blackouts.active(at: now, in: session)
    ).next()
  }

  /// Takes an agent's last word on a job. An identical repetition changes nothing and succeeds.
  ///
  /// Throws a `Refusal`: `leaseLost`, `conflict` for a finish that differs from the first or counts other chunks than
  /// arrived.
  package func finish(_ claim: Claim, by agent: AgentRecord, with finish: LeaseFinish) async throws {
    let now = context.clock.now
    try await context.queue.commit { [context] session in
      try context.note(agent, at: now, in: session)
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
      let remainder = try session.rectangles(of: job.id).without(
        completed: session.completed(in: job.id, epoch: claim.epoch))
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
    // A part may have come back, or a bound has room again.
    context.offerWork(in: agent.site, zone: nil, to: 2)
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
