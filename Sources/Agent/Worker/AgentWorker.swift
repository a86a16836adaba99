package import Model
internal import Wire

/// The agent's life with a coordinator: asks for work, does it, sends its inventory, and goes on by itself after the
/// coordinator was away.
package struct AgentWorker: Sendable {
  /// What the worker works with.
  package struct Equipment: Sendable {
    package let conversation: any CoordinatorConversation
    package let prober: any Prober
    package let inventory: any InventorySource
    package let spool: any ResultSpool
    package let clock: any WorkerClock
    package let log: any WorkerLog
    package let policy: LocalPolicy
    package let services: ServiceNames
    /// Runs the renewals and nothing else.
    package let renewalExecutor: any SerialExecutor
    /// Names this run of the agent; random.
    package let epoch: String

    package init(
      conversation: any CoordinatorConversation, prober: any Prober, inventory: any InventorySource,
      spool: any ResultSpool, clock: any WorkerClock, log: any WorkerLog, policy: LocalPolicy, services: ServiceNames,
      renewalExecutor: any SerialExecutor, epoch: String
    ) {
      self.conversation = conversation
      self.prober = prober
      self.inventory = inventory
      self.spool = spool
      self.clock = clock
      self.log = log
      self.policy = policy
      self.services = services
      self.renewalExecutor = renewalExecutor
      self.epoch = epoch
    }
  }

  /// How long a request for work may stay open at the coordinator.
  private static let longPoll = 20_000
  /// How long the end may take that results still have to be delivered; a service manager waits longer.
  private static let lastPatience = Duration.seconds(10)

  private let equipment: Equipment
  private let duties: Set<Duty>
  private let stop: StopSignal
  private let outbox: ResultOutbox

  package init(equipment: Equipment, duties: Set<Duty>, stop: StopSignal) {
    self.equipment = equipment
    self.duties = duties
    self.stop = stop
    outbox = ResultOutbox(
      conversation: equipment.conversation, spool: equipment.spool, clock: equipment.clock, log: equipment.log,
      stop: stop)
  }

  /// Works until told to stop; then gives back what it holds. Throws a `ConversationError` when the coordinator does not
  /// know the agent any more, or refuses to give it work.
  package func run() async throws {
    try await withThrowingTaskGroup(of: Duty?.self) { group in
      group.addTask { [outbox] in
        try await outbox.deliver()
        return nil
      }
      if duties.contains(.inventory) {
        let reporter = InventoryReporter(
          conversation: equipment.conversation, source: equipment.inventory, clock: equipment.clock,
          log: equipment.log, epoch: equipment.epoch)
        group.addTask {
          try await reporter.run()
          return .inventory
        }
      }
      group.addTask {
        if duties.contains(.scan) { try await scan() } else { await stop.wait() }
        return .scan
      }
      // Scanning ends by itself once told to stop, when its job is wound up; the inventory has nothing to wind up.
      while let ended = try await group.next(), ended != .scan {}
      group.cancelAll()
    }
    await outbox.deliverLast(within: Self.lastPatience)
  }

  private func scan() async throws {
    let runner = JobRunner(
      outbox: outbox, prober: equipment.prober,
      keeper: LeaseKeeper(
        executor: equipment.renewalExecutor, conversation: equipment.conversation, clock: equipment.clock),
      clock: equipment.clock, policy: equipment.policy, services: equipment.services, stop: stop)
    var pace: Double?
    var pauseAfterFailure = RetryPause()
    var pauseWhileAway = RetryPause()
    var isAway = false
    while !stop.isStopping, !Task.isCancelled {
      // Asking for work ends the lease whose results still wait; an agent that cannot deliver takes no more.
      await outbox.waitUntilDelivered()
      do {
        let response = try await ask(LeaseRequest(probesPerSecond: pace, waitMilliseconds: Self.longPoll))
        if isAway { equipment.log.note("the coordinator is back") }
        isAway = false
        pauseWhileAway.reset()
        guard let grant = response.grant else {
          // A coordinator that does not wait, because it stops, must not be asked in a loop.
          await stop.sleep(for: .milliseconds(max(100, min(response.retryAfterMilliseconds, 60_000))), equipment.clock)
          continue
        }
        let outcome = await runner.run(grant, granted: equipment.clock.uptime)
        note(grant, outcome)
        switch outcome {
        case .done(let measured):
          pauseAfterFailure.reset()
          // Half old, half new: one odd job must not make the next one ten times too large.
          if let measured { pace = pace.map { ($0 + measured) / 2 } ?? measured }
        case .failed: await stop.sleep(for: pauseAfterFailure.take(), equipment.clock)
        case .returned, .cancelled, .lost: break
        }
      } catch let error as ConversationError {
        switch error.code {
        case .notEnrolled, .refused, .leaseLost: throw error
        case .cancelled: continue
        case .passing:
          if !isAway { equipment.log.note("the coordinator does not answer, trying again: \(error)") }
          isAway = true
          await stop.sleep(for: max(pauseWhileAway.take(), error.retryAfter ?? .zero), equipment.clock)
        }
      }
    }
  }

  /// A request for work waits at the coordinator; a stop gives it up.
  private func ask(_ request: LeaseRequest) async throws -> LeaseResponse {
    try await stop.value(of: Task { [conversation = equipment.conversation] in try await conversation.lease(request) })
  }

  private func note(_ grant: LeaseGrant, _ outcome: JobRunner.Outcome) {
    switch outcome {
    case .done where !equipment.spool.contents.isEmpty:
      equipment.log.note("\(grant.job) of \(grant.scan) done, and results of it spooled")
    case .done: equipment.log.note("\(grant.job) of \(grant.scan) done")
    case .returned(let reason): equipment.log.note("\(grant.job) given back: \(reason)")
    case .cancelled: equipment.log.note("\(grant.job) stopped: \(grant.scan) is over")
    case .lost(let reason): equipment.log.note("\(grant.job) lost: \(reason)")
    case .failed(let reason): equipment.log.note("\(grant.job) failed: \(reason)")
    }
  }
}
