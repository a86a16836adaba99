package import Model
package import Wire

/// The agent's life with a coordinator: asks for work, does it, sends its inventory, and goes on by itself after the
/// coordinator was away.
package struct AgentWorker: Sendable {
  /// What the worker works with.
  package struct Equipment: Sendable {
    package let conversation: any CoordinatorConversation
    package let prober: any Prober
    package let naming: any HostNaming
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
      conversation: any CoordinatorConversation, prober: any Prober, naming: any HostNaming,
      inventory: any InventorySource,
      spool: any ResultSpool, clock: any WorkerClock, log: any WorkerLog, policy: LocalPolicy, services: ServiceNames,
      renewalExecutor: any SerialExecutor, epoch: String
    ) {
      self.conversation = conversation
      self.prober = prober
      self.naming = naming
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

  /// How long the end may take that results still have to be delivered; a service manager waits longer.
  private static let lastPatience = Duration.seconds(10)

  private let equipment: Equipment
  private let duties: Set<Duty>
  /// What the coordinator said at first contact; its minor version says what it understands.
  private let status: AgentStatus
  private let stop: StopSignal
  private let outbox: ResultOutbox
  /// Of this run's requests for work, in both slots; nil if the coordinator would refuse them.
  private let numbers: RequestNumbers?

  package init(equipment: Equipment, status: AgentStatus, stop: StopSignal) {
    self.equipment = equipment
    self.status = status
    duties = Set(status.duties)
    self.stop = stop
    numbers = (status.protocolMinor ?? 0) >= 4 ? RequestNumbers() : nil
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
      if isTalkative {
        let presence = PresenceReporter(
          conversation: equipment.conversation, spool: equipment.spool, clock: equipment.clock, stop: stop,
          interval: .milliseconds(status.helloMilliseconds ?? 60_000))
        group.addTask {
          try await presence.run()
          return nil
        }
      }
      let activity = BulkActivity(stop: stop)
      if hasExpressSlot {
        group.addTask {
          for await _ in activity.begins {
            try await loop(.express).run { activity.isBusy }
          }
          return .scan
        }
      }
      group.addTask {
        if duties.contains(.scan) { try await loop(.bulk).run(activity) } else { await stop.wait() }
        return .scan
      }
      // Scanning ends by itself once told to stop, when its jobs are wound up; the inventory has nothing to wind up.
      var loops = hasExpressSlot ? 2 : 1
      while loops > 0, let ended = try await group.next() { if ended == .scan { loops -= 1 } }
      group.cancelAll()
    }
    await outbox.deliverLast(within: Self.lastPatience)
  }

  /// Whether the coordinator knows more than the first version of the protocol.
  private var isTalkative: Bool { (status.protocolMinor ?? 0) >= 1 }

  /// The part of the host's ceiling that express jobs have: together with the bulk job they keep it.
  private static let expressShare = 10

  /// A ceiling too low to be divided leaves the bulk slot alone.
  private var hasExpressSlot: Bool {
    isTalkative && duties.contains(.scan) && (equipment.policy.probesPerSecond.map { $0 >= Self.expressShare } ?? true)
  }

  private func loop(_ slot: LeaseSlot) -> JobLoop {
    let ceiling = equipment.policy.probesPerSecond
    let share = ceiling.map {
      hasExpressSlot ? slot == .express ? $0 / Self.expressShare : $0 - $0 / Self.expressShare : $0
    }
    return JobLoop(
      equipment: equipment, outbox: outbox, slot: slot, probesPerSecond: share, numbers: numbers, stop: stop)
  }
}
