import Model
import Testing
import Wire
import WorkerSupport

@testable import Worker

@Suite(.timeLimit(.minutes(10))) struct AgentWorkerTests {
  private static let passing = ConversationError(.passing, "nobody answers")

  @Test("A job's results leave in chunks, and then the agent says that it is done")
  func reportsAndFinishes() async throws {
    let bench = WorkerBench(
      .init(leases: [Samples.response(Samples.grant(hosts: 3, ports: 20))]),
      prober: FakeProber { work, run in
        run.see(Samples.observations(of: work, at: .seconds(1_002)))
        run.end()
      })
    try await bench.work(untilAsked: 2)
    let chunk = try #require(bench.coordinator.chunks.first)
    #expect(bench.coordinator.chunks.count == 1)
    #expect(chunk.lease == Samples.lease)
    #expect(chunk.number == 0)
    #expect(chunk.completed.endpointCount == 60)
    #expect(chunk.ranges.count == 3)
    #expect(chunk.ranges.first?.observedAt == Samples.coordinatorTime + .seconds(2), "dated by the coordinator's clock")
    #expect(bench.coordinator.finishes == [FinishRequest(lease: Samples.lease, outcome: .done, chunkCount: 1)])
    #expect(bench.log.lines == ["job:7 of scan:2 done"])
  }

  @Test("Chunks leave while probing goes on, numbered in order")
  func chunksAreNumbered() async throws {
    let bench = WorkerBench(
      .init(leases: [Samples.response(Samples.grant(hosts: 2, ports: 40_000))]),
      prober: FakeProber { work, run in
        let all = Samples.observations(of: work)
        run.see(Array(all.prefix(70_000)))
        run.see(Array(all.dropFirst(70_000)))
        run.end()
      })
    try await bench.work(untilAsked: 2)
    #expect(bench.coordinator.chunks.map(\.number) == [0, 1])
    #expect(bench.coordinator.chunks.map(\.completed.endpointCount) == [70_000, 10_000])
    #expect(bench.coordinator.finishes.map(\.chunkCount) == [2])
  }

  @Test("What the coordinator cannot take now is sent again, unchanged, until it is taken")
  func passingErrorsAreRetried() async throws {
    let reports = Counter()
    let finishes = Counter()
    let bench = WorkerBench(
      .init(
        leases: [Samples.response(Samples.grant())],
        report: { _ in
          if reports.next() < 20 { throw Self.passing }
          return ChunkReceipt(isCounted: true)
        },
        finish: { _ in if finishes.next() < 4 { throw Self.passing } }))
    try await bench.work(untilAsked: 2)
    let chunks = bench.coordinator.chunks
    #expect(chunks.count == 20)
    #expect(chunks.allSatisfy { $0 == chunks.first })
    #expect(bench.coordinator.finishes.count == 4)
    #expect(bench.coordinator.finishes.allSatisfy { $0.outcome == .done && $0.chunkCount == 1 })
  }

  @Test("A lost lease stops the probing at once; nothing is said about a job that is somebody else's")
  func lostLeaseStops() async throws {
    let runs = AsyncStream.makeStream(of: FakeRun.self)
    let bench = WorkerBench(
      .init(
        leases: [Samples.response(Samples.grant())],
        renew: { _ in throw ConversationError(.leaseLost, "the lease is not yours") }),
      // Never ends by itself.
      prober: FakeProber { work, run in
        run.see(Array(Samples.observations(of: work).prefix(3)))
        runs.continuation.yield(run)
      })
    try await bench.work(untilAsked: 2)
    var iterator = runs.stream.makeAsyncIterator()
    #expect(await iterator.next()?.isCancelled == true)
    #expect(bench.coordinator.finishes.isEmpty)
    #expect(bench.log.lines == ["job:7 lost: the lease is not yours"])
  }

  @Test("Results that are not counted any more mean that the lease is lost")
  func uncountedChunkIsLost() async throws {
    let bench = WorkerBench(
      .init(leases: [Samples.response(Samples.grant())], report: { _ in ChunkReceipt(isCounted: false) }))
    try await bench.work(untilAsked: 2)
    #expect(bench.coordinator.finishes.isEmpty)
    #expect(bench.log.lines.first?.hasPrefix("job:7 lost:") == true)
  }

  @Test("A cancelled scan stops the probing; what was seen is reported and the job ended")
  func cancelStops() async throws {
    let bench = WorkerBench(
      .init(
        leases: [Samples.response(Samples.grant())],
        renew: { _ in RenewResponse(order: .cancel, reason: "a storm", leaseMilliseconds: 30_000) }),
      prober: FakeProber { work, run in run.see(Array(Samples.observations(of: work).prefix(4))) })
    try await bench.work(untilAsked: 2)
    #expect(bench.coordinator.chunks.map(\.completed.endpointCount) == [4])
    #expect(bench.coordinator.finishes.map(\.outcome) == [.returned])
    #expect(bench.log.lines == ["job:7 of scan:2 stopped: a storm"])
  }

  @Test("Told to stop, it stops probing, reports what was seen, and gives the job back")
  func stopGivesBack() async throws {
    let stop = StopSignal()
    let bench = WorkerBench(
      .init(leases: [Samples.response(Samples.grant()), Samples.response(Samples.grant(job: 8))]),
      prober: FakeProber { work, run in
        run.see(Array(Samples.observations(of: work).prefix(4)))
        stop.stop()
      }, stop: stop)
    try await bench.work()
    #expect(bench.coordinator.chunks.map(\.completed.endpointCount) == [4])
    #expect(
      bench.coordinator.finishes
        == [FinishRequest(lease: Samples.lease, outcome: .returned, chunkCount: 1, reason: "the agent is stopping")])
    #expect(bench.prober.works.count == 1, "nothing new is begun")
  }

  @Test(
    "Told to stop while the coordinator is away and the spool full, it gives the job back as returned, tries a few times, and ends"
  )
  func stopWhileAway() async throws {
    let stop = StopSignal()
    let bench = WorkerBench(
      .init(
        leases: [Samples.response(Samples.grant())],
        report: { _ in
          stop.stop()
          throw Self.passing
        }, finish: { _ in throw Self.passing }), stop: stop)
    bench.spool.setFull(true)
    try await bench.work()
    #expect(bench.coordinator.finishes.map(\.outcome) == [.returned, .returned, .returned])
    #expect(bench.coordinator.finishes.allSatisfy { $0.chunkCount == 0 })
  }

  @Test("Told to stop while it waits for work, it ends at once")
  func stopWhileIdle() async throws {
    let bench = WorkerBench(.init())
    try await bench.work(untilAsked: 1)
    #expect(bench.coordinator.history == [.asked])
  }

  @Test("A job whose addresses and ports do not fit its numbers is failed, not probed")
  func misfitIsFailed() async throws {
    var grant = Samples.grant(ports: 10)
    grant.blocks[0].ports = "T:1-9"
    let bench = WorkerBench(.init(leases: [Samples.response(grant)]))
    try await bench.work(untilAsked: 2)
    #expect(bench.prober.works.isEmpty)
    let finish = try #require(bench.coordinator.finishes.first)
    #expect(finish.outcome == .failed && finish.chunkCount == 0)
    #expect(finish.reason?.contains("do not fit") == true)
  }

  @Test("A job that the engine cannot begin is failed, with the reason")
  func unbegunIsFailed() async throws {
    let bench = WorkerBench(
      .init(leases: [Samples.response(Samples.grant())]),
      prober: FakeProber { _, _ in throw ConversationError(.refused, "no descriptors") })
    try await bench.work(untilAsked: 2)
    #expect(bench.coordinator.finishes.map(\.outcome) == [.failed])
    #expect(bench.log.lines == ["job:7 failed: the job cannot be begun: no descriptors"])
  }

  @Test("A chunk that the coordinator refuses fails the job, and the agent goes on with another")
  func refusedChunkFails() async throws {
    let reports = Counter()
    let bench = WorkerBench(
      .init(
        leases: [Samples.response(Samples.grant()), Samples.response(Samples.grant(job: 8))],
        report: { _ in
          if reports.next() == 1 { throw ConversationError(.refused, "these do not add up") }
          return ChunkReceipt(isCounted: true)
        }))
    try await bench.work(untilAsked: 3)
    #expect(bench.coordinator.finishes.map(\.outcome) == [.failed, .done])
    #expect(bench.coordinator.finishes.first?.reason == "these do not add up")
  }

  @Test("Goes on by itself after the coordinator was away, and says so once")
  func goesOn() async throws {
    let bench = WorkerBench(
      .init(
        leases: [
          .failure(Self.passing), .failure(Self.passing), .failure(Self.passing), Samples.response(Samples.grant()),
        ]
      ))
    try await bench.work(untilAsked: 5)
    #expect(bench.coordinator.finishes.map(\.outcome) == [.done])
    #expect(
      bench.log.lines == [
        "the coordinator does not answer, trying again: nobody answers", "the coordinator is back",
        "job:7 of scan:2 done",
      ])
  }

  @Test("A coordinator that has been back is tried again soon when it is away once more")
  func pausesBeginAnew() async throws {
    let away = Array(repeating: Result<LeaseResponse, ConversationError>.failure(Self.passing), count: 10)
    let bench = WorkerBench(.init(leases: away + [Samples.response(nil), .failure(Self.passing)]))
    try await bench.work(untilAsked: 13)
    let pauses = bench.clock.pauses
    #expect(pauses.count == 12)
    #expect(pauses.dropLast(2).last.map { $0 > .seconds(5) } == true, "they had grown")
    #expect(pauses.last.map { $0 <= .milliseconds(250) } == true)
  }

  @Test(
    "An agent that is not enrolled any more, or is refused work, ends",
    arguments: [
      ConversationError.Code.notEnrolled, .refused,
    ])
  func strangersEnd(code: ConversationError.Code) async {
    let bench = WorkerBench(.init(leases: [.failure(ConversationError(code, "go away"))]))
    do {
      try await bench.work()
      Issue.record("there is nothing to work for")
    } catch {
      #expect((error as? ConversationError)?.code == code)
    }
  }

  @Test("The host's own rate and rules bind whatever the coordinator asks for")
  func policyBinds() async throws {
    var bench = WorkerBench(.init(leases: [Samples.response(Samples.grant(pace: JobPace(probesPerSecond: 200)))]))
    bench.policy = try LocalPolicy(
      try KeyValueFile("rate = 50\ndeny = 10.0.0.0", keys: LocalPolicy.keys), services: .builtIn)
    try await bench.work(untilAsked: 2)
    let work = try #require(bench.prober.works.first)
    #expect(work.probesPerSecond == 50)
    #expect(!work.isAllowed(try #require(HostAddress("10.0.0.0")), ProtocolPort(.tcp, 1)))
    #expect(work.isAllowed(try #require(HostAddress("10.0.0.1")), ProtocolPort(.tcp, 1)))
  }
}
