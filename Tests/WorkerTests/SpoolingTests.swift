import Model
import SeededRandom
import Synchronization
import Testing
import Wire
import WorkerSupport

@testable import Worker

/// Results whose coordinator is away.
@Suite(.timeLimit(.minutes(10))) struct SpoolingTests {
  private static let passing = ConversationError(.passing, "nobody answers")

  /// A coordinator that can be away.
  private final class Presence: Sendable {
    private let away: Mutex<Bool>
    init(isAway: Bool) { away = Mutex(isAway) }
    func set(isAway: Bool) { away.withLock { $0 = isAway } }
    func demand() throws { if away.withLock({ $0 }) { throw SpoolingTests.passing } }
  }

  /// A job of three hosts.
  private static let grant = Samples.grant(hosts: 3, ports: 5)

  private let clock = TestClock()

  /// A prober that sees one host after the other, each two seconds after the one before, so that each makes a chunk.
  private var prober: FakeProber {
    FakeProber { [clock] work, run in
      run.beforeEach { clock.advance(by: .seconds(2)) }
      let all = Samples.observations(of: work)
      for host in 0..<3 { run.see(all.filter { $0.hostOffset == host }) }
      run.end()
    }
  }

  private func delivered(_ bench: WorkerBench) -> [Int] {
    var seen: [Int] = []
    for chunk in bench.coordinator.chunks where seen.last != chunk.number { seen.append(chunk.number) }
    return seen
  }

  @Test(
    "While results cannot be taken probing goes on and the lease is kept; when they can all arrives in order and counts"
  )
  func backWithinTheLease() async throws {
    let presence = Presence(isAway: true)
    let renewals = Counter()
    let spool = MemorySpool()
    // On the test's clock the pauses of the delivery go by at once: the lease must outlast them all.
    let longLease = 1_000_000_000
    var grant = Self.grant
    grant.leaseMilliseconds = longLease
    var bench = WorkerBench(
      .init(
        leases: [Samples.response(grant)],
        renew: { _ in
          // Back some renewals after everything has been probed and spooled, the last word included.
          if spool.appended == 4, renewals.next() == 20 { presence.set(isAway: false) }
          await Task.yield()
          return RenewResponse(order: .proceed, leaseMilliseconds: longLease)
        },
        report: { _ in
          try presence.demand()
          return ChunkReceipt(isCounted: true)
        }, finish: { _ in try presence.demand() }), prober: prober)
    bench.spool = spool
    bench.clock = clock
    try await bench.work(untilAsked: 2)
    #expect(spool.appended == 4)
    #expect(delivered(bench) == [0, 1, 2])
    #expect(bench.coordinator.chunks.suffix(3).map(\.number) == [0, 1, 2])
    #expect(bench.coordinator.finishes == [FinishRequest(lease: Samples.lease, outcome: .done, chunkCount: 3)])
    #expect(bench.coordinator.history.last == .asked, "new work is asked for when everything has arrived")
    #expect(bench.spool.contents == SpoolContents())
    #expect(
      bench.log.lines == [
        "results are spooled until the coordinator takes them: nobody answers",
        "all spooled results have been delivered",
        "job:7 of scan:2 done",
      ])
  }

  @Test("When it is back after the lease, what was seen arrives all the same, and before new work is asked for")
  func backAfterTheLease() async throws {
    let runs = Mutex<[FakeRun]>([])
    let tries = Counter()
    let spool = MemorySpool()
    var bench = WorkerBench(
      .init(
        leases: [Samples.response(Self.grant)], renew: { _ in throw Self.passing },
        report: { _ in
          // Back some tries after the lease has been given up, and what was seen until then has been spooled.
          guard runs.withLock({ $0.first?.isCancelled }) == true, spool.appended == 2, tries.next() > 50 else {
            throw Self.passing
          }
          return ChunkReceipt(isCounted: false)
        }),
      prober: FakeProber { [clock] work, run in
        run.beforeEach { clock.advance(by: .seconds(2)) }
        let all = Samples.observations(of: work)
        run.see(Array(all.prefix(4)))
        run.see(Array(all[4..<8]))
        runs.withLock { $0.append(run) }
      })
    bench.clock = clock
    bench.spool = spool
    try await bench.work(untilAsked: 2)
    #expect(bench.coordinator.chunks.suffix(2).map(\.number) == [0, 1])
    #expect(bench.coordinator.finishes.isEmpty, "there is nothing to say of a job that is somebody else's")
    #expect(bench.coordinator.history.last == .asked)
    #expect(bench.spool.contents == SpoolContents(), "late is not lost")
    #expect(bench.log.lines.contains { $0.hasPrefix("job:7 lost: the coordinator was away for longer") })
    #expect(bench.log.lines.count { $0.hasPrefix("results of job:7 arrived after its lease") } == 1)
  }

  @Test("What an agent has spooled when it ends, the next one delivers first")
  func restarted() async throws {
    let stop = StopSignal()
    var before = WorkerBench(
      .init(
        leases: [Samples.response(Samples.grant())],
        report: { _ in
          stop.stop()
          throw Self.passing
        }, finish: { _ in throw Self.passing }), stop: stop)
    before.spool = MemorySpool()
    try await before.work()
    #expect(before.spool.results.count == 2)
    #expect(before.coordinator.finishes.isEmpty, "an end does not wait for a coordinator that is away")
    #expect(before.log.lines.last == "2 spooled results wait for the next start")

    var after = WorkerBench(.init(leases: [Samples.response(Samples.grant(job: 8))]))
    after.spool = before.spool
    try await after.work(untilAsked: 2)
    let history = after.coordinator.history
    #expect(history.first == before.coordinator.history.last { if case .reported = $0 { true } else { false } })
    #expect(
      history.dropFirst().first
        == .finished(FinishRequest(lease: Samples.lease, outcome: .done, chunkCount: 1)))
    #expect(history.firstIndex(of: .asked) == 2)
    #expect(after.log.lines.first == "all spooled results have been delivered")
  }

  @Test("An agent that stops while results wait and the coordinator takes them again delivers them before it ends")
  func deliversAtTheEnd() async throws {
    let stop = StopSignal()
    let reports = Counter()
    var bench = WorkerBench(
      .init(
        leases: [Samples.response(Samples.grant())],
        report: { _ in
          if reports.next() == 1 { throw Self.passing }
          stop.stop()
          return ChunkReceipt(isCounted: true)
        }), stop: stop)
    bench.spool = MemorySpool()
    try await bench.work()
    #expect(bench.spool.contents.isEmpty)
    #expect(bench.coordinator.finishes.map(\.outcome) == [.done])
  }

  @Test(
    "A spooled result that the coordinator will never take is dropped with a line, and the next one is delivered",
    arguments: [ConversationError.Code.leaseLost, .refused])
  func unwanted(code: ConversationError.Code) async throws {
    var bench = WorkerBench(
      .init(
        report: { chunk in
          if chunk.number == 0 { throw ConversationError(code, "not this one") }
          return ChunkReceipt(isCounted: true)
        }, finish: { _ in throw ConversationError(code, "nor this") }))
    bench.spool = MemorySpool()
    for result in [
      SpoolConformance.chunk(0), SpoolConformance.chunk(1), SpoolConformance.finish(2),
      SpoolConformance.chunk(5, job: 8),
    ] {
      _ = try await bench.spool.append(result)
    }
    try await bench.work(untilAsked: 1)
    #expect(bench.coordinator.chunks.map(\.number) == [0, 1, 5])
    #expect(bench.spool.contents == SpoolContents(lostRecords: 1, lostBytes: 1), "a last word holds no results")
    #expect(
      bench.log.lines == [
        "a spooled result of job:7 is dropped: not this one", "a spooled last word of job:7 is dropped: nor this",
        "all spooled results have been delivered",
      ])
  }

  @Test("An agent that is not enrolled any more ends, and its spool stays")
  func strangersKeepTheSpool() async throws {
    var bench = WorkerBench(.init(report: { _ in throw ConversationError(.notEnrolled, "go away") }))
    bench.spool = MemorySpool()
    _ = try await bench.spool.append(SpoolConformance.chunk(0))
    do {
      try await bench.work()
      Issue.record("there is nothing to work for")
    } catch {
      #expect((error as? ConversationError)?.code == .notEnrolled)
    }
    #expect(bench.spool.results == [SpoolConformance.chunk(0)])
  }

  @Test("Without room in the spool results wait in memory, said once; with room they are spooled")
  func fullSpool() async throws {
    let presence = Presence(isAway: true)
    let reports = Counter()
    let spool = MemorySpool()
    var bench = WorkerBench(
      .init(
        leases: [Samples.response(Self.grant)],
        report: { _ in
          switch reports.next() {
          case 10: spool.setFull(false)
          case 20: presence.set(isAway: false)
          default: break
          }
          try presence.demand()
          return ChunkReceipt(isCounted: true)
        }), prober: prober)
    bench.spool = spool
    bench.clock = clock
    spool.setFull(true)
    try await bench.work(untilAsked: 2)
    #expect(bench.coordinator.chunks.prefix(10).allSatisfy { $0.number == 0 }, "the first is tried until there is room")
    #expect(delivered(bench).suffix(3) == [0, 1, 2])
    #expect(bench.coordinator.finishes.map(\.chunkCount) == [3])
    #expect(
      bench.log.lines.filter { $0.contains("memory") } == [
        "results wait in memory, and probing with them: nobody answers; they cannot be spooled: no room"
      ])
    #expect(spool.contents.isEmpty)
  }

  @Test("Where the coordinator says how long it wants to be left alone, it is")
  func retryAfter() async throws {
    let reports = Counter()
    var bench = WorkerBench(
      .init(report: { _ in
        if reports.next() == 1 { throw ConversationError(.passing, "busy", retryAfter: .seconds(77)) }
        return ChunkReceipt(isCounted: true)
      }))
    bench.spool = MemorySpool()
    _ = try await bench.spool.append(SpoolConformance.chunk(0))
    try await bench.work(untilAsked: 1)
    #expect(bench.clock.pauses.first == .seconds(77))
  }

  @Test(
    "Whenever the coordinator is away, every result arrives, those of a job in their order and the last word last",
    arguments: 0..<30 as Range<UInt64>)
  func flapping(seed: UInt64) async throws {
    let generator = Mutex(SeededGenerator(seed: seed))
    let spool = MemorySpool()
    @Sendable func flap() throws {
      let (isAway, isFull) = generator.withLock { generator in
        (Int.random(in: 0..<3, using: &generator) > 0, Int.random(in: 0..<3, using: &generator) == 0)
      }
      spool.setFull(isFull)
      if isAway { throw Self.passing }
    }
    let taken = Mutex<[String]>([])
    var bench = WorkerBench(
      .init(
        leases: [Samples.response(Self.grant), Samples.response(Samples.grant(job: 8, hosts: 3))],
        report: { chunk in
          try flap()
          taken.withLock { $0.append("\(chunk.number)") }
          return ChunkReceipt(isCounted: true)
        },
        finish: { _ in
          try flap()
          taken.withLock { $0.append("end") }
        }),
      prober: prober)
    bench.clock = clock
    bench.spool = spool
    try await bench.work(untilAsked: 3)
    #expect(taken.withLock { $0 } == ["0", "1", "2", "end", "0", "1", "2", "end"])
    #expect(spool.contents.isEmpty)
  }
}
