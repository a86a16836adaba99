import Model
import Synchronization
import Testing
import Wire

@testable import Worker

@Suite(.timeLimit(.minutes(10))) struct ExpressTests {
  /// A bulk job that runs until it is cancelled, and express jobs that end at once.
  private static func prober() -> FakeProber {
    FakeProber { work, run in
      guard work.blocks.flatMap(\.hosts).count > 1 || work.blocks[0].ports.count > 5 else {
        run.see(Samples.observations(of: work))
        run.end()
        return
      }
    }
  }

  /// The clock of these tests runs ahead with every hello: a lease of the usual length may be over before it is kept.
  private static func lasting(_ grant: LeaseGrant) -> LeaseGrant {
    var grant = grant
    grant.leaseMilliseconds = 1 << 40
    return grant
  }

  @Test("While a bulk job runs the agent asks for express jobs too, and does them beside it")
  func worksBeside() async throws {
    let bench = WorkerBench(
      .init(
        leases: [Samples.response(Self.lasting(Samples.grant(hosts: 3, ports: 20)))],
        express: [Samples.response(Self.lasting(Samples.grant(job: 8, hosts: 1, ports: 2)))]), prober: Self.prober(),
      protocolMinor: 1)
    let seen = Mutex(0)
    async let working: Void = bench.work()
    await bench.coordinator.wait { event in
      seen.withLock { seen in
        if event == .askedForExpress { seen += 1 }
        return seen == 2
      }
    }
    #expect(bench.coordinator.finishes.map(\.outcome) == [.done], "the bulk job still runs")
    bench.stop.stop()
    try await working
    #expect(bench.coordinator.finishes.map(\.outcome) == [.done, .returned])
  }

  @Test("An idle agent asks for no express job; nor does one whose coordinator knows none")
  func asksOnlyWhenBusy() async throws {
    let idle = WorkerBench(.init(), protocolMinor: 1)
    try await idle.work(untilAsked: 1)
    #expect(!idle.coordinator.history.contains(.askedForExpress))
    let old = WorkerBench(.init(leases: [Samples.response(Samples.grant())]))
    try await old.work(untilAsked: 2)
    #expect(!old.coordinator.history.contains(.askedForExpress))
    #expect(!old.coordinator.history.contains { if case .greeted = $0 { true } else { false } })
  }

  @Test(
    "Requests for work are numbered through both slots, unless the coordinator knows no numbers", arguments: [1, 3, 4])
  func numbersItsRequests(minor: Int) async throws {
    let bench = WorkerBench(
      .init(
        leases: [Samples.response(Self.lasting(Samples.grant(hosts: 3, ports: 20)))],
        express: [Samples.response(Self.lasting(Samples.grant(job: 8, hosts: 1, ports: 2)))]), prober: Self.prober(),
      protocolMinor: minor)
    let seen = Mutex(0)
    async let working: Void = bench.work()
    await bench.coordinator.wait { event in
      seen.withLock { seen in
        if event == .askedForExpress { seen += 1 }
        return seen == 2
      }
    }
    let numbers = bench.coordinator.requestNumbers.withLock { $0 }
    #expect(numbers == (minor >= 4 ? [1, 2, 3] : [nil, nil, nil]))
    bench.stop.stop()
    try await working
  }

  @Test("The agent says hello again and again, and ends when it is a copy of another")
  func saysHello() async throws {
    let greetings = Counter()
    let bench = WorkerBench(
      .init(status: {
        guard greetings.next() < 4 else { throw ConversationError(.refused, "it is a copy") }
        return AgentStatus(
          agent: AgentID(1), duties: [.scan], now: Samples.coordinatorTime, inventoryMilliseconds: 60_000,
          protocolMinor: 1, helloMilliseconds: 1_000)
      }), protocolMinor: 1)
    let error = await #expect(throws: ConversationError.self) { try await bench.work() }
    #expect(error?.description == "it is a copy")
    #expect(bench.coordinator.history.count { if case .greeted = $0 { true } else { false } } == 4)
  }

  @Test("Told to stop while an express job runs, the agent reports and gives back both its jobs")
  func windsUpBoth() async throws {
    let bench = WorkerBench(
      .init(
        leases: [Samples.response(Samples.grant(hosts: 3, ports: 20))],
        express: [Samples.response(Samples.grant(job: 8, hosts: 3, ports: 20))]), prober: Self.prober(),
      protocolMinor: 1)
    async let working: Void = bench.work()
    while bench.prober.works.count < 2 { await Task.yield() }
    bench.stop.stop()
    try await working
    #expect(bench.coordinator.finishes.map(\.outcome) == [.returned, .returned])
  }
}
