package import CoordinatorCore
internal import Model

// Renewals and the orders that ride on them.

extension LeaseService {
  /// Extends the lease at once, then waits up to `wait` for an order to stop; returns it with how long the lease lasts.
  /// A lease that its agent has finished is lost to nobody: the agent renews it for as long as the answer to its last word
  /// has not reached it, and is told to go on until it says that word again.
  ///
  /// Throws a `Refusal` with `leaseLost` when the lease is not, or no longer, the agent's.
  package func renew(
    _ claim: Claim, by agent: AgentRecord, waiting wait: Duration
  ) async throws -> (order: Order, lasting: Duration) {
    let now = context.clock.now
    let until = now + context.settings.leaseDuration
    // Entered before the look, so that an order given in between is not missed.
    let ticket = context.holders.enter(LeaseHolder(agent: agent.id))
    defer { context.holders.leave(ticket) }
    let (order, lasting) = try await context.queue.commit(.renewal) {
      [self, context] session -> (order: Order, lasting: Duration) in
      try context.note(agent, at: now, in: session)
      let lease = try claim.check(agent: agent.id, in: session)
      if lease.finish != nil { return (.proceed, context.settings.leaseDuration) }
      if lease.endedAt == nil { context.measurements.renewalLag.note(lease.expiresAt - now) }
      guard lease.deadline > now,
        try session.extendLease(job: claim.job, epoch: claim.epoch, tokenHash: claim.tokenHash, until: until)
      else { throw Refusal.lostLease }
      let order = try self.order(for: claim.job, of: agent, at: now, in: session)
      return (order, min(context.settings.leaseDuration, lease.deadline - now))
    }
    guard order == .proceed else { return (order, lasting) }
    // A wait as long as the lease would be answered when the lease is gone.
    let deadline = ContinuousClock.now + min(wait, lasting / 2)
    while true {
      let left = deadline - ContinuousClock.now
      if left <= .zero || context.holders.isClosed || Task.isCancelled { return (.proceed, lasting) }
      guard await context.holders.wait(ticket, upTo: left) != nil else { return (.proceed, lasting) }
      let now = context.clock.now
      let order = try await context.store.read { [self] session -> Order in
        // An agent that was removed holds nothing any more.
        let lease = try session.lease(job: claim.job, epoch: claim.epoch)
        if lease?.finish != nil { return .proceed }
        guard lease?.endedAt == nil else { throw Refusal.lostLease }
        return try self.order(for: claim.job, of: agent, at: now, in: session)
      }
      if order != .proceed { return (order, lasting) }
    }
  }

  private func order(
    for job: JobID, of agent: AgentRecord, at now: Timestamp, in session: any ReadSession
  ) throws -> Order {
    if let halt = try session.halts().first(where: { $0.binds(site: agent.site, zone: agent.zone) }) {
      return .stop("probing is halted: \(halt.note)")
    }
    guard let state = try session.scanState(ofJob: job) else { return .stop("the scan is gone") }
    guard !state.isOver, state != .paused else { return .stop("the scan is \(state.rawValue)") }
    guard let blackout = try blackout(over: job, of: agent, at: now, in: session) else { return .proceed }
    return .stop(blackout.reason)
  }

  /// The first blackout in force that forbids something of a job.
  private func blackout(
    over job: JobID, of agent: AgentRecord, at now: Timestamp, in session: any ReadSession
  ) throws -> ActiveBlackout? {
    let binding = try context.blackouts.active(at: now, in: session).filter {
      $0.record.binds(site: agent.site, zone: agent.zone)
    }
    guard !binding.isEmpty, let record = try session.job(job), let lane = try session.lane(record.lane),
      let scan = try session.scan(lane.scan), !scan.request.ignoresBlackouts
    else { return nil }
    if let whole = binding.first(where: { $0.record.networks.isEmpty }) { return whole }
    let targets = try context.spaces.space(of: scan).targets
    let hosts = AddressSet(try session.rectangles(of: job).flatMap { targets.ranges(in: $0.hosts) })
    return binding.first { !hosts.isDisjoint(with: AddressSet($0.record.networks.map { HostRange($0) })) }
  }
}
