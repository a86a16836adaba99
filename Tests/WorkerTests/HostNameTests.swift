import Model
import Testing
import Wire
import WorkerSupport

@testable import Worker

/// Names of the hosts of a job, looked up beside the probing.
@Suite(.timeLimit(.minutes(10))) struct HostNameTests {
  private static func grant(hosts: Int) -> LeaseGrant {
    var grant = Samples.grant(hosts: hosts, ports: 2)
    grant.names = true
    return grant
  }

  private static func host(_ number: UInt32) -> HostAddress { HostAddress(IPAddress(ipv4: 0x0A00_0000 + number)) }

  @Test("Hosts that answer are asked for once, and their names leave in a chunk before the last word")
  func tellsNames() async throws {
    var bench = WorkerBench(
      .init(leases: [Samples.response(Self.grant(hosts: 4))]),
      prober: FakeProber { work, run in
        let seen = Samples.observations(of: work).map { seen in
          // Of the last host nothing comes back.
          seen.hostOffset < 3
            ? seen
            : ProbeObservation(
              block: seen.block, hostOffset: seen.hostOffset, portOffset: seen.portOffset, host: seen.host,
              endpoint: seen.endpoint, state: .filtered, reason: .noResponse, isSelfView: false, roundTrip: nil,
              observedAt: seen.observedAt)
        }
        run.see(seen)
        run.end()
      })
    bench.naming = FakeNaming(lateBy: 3) { address in
      switch address {
      case Self.host(0).address: .name("web.example")
      case Self.host(1).address: .noName
      // No name: the resolver gave octets that are none.
      default: .name("web example\u{1b}")
      }
    }
    try await bench.work(untilAsked: 2)
    #expect(bench.naming.questions.map(\.asked) == [[Self.host(0), Self.host(1), Self.host(2)]])
    let names = bench.coordinator.chunks.flatMap { $0.names ?? [] }
    #expect(names.map(\.host) == [Self.host(0), Self.host(1)])
    #expect(names.map(\.name) == ["web.example", nil])
    #expect(names.allSatisfy { $0.observedAt >= Samples.coordinatorTime })
    // Once all have answered nobody waits any longer.
    #expect(bench.clock.pauses.count { $0 == .milliseconds(50) } == 3)
    #expect(bench.coordinator.finishes.map(\.outcome) == [.done])
    #expect(bench.coordinator.finishes.map(\.chunkCount) == [bench.coordinator.chunks.count])
    #expect(
      bench.log.lines.first == "job:7: names are not known: of 1 host it is no text that a name may be")
  }

  @Test("Name servers that do not answer are waited for a while, and the job is done without them")
  func givesUp() async throws {
    var bench = WorkerBench(.init(leases: [Samples.response(Self.grant(hosts: 2))]))
    bench.naming = FakeNaming { $0 == Self.host(0).address ? .name("web.example") : nil }
    try await bench.work(untilAsked: 2)
    #expect(bench.coordinator.chunks.flatMap { $0.names ?? [] }.map(\.name) == ["web.example"])
    #expect(bench.coordinator.finishes.map(\.outcome) == [.done])
    #expect(bench.naming.questions.first?.isGivenUp ?? false)
    #expect(bench.log.lines.contains { $0.contains("of 1 host no resolver told it in time") })
  }

  @Test(
    "Hosts for which there is no room are asked for when there is, and slow answers are waited for as long as they come"
  )
  func asksAgain() async throws {
    var bench = WorkerBench(.init(leases: [Samples.response(Self.grant(hosts: 9))]))
    bench.naming = FakeNaming(lateBy: 150, room: 2) { _ in .name("web.example") }
    try await bench.work(untilAsked: 2)
    #expect(bench.coordinator.chunks.flatMap { $0.names ?? [] }.map(\.host) == (0..<9).map(Self.host))
    #expect(bench.naming.questions.map(\.asked) == [(0..<9).map(Self.host)])
    #expect(bench.log.lines == ["job:7 of scan:2 done"])
  }

  @Test("Of a job that is given back the names that came are told")
  func tellsNamesOfCutJobs() async throws {
    var bench = WorkerBench(
      .init(leases: [Samples.response(Self.grant(hosts: 3))]),
      prober: FakeProber { work, run in
        run.see(Array(Samples.observations(of: work).prefix(2)))
        run.end()
      })
    bench.naming = FakeNaming { _ in .name("web.example") }
    try await bench.work(untilAsked: 2)
    #expect(bench.coordinator.chunks.flatMap { $0.names ?? [] }.map(\.host) == [Self.host(0)])
    #expect(bench.coordinator.finishes.map(\.outcome) == [.returned])
  }

  @Test("Where nobody asks for names, no name server is asked")
  func asksOnlyWhenWanted() async throws {
    let bench = WorkerBench(.init(leases: [Samples.response(Samples.grant(hosts: 2))]))
    try await bench.work(untilAsked: 2)
    #expect(bench.naming.questions.isEmpty)
    #expect(bench.coordinator.chunks.allSatisfy { $0.names == nil })
  }
}
