import CoordinatorCore
import Model
import Testing

@testable import CoordinatorServices

/// Ports that open and close again and again.
@Suite struct FlapDampingTests {
  private static func settings(_ limit: FlapLimit?) -> FleetSettings {
    var settings = Fleet.settings
    settings.flapLimit = limit
    return settings
  }

  private static let limit = FlapLimit(changes: 3, window: .seconds(3_600))

  private func scan(_ fleet: Fleet, _ agent: AgentRecord, port: UInt16 = 80, _ looks: Bool...) async throws {
    for isOpen in looks {
      _ = try await fleet.submit("10.0.0.1", ports: "\(port)")
      let grant = try #require(try await fleet.grant(agent))
      let chunk = try await fleet.chunk(
        grant, number: 0, [grant.blocks[0].rectangle], open: isOpen ? [ProtocolPort(.tcp, Port(port))] : [])
      // A repeated chunk is no change.
      for _ in 0..<2 { #expect(try await fleet.results.accept(chunk, under: Fleet.claim(grant), from: agent)) }
      try await fleet.finish(grant, by: agent, chunks: 1)
      fleet.clock.advance(by: .seconds(60))
    }
  }

  private func notices(_ fleet: Fleet) async throws -> [ChangeNotice] {
    try await fleet.context.store.read { try $0.notices(after: 0, limit: 100) }.map(\.notice)
  }

  private func flapping(_ fleet: Fleet) async throws -> [String] {
    try await fleet.findings.findings(FindingQuery(rules: [.flapping]), after: nil, limit: 10).findings.map(\.detail)
  }

  @Test("Alerts hear of the first changes, the last of them says so, and what the port came to once it has settled")
  func holdsBack() async throws {
    try await Fleet.run(settings: Self.settings(Self.limit)) { fleet async throws in
      let agent = try await fleet.enrol("a")
      try await fleet.context.queue.commit { try $0.setWantedNotices([.reopened, .closed]) }
      try await scan(fleet, agent, true, false, true)
      #expect(try await flapping(fleet).isEmpty)
      try await scan(fleet, agent, false)
      #expect(try await flapping(fleet).count == 1)
      var told = try await notices(fleet)
      #expect(told.map(\.kind) == [.closed, .reopened, .closed])
      #expect(told.map { $0.evidence?.contains("flaps") } == [false, false, true])

      let last = fleet.clock.now + .seconds(60)
      try await scan(fleet, agent, true, false)
      told = try await notices(fleet)
      #expect(told.count == 3)
      // Nothing is missing from the chart's history.
      let changes = try await fleet.chart.changes(ChangeQuery(), after: nil, limit: 100).rows.map(\.kind)
      #expect(changes.filter(ChangeKind.ofFlapping.contains).count == 5)
      let details = try await flapping(fleet)
      #expect(details.count == 1)
      #expect(details.first?.hasPrefix("opened and closed 5 times within 1h, as zone default sees it") ?? false)

      let watch = SourceWatch(context: fleet.context)
      try await watch.lookAtFlapping()
      #expect(try await notices(fleet).count == 3)
      fleet.clock.advance(by: .seconds(3_600))
      for _ in 0..<2 { try await SourceWatch(context: fleet.context).lookAtFlapping() }
      told = try await notices(fleet)
      #expect(told.map(\.kind) == [.closed, .reopened, .closed, .closed])
      #expect(told.last?.observedAt == last)
      #expect(told.last?.before == "open")
      #expect(told.last?.address == IPAddress(ipv4: 0x0a00_0001))
      #expect(told.last?.evidence?.contains("flaps no more") ?? false)
      #expect(try await flapping(fleet).isEmpty)

      try await scan(fleet, agent, true)
      #expect(try await notices(fleet).last?.kind == .reopened)
      #expect(try await notices(fleet).count == 5)
    }
  }

  @Test("A port that settles with a change that was told is not told of again")
  func settlesWithTold() async throws {
    try await Fleet.run(settings: Self.settings(Self.limit)) { fleet async throws in
      let agent = try await fleet.enrol("a")
      try await fleet.context.queue.commit { try $0.setWantedNotices([.reopened, .closed]) }
      try await scan(fleet, agent, true, false, true, false)
      #expect(try await notices(fleet).count == 3)
      fleet.clock.advance(by: .seconds(3_600))
      for _ in 0..<2 { try await SourceWatch(context: fleet.context).lookAtFlapping() }
      #expect(try await notices(fleet).count == 3)
      #expect(try await fleet.context.store.read { try $0.told("flapping", after: nil, limit: 10) }.isEmpty)
    }
  }

  @Test("What was said to be the last is the last until the port settles, however evenly it goes on")
  func holdsBackUntilSettled() async throws {
    try await Fleet.run(settings: Self.settings(Self.limit)) { fleet async throws in
      let agent = try await fleet.enrol("a")
      try await fleet.context.queue.commit { try $0.setWantedNotices([.reopened, .closed]) }
      // Just three changes within each hour.
      for (number, isOpen) in [true, false, true, false, true, false, true].enumerated() {
        if number > 0 { fleet.clock.advance(by: .seconds(1_140)) }
        try await scan(fleet, agent, isOpen)
        try await SourceWatch(context: fleet.context).lookAtFlapping()
      }
      #expect(try await notices(fleet).map(\.kind) == [.closed, .reopened, .closed])
      fleet.clock.advance(by: .seconds(1_500))
      try await SourceWatch(context: fleet.context).lookAtFlapping()
      #expect(try await notices(fleet).map(\.kind) == [.closed, .reopened, .closed, .reopened])
    }
  }

  @Test(
    "What was held back is told by a coordinator that starts again with another limit, and findings are held back too")
  func owesAfterRestart() async throws {
    let folder = try TemporaryFolder()
    let path = folder.path("periplus.sqlite")
    let clock = TestClock()
    try await Fleet.run(path: path, clock: clock, settings: Self.settings(Self.limit)) { fleet async throws in
      let agent = try await fleet.enrol("a")
      try await fleet.context.queue.commit { try $0.setWantedNotices([.closed, .finding]) }
      // The port of telnet, cleartext each time that it opens.
      try await scan(fleet, agent, port: 23, true, false, true, false, true, false, true, false)
      let told = try await notices(fleet)
      #expect(told.map(\.kind) == [.closed, .finding, .closed])
    }
    let raised = FlapLimit(changes: 10, window: .seconds(3_600))
    try await Fleet.run(path: path, clock: clock, settings: Self.settings(raised)) { fleet async throws in
      for _ in 0..<2 { try await SourceWatch(context: fleet.context).lookAtFlapping() }
      #expect(try await notices(fleet).map(\.kind) == [.closed, .finding, .closed, .closed])
    }
  }

  @Test("Without a limit alerts hear of every change, and of what was held back before")
  func tellsAll() async throws {
    let folder = try TemporaryFolder()
    let path = folder.path("periplus.sqlite")
    let clock = TestClock()
    var agent: AgentRecord?
    try await Fleet.run(path: path, clock: clock, settings: Self.settings(Self.limit)) { fleet async throws in
      let enrolled = try await fleet.enrol("a")
      agent = enrolled
      try await fleet.context.queue.commit { try $0.setWantedNotices([.reopened, .closed]) }
      try await scan(fleet, enrolled, true, false, true, false, true)
      #expect(try await notices(fleet).count == 3)
    }
    let known = try #require(agent)
    try await Fleet.run(path: path, clock: clock, settings: Self.settings(nil)) { fleet async throws in
      try await SourceWatch(context: fleet.context).lookAtFlapping()
      #expect(try await notices(fleet).map(\.kind) == [.closed, .reopened, .closed, .reopened])
      try await scan(fleet, known, false, true, false)
      #expect(try await notices(fleet).count == 7)
      #expect(try await flapping(fleet).isEmpty)
    }
  }
}
