import CoordinatorCore
import Model
import Testing

@testable import CoordinatorServices

/// `closed` only after several looks in a row.
@Suite struct ConfirmationTests {
  private static let web = ProtocolPort(.tcp, 80)
  private static let address = IPAddress(ipv4: 0x0a00_0001)

  private static var settings: FleetSettings {
    var settings = Fleet.settings
    settings.closeAfter = 3
    return settings
  }

  private func scan(
    _ fleet: Fleet, _ agent: AgentRecord, isOpen: Bool, because reason: ProbeReason = .connectionRefused
  ) async throws {
    _ = try await fleet.submit("10.0.0.1", ports: "80")
    let grant = try #require(try await fleet.grant(agent))
    fleet.clock.advance(by: .seconds(1))
    let chunk = try await fleet.chunk(
      grant, number: 0, grant.blocks.map(\.rectangle), open: isOpen ? [Self.web] : [],
      otherwise: reason == .noResponse ? .filtered : .closed, because: reason)
    // Sent twice, it is one look.
    for _ in 0..<2 { #expect(try await fleet.results.accept(chunk, under: Fleet.claim(grant), from: agent)) }
    try await fleet.finish(grant, by: agent, chunks: 1)
    fleet.clock.advance(by: .seconds(59))
  }

  private func kinds(_ fleet: Fleet) async throws -> [ChangeKind] {
    try await fleet.chart.changes(ChangeQuery(), after: nil, limit: 100).rows.map(\.kind)
  }

  @Test("A port that was missed once or twice is open still, and says so; the third look closes it as of the first")
  func holdsOpen() async throws {
    try await Fleet.run(settings: Self.settings) { fleet async throws in
      let agent = try await fleet.enrol("a", duties: [.scan])
      try await fleet.context.queue.commit { try $0.setWantedNotices([.closed, .reopened, .hostGone]) }
      try await scan(fleet, agent, isOpen: true)
      let missed = fleet.clock.now + .seconds(1)
      var pictures: [(time: Timestamp, state: EndpointState?)] = []
      for (looks, reason) in [ProbeReason.connectionRefused, .noResponse].enumerated() {
        try await scan(fleet, agent, isOpen: false, because: reason)
        let row = try #require(try await fleet.rows("10.0.0.1").first)
        #expect(row.summary.state == .open)
        #expect(row.summary.reason == .synAck)
        pictures.append((fleet.clock.now, .open))
        let explained = try await fleet.chart.explain(Self.address, Self.web, site: nil, own: nil).explanations[0]
        #expect(explained.views[0].view.state == (looks == 0 ? .closed : .filtered))
        #expect(explained.views[0].reason.contains(looks == 0 ? "in the last look" : "in the last 2 looks"))
      }
      #expect(try await kinds(fleet) == [.found, .hostFound])
      try await scan(fleet, agent, isOpen: false)
      #expect(try await fleet.rows("10.0.0.1").isEmpty)
      pictures.append((fleet.clock.now, .closed))
      let closed = try #require(try await fleet.chart.changes(ChangeQuery(), after: nil, limit: 1).rows.first)
      #expect(closed.kind == .closed)
      #expect(closed.at == missed)
      try await scan(fleet, agent, isOpen: true)
      #expect(try await kinds(fleet) == [.reopened, .closed, .found, .hostFound])
      for picture in pictures {
        let query = try fleet.chart.query("state:open,closed,filtered", asOf: picture.time)
        let rows = try await fleet.chart.ports(query, after: nil, limit: 10).rows
        #expect(rows.map(\.summary.state) == [picture.state], "\(picture.time)")
      }
      let notices = try await fleet.context.store.read { try $0.notices(after: 0, limit: 10) }
      #expect(notices.map(\.notice.kind) == [.closed, .reopened])
    }
  }

  @Test("Missed and there again is no change at all, and a host that is missed once is not gone")
  func forgetsMisses() async throws {
    try await Fleet.run(settings: Self.settings) { fleet async throws in
      let agent = try await fleet.enrol("a", duties: [.scan])
      try await scan(fleet, agent, isOpen: true)
      for _ in 0..<3 {
        for _ in 0..<2 { try await scan(fleet, agent, isOpen: false, because: .noResponse) }
        #expect(try await fleet.rows("10.0.0.1").map(\.summary.state) == [.open])
        try await scan(fleet, agent, isOpen: true)
      }
      #expect(try await kinds(fleet) == [.found, .hostFound])
      for _ in 0..<3 { try await scan(fleet, agent, isOpen: false, because: .noResponse) }
      #expect(try await kinds(fleet) == [.hostGone, .closed, .found, .hostFound])
    }
  }
}
