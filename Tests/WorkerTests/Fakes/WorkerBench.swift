import Model
import Synchronization
import Wire
import WorkerSupport

@testable import Worker

/// An agent's worker between fakes.
struct WorkerBench {
  let coordinator: FakeCoordinator
  let prober: FakeProber
  var naming = FakeNaming()
  var inventory: any InventorySource = NoInventory()
  var spool = MemorySpool()
  var clock = TestClock()
  let log = TestLog()
  let stop: StopSignal
  var policy = LocalPolicy.standard
  var duties: Set<Duty> = [.scan]
  /// The minor version of the protocol that the coordinator speaks.
  let protocolMinor: Int?

  init(
    _ answers: FakeCoordinator.Answers, prober: FakeProber = .complete, stop: StopSignal = StopSignal(),
    protocolMinor: Int? = nil
  ) {
    self.protocolMinor = protocolMinor
    coordinator = FakeCoordinator(answers)
    self.prober = prober
    self.stop = stop
  }

  private var status: AgentStatus {
    AgentStatus(
      agent: AgentID(1), duties: Array(duties), now: Samples.coordinatorTime, inventoryMilliseconds: 60_000,
      protocolMinor: protocolMinor, helloMilliseconds: 30_000)
  }

  func work() async throws {
    try await AgentWorker(
      equipment: .init(
        conversation: coordinator, prober: prober, naming: naming, inventory: inventory, spool: spool, clock: clock,
        log: log, policy: policy, services: .builtIn, renewalExecutor: QueueExecutor(), epoch: "epoch"), status: status,
      stop: stop
    ).run()
  }

  /// Works until the coordinator has been asked for work `count` times, and then is told to stop.
  func work(untilAsked count: Int) async throws {
    let seen = Mutex(0)
    async let working: Void = work()
    await coordinator.wait { event in
      seen.withLock { seen in
        if event == .asked { seen += 1 }
        return seen == count
      }
    }
    stop.stop()
    try await working
  }
}

struct NoInventory: InventorySource {
  func sample() async throws -> InventorySample { InventorySample(addresses: [], listeners: []) }
}

/// Counts calls.
final class Counter: Sendable {
  private let count = Mutex(0)

  /// The number of this call, from 1.
  func next() -> Int {
    count.withLock { count in
      count += 1
      return count
    }
  }
}
