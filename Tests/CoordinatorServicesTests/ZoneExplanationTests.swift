import CoordinatorCore
import Model
import Testing

@testable import CoordinatorServices

/// Explanations by one zone alone.
@Suite struct ZoneExplanationTests {
  private static let address = IPAddress(ipv4: 0x0a00_0005)
  private static let ssh = ProtocolPort(.tcp, 22)
  private static let web = ProtocolPort(.tcp, 80)

  @Test("Of one zone the views, history and verdict are its own, now and then; a zone that there is not is refused")
  func tellsOneZone() async throws {
    try await Fleet.run { fleet async throws in
      let inner = try await fleet.enrol("inner", duties: [.scan])
      let outer = try await fleet.enrol("outer", zone: "dmz", duties: [.scan])
      func look(_ agent: AgentRecord, _ zone: String, open: Set<ProtocolPort>) async throws {
        _ = try await fleet.submit("10.0.0.5", ports: "22,80", zones: [zone])
        try await fleet.workThrough(agent, open: open)
        fleet.clock.advance(by: .seconds(60))
      }
      try await look(inner, "default", open: [Self.ssh, Self.web])
      try await look(outer, "dmz", open: [])
      let then = fleet.clock.now
      fleet.clock.advance(by: .seconds(60))
      try await look(outer, "dmz", open: [Self.web])

      func explain(
        _ key: ProtocolPort, _ zone: String?, _ time: Timestamp? = nil
      ) async throws -> EndpointExplanation {
        let told = try await fleet.chart.explain(Self.address, key, site: nil, zone: zone, own: nil, asOf: time)
        return try #require(told.explanations.first)
      }
      #expect(try await explain(Self.ssh, nil).views.count == 2)
      let own = try await explain(Self.ssh, "dmz")
      #expect(own.views.map(\.view.agent) == [outer.id] && own.views.map(\.view.state) == [.closed])
      #expect(own.verdict == nil)
      #expect(try await explain(Self.ssh, "default").verdict == .noInsideView)
      #expect(try await explain(Self.web, "dmz").verdict == .noInsideView)
      let before = try await explain(Self.web, "dmz", then)
      #expect(before.verdict == nil && before.views.map(\.view.state) == [.closed])

      func openPorts(_ zone: String?, _ time: Timestamp? = nil) async throws -> Int? {
        try await fleet.chart.explain(host: Self.address, site: nil, zone: zone, own: nil, asOf: time)
          .explanations.first?.row.openPorts
      }
      #expect(try await openPorts(nil) == 2)
      #expect(try await openPorts("dmz") == 1)
      #expect(try await openPorts("dmz", then) == 0)
      #expect(try await openPorts("default", then) == 2)
      let host = try await fleet.chart.explain(host: Self.address, site: nil, zone: "dmz", own: nil).explanations[0]
      #expect(Set(host.views.map(\.view.key.zone)).count <= 1 && !host.views.isEmpty)
      await fleet.expectRefusal(.invalidValue, at: "zone") { _ = try await explain(Self.ssh, "cellar") }
    }
  }
}
