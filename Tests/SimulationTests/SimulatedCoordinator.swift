import CoordinatorCore
import CoordinatorServices
import CoordinatorStore
import Foundation
import Model
import QueryPlans
import SeededRandom
import Synchronization

/// The coordinator's services on a file, which can be killed and started anew; its clock stands still until it is moved.
final class SimulatedCoordinator {
  static let settings = settings(firstJob: 12)

  /// In some fleets jobs are large enough to be halved.
  private static func settings(firstJob: Int) -> FleetSettings {
    FleetSettings(attemptLimit: 3, jobBudget: JobBudget(duration: .seconds(30), first: firstJob, largest: 64))
  }

  let clock: TestClock
  let sabotage = Sabotage()
  private let path: String
  private let laneSeeds: LaneSeeds
  private let firstJob: Int
  private var store: SQLiteStore
  private var working: Task<Void, any Error>
  private(set) var context: FleetContext

  var leases: LeaseService { LeaseService(context: context) }
  var results: ResultService { ResultService(context: context) }
  var scans: ScanService { ScanService(context: context, resolver: NamedHosts()) }
  var access: AccessService { AccessService(context: context) }
  var fleet: FleetService { FleetService(context: context) }
  var halts: HaltService { HaltService(context: context) }
  var chart: ChartService { ChartService(context: context) }

  init(path: String, clock: TestClock, seed: UInt64) throws {
    self.path = path
    self.clock = clock
    laneSeeds = LaneSeeds(seed: seed)
    firstJob = seed % 3 == 0 ? 64 : 12
    (store, context, working) = try Self.open(path, clock, sabotage, laneSeeds, firstJob)
  }

  private static func open(
    _ path: String, _ clock: TestClock, _ sabotage: Sabotage, _ laneSeeds: LaneSeeds, _ firstJob: Int
  ) throws -> (SQLiteStore, FleetContext, Task<Void, any Error>) {
    let store = try SQLiteStore(path: path, durability: .none, watch: PlanWatch(sabotage))
    let queue = CommitQueue(store: store)
    let context = FleetContext(
      store: store, queue: queue, clock: clock, settings: settings(firstJob: firstJob), services: .builtIn,
      laneSeed: laneSeeds.next)
    return (store, context, Task { try await queue.run() })
  }

  /// Ends everything that runs, and starts on the same file: what was in memory alone is gone.
  func restart() async throws {
    sabotage.lift()
    try await close()
    (store, context, working) = try Self.open(path, clock, sabotage, laneSeeds, firstJob)
    let until = clock.now + Self.settings.leaseDuration
    try await context.queue.commit { try $0.extendRunningLeases(until: until) }
  }

  func close() async throws {
    working.cancel()
    try await working.value
    try store.close()
  }
}

/// The seeds of lanes, which are drawn wherever a scan is stored.
private final class LaneSeeds: Sendable {
  private let random: Mutex<SeededGenerator>

  init(seed: UInt64) { random = Mutex(SeededGenerator(seed: seed)) }

  func next() -> UInt64 { random.withLock { $0.next() } }
}
