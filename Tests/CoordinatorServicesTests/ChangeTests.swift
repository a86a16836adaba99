import CoordinatorCore
import Model
import Testing

@testable import CoordinatorServices

/// What changed, told from sightings as they arrive.
@Suite struct ChangeTests {
  /// A scan of one port in which it is as said; the clock goes on a minute.
  private func scan(_ fleet: Fleet, _ agent: AgentRecord, isOpen: Bool) async throws {
    let scan = try await fleet.submit("10.0.0.1", ports: "80")
    let grant = try #require(try await fleet.grant(agent))
    let block = grant.blocks[0]
    let chunk = try await fleet.chunk(
      grant, number: 0, [block.rectangle], open: isOpen ? [ProtocolPort(.tcp, 80)] : [])
    #expect(try await fleet.results.accept(chunk, under: Fleet.claim(grant), from: agent))
    try await fleet.finish(grant, by: agent, chunks: 1)
    #expect(try await fleet.state(scan) == .done)
    fleet.clock.advance(by: .seconds(60))
  }

  private func changes(
    _ fleet: Fleet, _ query: ChangeQuery = ChangeQuery(), page: Int = 100
  ) async throws -> [ChangeRecord] {
    var found: [ChangeRecord] = []
    while true {
      let next = try await fleet.chart.changes(query, after: found.last?.position, limit: page).rows
      found += next
      // Those of the host as a whole have a test of their own.
      if next.count < page { return found.filter { $0.key != nil } }
    }
  }

  @Test("Found, closed, reopened: each with its time, what was before, and who saw it; page by page, newest first")
  func tellsChanges() async throws {
    try await Fleet.run { fleet async throws in
      let agent = try await fleet.enrol("a")
      let start = fleet.clock.now
      for isOpen in [true, true, false, false, true] { try await scan(fleet, agent, isOpen: isOpen) }
      for page in [1, 2, 100] {
        let found = try await changes(fleet, page: page)
        #expect(found.map(\.kind) == [.reopened, .closed, .found])
        #expect(found.map(\.at) == [240, 120, 0].map { start + .seconds($0) })
        #expect(found.map(\.notBefore) == [180, 60, nil].map { $0.map { start + .seconds($0) } })
        #expect(found.map(\.stateBefore) == [.closed, .open, nil])
        #expect(found.allSatisfy { $0.agent == agent.id && $0.job != nil && $0.view.zone == agent.zone })
      }
      #expect(try await changes(fleet, ChangeQuery(kinds: [.closed])).count == 1)
      #expect(
        try await changes(fleet, ChangeQuery(time: TimeSpan(from: start + .seconds(120)))).map(\.kind)
          == [.reopened, .closed])
      #expect(try await changes(fleet, ChangeQuery(time: TimeSpan(to: start + .seconds(120)))).map(\.kind) == [.found])
      #expect(try await changes(fleet, ChangeQuery(endpoints: fleet.chart.query("port:81"))).isEmpty)
      #expect(try await changes(fleet, ChangeQuery(endpoints: fleet.chart.query("10.0.0.1 port:80"))).count == 3)
    }
  }

  @Test("Closed first, then open, is opened and not found; a second look that says the same changes nothing")
  func tellsOpened() async throws {
    try await Fleet.run { fleet async throws in
      let agent = try await fleet.enrol("a")
      for isOpen in [false, true, true] { try await scan(fleet, agent, isOpen: isOpen) }
      #expect(try await changes(fleet).map(\.kind) == [.opened])
    }
  }
}
