import CoordinatorCore
import Model
import Testing

@testable import CoordinatorServices

/// What is written to the feed of notices as sightings arrive.
@Suite struct NoticeTests {
  private func scan(
    _ fleet: Fleet, _ agent: AgentRecord, isOpen: Bool, at time: Timestamp? = nil
  ) async throws {
    _ = try await fleet.submit("10.0.0.1", ports: "80")
    let grant = try #require(try await fleet.grant(agent))
    let chunk = try await fleet.chunk(
      grant, number: 0, [grant.blocks[0].rectangle], open: isOpen ? [ProtocolPort(.tcp, 80)] : [], at: time)
    #expect(try await fleet.results.accept(chunk, under: Fleet.claim(grant), from: agent))
    // The same chunk again is no news.
    #expect(try await fleet.results.accept(chunk, under: Fleet.claim(grant), from: agent))
    try await fleet.finish(grant, by: agent, chunks: 1)
    fleet.clock.advance(by: .seconds(60))
  }

  private func notices(_ fleet: Fleet) async throws -> [ChangeNotice] {
    try await fleet.context.store.read { try $0.notices(after: 0, limit: 100) }.map(\.notice)
  }

  @Test("Without an alert nothing is written; with one, what it wants, once, with what was before and who saw it")
  func writesWhatIsWanted() async throws {
    try await Fleet.run { fleet async throws in
      let agent = try await fleet.enrol("a")
      try await scan(fleet, agent, isOpen: true)
      try await scan(fleet, agent, isOpen: false)
      #expect(try await notices(fleet).isEmpty)
      try await fleet.context.queue.commit { try $0.setWantedNotices([.reopened, .closed]) }
      let start = fleet.clock.now
      for isOpen in [true, true, false] { try await scan(fleet, agent, isOpen: isOpen) }
      let found = try await notices(fleet)
      #expect(found.map(\.kind) == [.reopened, .closed])
      #expect(found.map(\.before) == ["closed", "open"])
      #expect(found.map(\.after) == ["open", "closed"])
      #expect(found.map(\.observedAt) == [start, start + .seconds(120)])
      #expect(
        found.allSatisfy {
          $0.agent == agent.id && $0.zone == agent.zone && $0.job != nil && $0.endpoint == ProtocolPort(.tcp, 80)
            && $0.address == IPAddress(ipv4: 0x0a00_0001)
        })
    }
  }

  @Test("What a first scan finds is told only to an alert that names it, and to it once")
  func tellsFound() async throws {
    try await Fleet.run { fleet async throws in
      let agent = try await fleet.enrol("a")
      try await fleet.context.queue.commit { try $0.setWantedNotices([.found, .opened]) }
      for isOpen in [true, true, false, true] { try await scan(fleet, agent, isOpen: isOpen) }
      #expect(try await notices(fleet).map(\.kind) == [.found])
    }
  }

  @Test("A late sighting that moves a change to an earlier time does not tell it again")
  func tellsMovedChangesOnce() async throws {
    try await Fleet.run { fleet async throws in
      let agent = try await fleet.enrol("a")
      try await fleet.context.queue.commit { try $0.setWantedNotices([.opened, .closed]) }
      try await scan(fleet, agent, isOpen: false)
      fleet.clock.advance(by: .seconds(600))
      try await scan(fleet, agent, isOpen: true)
      try await scan(fleet, agent, isOpen: true, at: fleet.clock.now - .seconds(300))
      #expect(try await notices(fleet).map(\.kind) == [.opened])
      let runs = try await fleet.chart.changes(ChangeQuery(), after: nil, limit: 10).rows.filter { $0.key != nil }
      #expect(runs.map(\.kind) == [.opened])
    }
  }
}
