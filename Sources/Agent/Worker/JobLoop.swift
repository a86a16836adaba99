internal import Model
internal import Wire

/// Asks for jobs of one slot and works them off, one after the other.
struct JobLoop: Sendable {
  /// How long a request for work may stay open at the coordinator.
  private static let longPoll = 20_000

  let equipment: AgentWorker.Equipment
  let outbox: ResultOutbox
  let slot: LeaseSlot
  /// What of the host's ceiling is this slot's.
  let probesPerSecond: Int?
  /// Numbers the requests; nil for a coordinator that knows no numbers.
  let numbers: RequestNumbers?
  let stop: StopSignal

  /// Works until told to stop, or until `isWanted` says otherwise before a request. Throws a `ConversationError` when the
  /// coordinator does not know the agent any more, or refuses to give it work.
  func run(_ activity: BulkActivity? = nil, while isWanted: () -> Bool = { true }) async throws {
    let runner = JobRunner(
      outbox: outbox, prober: equipment.prober, naming: equipment.naming, log: equipment.log,
      keeper: LeaseKeeper(
        executor: equipment.renewalExecutor, conversation: equipment.conversation, clock: equipment.clock),
      clock: equipment.clock, policy: equipment.policy, probesPerSecond: probesPerSecond, services: equipment.services,
      stop: stop)
    var pace: Double?
    var pauseAfterFailure = RetryPause()
    var pauseWhileAway = RetryPause()
    var isAway = false
    while !stop.isStopping, !Task.isCancelled, isWanted() {
      // Asking for work ends the lease whose results still wait; an agent that cannot deliver takes no more.
      await outbox.waitUntilDelivered()
      do {
        // A coordinator of before knows no slots: bulk goes without saying.
        let response = try await ask(
          LeaseRequest(
            probesPerSecond: pace, waitMilliseconds: Self.longPoll, slot: slot == .bulk ? nil : slot,
            number: numbers?.take()))
        if isAway, slot == .bulk { equipment.log.note("the coordinator is back") }
        isAway = false
        pauseWhileAway.reset()
        guard let grant = response.grant else {
          // A coordinator that does not wait, because it stops, must not be asked in a loop.
          await stop.sleep(for: .milliseconds(max(100, min(response.retryAfterMilliseconds, 60_000))), equipment.clock)
          continue
        }
        activity?.begin()
        let outcome = await runner.run(grant, granted: equipment.clock.uptime)
        activity?.end()
        note(grant, outcome)
        switch outcome {
        case .done(let measured):
          pauseAfterFailure.reset()
          // Half old, half new: one odd job must not make the next one ten times too large.
          if let measured, slot == .bulk { pace = pace.map { ($0 + measured) / 2 } ?? measured }
        case .failed: await stop.sleep(for: pauseAfterFailure.take(), equipment.clock)
        case .returned, .cancelled, .lost: break
        }
      } catch let error as ConversationError {
        switch error.code {
        case .notEnrolled, .refused, .leaseLost: throw error
        case .cancelled: continue
        case .passing:
          if !isAway, slot == .bulk {
            equipment.log.note("the coordinator does not answer, trying again: \(error)")
          }
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
    case .cancelled(let reason): equipment.log.note("\(grant.job) of \(grant.scan) stopped: \(reason)")
    case .lost(let reason): equipment.log.note("\(grant.job) lost: \(reason)")
    case .failed(let reason): equipment.log.note("\(grant.job) failed: \(reason)")
    }
  }
}
