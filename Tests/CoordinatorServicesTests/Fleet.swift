import CoordinatorCore
import CoordinatorStore
import Model
import QueryPlans
import Schedules
import Testing

@testable import CoordinatorServices

/// A coordinator without its HTTP: services on an SQLite file of the test's own, a running commit queue, and a clock
/// that the test moves.
struct Fleet: Sendable {
  let context: FleetContext
  let clock: TestClock
  let path: String
  private let resolver: NamedHosts

  var leases: LeaseService { LeaseService(context: context) }
  var results: ResultService { ResultService(context: context) }
  var scans: ScanService { ScanService(context: context, resolver: resolver) }
  var access: AccessService { AccessService(context: context) }
  var places: FleetService { FleetService(context: context) }
  var chart: ChartService { ChartService(context: context) }
  var comparisons: ComparisonService { ComparisonService(context: context) }
  var findings: FindingService { FindingService(context: context) }
  var halts: HaltService { HaltService(context: context) }
  var schedules: ScheduleService { ScheduleService(context: context, scans: scans) }
  var blackouts: BlackoutService { BlackoutService(context: context) }
  var reaper: LeaseReaper { LeaseReaper(context: context) }

  /// Jobs of 16 probes, so that small scans have several.
  static let settings = FleetSettings(
    attemptLimit: 3, jobBudget: JobBudget(duration: .seconds(30), first: 16, largest: 1 << 20),
    // By the machine's own clock: a busy one must not end a request before what it waits for.
    longestWait: .seconds(600))

  static let universal: any TimeZoneSource = UniversalTime()

  /// Europe/Berlin by its rule alone, a TZif file of version 2 (RFC 8536, 3).
  static var berlin: [UInt8] {
    let header =
      Array("TZif2".utf8) + [UInt8](repeating: 0, count: 15)
      + [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 4]
    let block = [0, 0, 0, 0, 0, 0] + Array("UTC".utf8) + [0]
    return header + block + header + block + Array("\nCET-1CEST,M3.5.0,M10.5.0/3\n".utf8)
  }

  static func run(
    settings: FleetSettings = settings, resolver: NamedHosts = NamedHosts(),
    timeZones: any TimeZoneSource = universal, watch: (any StatementWatch)? = nil,
    _ body: (Fleet) async throws -> Void
  ) async throws {
    let folder = try TemporaryFolder()
    try await run(
      path: folder.path("periplus.sqlite"), clock: TestClock(), settings: settings, resolver: resolver,
      timeZones: timeZones, watch: watch, body)
  }

  /// On a file that may be there already; the file is closed afterwards.
  static func run(
    path: String, clock: TestClock, settings: FleetSettings = settings, resolver: NamedHosts = NamedHosts(),
    timeZones: any TimeZoneSource = universal, watch: (any StatementWatch)? = nil,
    _ body: (Fleet) async throws -> Void
  ) async throws {
    let store = try SQLiteStore(path: path, watch: PlanWatch(watch))
    let queue = CommitQueue(store: store)
    let context = FleetContext(
      store: store, queue: queue, clock: clock, settings: settings, services: .builtIn,
      timeZones: timeZones)
    let running = Task { try await queue.run() }
    let outcome: Result<Void, any Error>
    do {
      try await body(Fleet(context: context, clock: clock, path: path, resolver: resolver))
      outcome = .success(())
    } catch {
      outcome = .failure(error)
    }
    running.cancel()
    try await running.value
    try outcome.get()
    try store.close()
  }

  private init(context: FleetContext, clock: TestClock, path: String, resolver: NamedHosts) {
    self.context = context
    self.clock = clock
    self.path = path
    self.resolver = resolver
  }

  func enrol(
    _ name: String, zone: String = "default", duties: Set<Duty> = [.scan, .inventory], tags: [String] = []
  ) async throws -> AgentRecord {
    let request = AccessService.TokenRequest.join(
      site: "default", zone: zone, createZone: true, duties: duties, tags: tags, uses: 1)
    let token = try await access.issue(request, expiresIn: nil, note: nil).secret
    return try await places.enrol(Self.introduction(name), joinToken: token).agent
  }

  /// The agent says what it can do.
  func hello(
    _ agent: AgentRecord, minor: Int = 2, _ capabilities: Set<AgentCapability> = Set(AgentCapability.allCases)
  ) async throws {
    try await places.hello(
      .init(run: "run of \(agent.name)", machine: nil, hostName: agent.hostName), of: agent,
      facts: AgentFacts(
        version: "1", hostName: agent.hostName, operatingSystem: "Linux", protocolMinor: minor,
        capabilities: capabilities), report: AgentReport(clockSkew: .zero, spool: nil))
  }

  static func introduction(_ name: String) -> FleetService.Introduction {
    .init(name: name, installation: "i", version: "1", hostName: name, operatingSystem: "Linux")
  }

  /// 16 hosts and 4 ports unless said otherwise: four jobs.
  func submit(
    _ targets: String = "10.0.0.0/28", ports: String = "1-4", zones: [String] = [],
    _ change: (inout ScanService.Submission) -> Void = { _ in }
  ) async throws -> ScanID {
    var submission = ScanService.Submission(targets: [targets])
    submission.ports = ports
    submission.zones = zones
    change(&submission)
    return try #require(try await scans.submit(submission, by: .local).scan).record.id
  }

  func grant(_ agent: AgentRecord) async throws -> LeaseService.Grant? {
    try await leases.grant(to: agent, probesPerSecond: nil, waiting: .zero)
  }

  func state(_ scan: ScanID) async throws -> ScanState { try await scans.scan(scan).state.record.state }

  /// What the receipts of a scan's lanes add up to; checks that no lane counts more than it holds.
  func coverage(_ scan: ScanID) async throws -> LaneCoverage {
    let state = try await scans.scan(scan).state
    let size = state.record.request.hostCount * UInt128(state.record.request.portCount)
    for lane in state.lanes {
      let coverage = lane.record.coverage
      #expect(coverage.probed + coverage.skipped + coverage.failed <= size)
      #expect(lane.failures.reduce(0) { $0 + $1.count } == coverage.failed)
      #expect(lane.skips.reduce(0) { $0 + $1.count } == coverage.skipped)
    }
    return state.lanes.reduce(LaneCoverage()) { $0 + $1.record.coverage }
  }

  /// Grants, reports and finishes until there is no more work for the agent; returns what was granted to it.
  @discardableResult
  func workThrough(_ agent: AgentRecord, open: Set<ProtocolPort> = []) async throws -> [WorkRectangle] {
    var worked: [WorkRectangle] = []
    while let grant = try await grant(agent) {
      let rectangles = grant.blocks.map(\.rectangle)
      worked += rectangles
      _ = try await report(grant, by: agent, number: 0, rectangles, open: open)
      try await finish(grant, by: agent, chunks: 1)
    }
    return worked
  }
}

extension Sequence {
  func asyncMap<Result>(_ transform: (Element) async throws -> Result) async rethrows -> [Result] {
    var results: [Result] = []
    for element in self { results.append(try await transform(element)) }
    return results
  }
}
