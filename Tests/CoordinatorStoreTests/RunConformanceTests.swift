import Model
import Testing

@testable import CoordinatorCore

/// What every store must answer about runs of ports in states other than open.
@Suite struct RunConformanceTests {
  private static let host = ChartHost(
    site: StoreFixture.site, scope: .site, address: IPAddress(ipv4: 0x0a00_0005))

  private func run(
    _ ports: ClosedRange<UInt16>, _ state: EndpointState, agent: AgentID, at second: Int, isSelfView: Bool = false
  ) -> ZoneRun {
    ZoneRun(
      zone: StoreFixture.zone, agent: agent, job: nil, isSelfView: isSelfView,
      run: PortStateRun(
        ports: ports, state: state, reason: .noResponse, observedAt: StoreFixture.start + .seconds(second)))
  }

  private func runs(_ session: any ReadSession, at port: Port) throws -> [ZoneRun] {
    try session.runs(of: Self.host, transport: .tcp, port: port)
  }

  @Test("Every port of merged runs can be asked, and lanes are kept apart")
  func answersForEachPort() async throws {
    let fixture = try await StoreFixture()
    let agent = fixture.agent
    try await fixture.store.change { session throws in
      let lane = try StoreFixture.insertLane(session)
      let other = try StoreFixture.insertLane(session)
      func merge(_ run: ZoneRun, _ lane: LaneID) throws {
        try session.mergeRun(run, lane: lane, host: Self.host, transport: .tcp)
      }
      try merge(run(0...99, .closed, agent: agent, at: 1), lane)
      try merge(run(100...65_535, .closed, agent: agent, at: 2), lane)
      try merge(run(50...59, .filtered, agent: agent, at: 3), lane)
      try merge(run(55...55, .unreachable, agent: agent, at: 0), lane)
      try merge(run(55...55, .unreachable, agent: agent, at: 9), other)
      #expect(try runs(session, at: 0).map(\.run.ports) == [0...49])
      #expect(try runs(session, at: 65_535).map(\.run.ports) == [60...65_535])
      #expect(Set(try runs(session, at: 55).map(\.run.state)) == [.filtered, .unreachable])
      #expect(try session.runs(of: Self.host, transport: .udp, port: 55).isEmpty)
    }
  }

  @Test("A run keeps who saw it, and whether it was a self view, when another agent's comes beside it")
  func keepsAttribution() async throws {
    let fixture = try await StoreFixture()
    let first = fixture.agent
    try await fixture.store.change { session throws in
      let second = try session.insertAgent(StoreFixture.newAgent("second"))
      let lane = try StoreFixture.insertLane(session)
      let own = run(1...10, .closed, agent: first, at: 1, isSelfView: true)
      let beside = run(11...20, .closed, agent: second, at: 2)
      let over = run(5...6, .filtered, agent: second, at: 3)
      for run in [own, beside, over] {
        try session.mergeRun(run, lane: lane, host: Self.host, transport: .tcp)
      }
      #expect(try runs(session, at: 4).map(\.agent) == [first])
      #expect(try runs(session, at: 4).map(\.isSelfView) == [true])
      #expect(try runs(session, at: 8).map(\.isSelfView) == [true])
      #expect(try runs(session, at: 11).map(\.isSelfView) == [false])
      #expect(try runs(session, at: 5).map(\.agent) == [second])
    }
  }
}
