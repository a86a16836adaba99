import Model
import Testing
import Wire
import WorkerSupport

@testable import Worker

/// Hosts of a job that answer nothing but an echo.
@Suite(.timeLimit(.minutes(10))) struct EchoTests {
  private static let host = HostAddress(IPAddress(ipv4: 0x0A00_0000))

  /// Every port silent, and the echo answered.
  private static func prober() -> FakeProber {
    FakeProber { work, run in
      let silent = Samples.observations(of: work).map { seen in
        ProbeObservation(
          block: seen.block, hostOffset: seen.hostOffset, portOffset: seen.portOffset, host: seen.host,
          endpoint: seen.endpoint, state: .filtered, reason: .noResponse, isSelfView: false, roundTrip: nil,
          observedAt: seen.observedAt)
      }
      if work.asksEchoes {
        run.see(
          [],
          echoes: [ProbeEcho(block: 0, hostOffset: 0, host: host, isAnswered: true, observedAt: .seconds(1_000))])
      }
      run.see(silent)
      run.end()
    }
  }

  @Test("Asked by the grant alone, and told in a chunk")
  func tells() async throws {
    for isAsked in [nil, true] {
      var grant = Samples.grant(ports: 2)
      grant.echoes = isAsked
      let prober = Self.prober()
      let bench = WorkerBench(.init(leases: [Samples.response(grant)]), prober: prober)
      try await bench.work(untilAsked: 2)
      #expect(prober.works.map(\.asksEchoes) == [isAsked == true])
      let told = bench.coordinator.chunks.compactMap(\.hosts)
      #expect(told.joined().map(\.host) == (isAsked == true ? [Self.host] : []))
      #expect(told.joined().allSatisfy { $0.reason == .echoReply && $0.observedAt >= Samples.coordinatorTime })
      #expect(bench.coordinator.finishes.map(\.outcome) == [.done])
    }
  }

  @Test("A host that answers an echo alone is looked up by name, too")
  func asksForItsName() async throws {
    var grant = Samples.grant(ports: 2)
    (grant.echoes, grant.names) = (true, true)
    var bench = WorkerBench(.init(leases: [Samples.response(grant)]), prober: Self.prober())
    bench.naming = FakeNaming { _ in .name("quiet.example") }
    try await bench.work(untilAsked: 2)
    #expect(bench.coordinator.chunks.flatMap { $0.names ?? [] }.map(\.name) == ["quiet.example"])
  }
}
