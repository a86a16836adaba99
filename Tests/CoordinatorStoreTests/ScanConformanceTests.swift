import Model
import Testing

@testable import CoordinatorCore

/// What every store must answer about scans and lanes.
@Suite struct ScanConformanceTests {
  private static let wide = (UInt128(1) << 127) + 12_345

  @Test("A scan keeps every field of its request, counts beyond 2^64 included")
  func keepsRequests() async throws {
    let fixture = try await StoreFixture()
    let request = ScanRequest(
      targets: "::/1", exclusions: "::1", space: "::/1", ports: "T:1-4", hostCount: Self.wide, portCount: 4, timing: 4,
      rate: 100, ratePerAgent: 50, ratePerHost: 5, priority: -3, maximumDuration: .milliseconds(1_500), name: "n",
      note: "ü")
    let id = try await fixture.store.change { try StoreFixture.insertScan($0, request) }
    let expected = ScanRecord(
      id: id, site: StoreFixture.site, state: .queued, request: request, submittedBy: "token:1",
      createdAt: StoreFixture.start, startedAt: nil, finishedAt: nil)
    #expect(try await fixture.store.read { try $0.scan(id) } == expected)
    #expect(try await fixture.store.read { try $0.scan(ScanID(99)) } == nil)
  }

  @Test("A scan's states set its times once")
  func setsTimes() async throws {
    let fixture = try await StoreFixture()
    let times = (0..<4).map { StoreFixture.start + .seconds($0) }
    let id = try await fixture.store.change { session throws in
      let id = try StoreFixture.insertScan(session)
      try session.setState(.running, of: id, at: times[1])
      try session.setState(.running, of: id, at: times[2])
      try session.setState(.done, of: id, at: times[3])
      return id
    }
    let scan = try #require(try await fixture.store.read { try $0.scan(id) })
    #expect(scan.state == .done && scan.startedAt == times[1] && scan.finishedAt == times[3])
  }

  @Test("Pages of scans, newest first, hold every scan once")
  func pagesScans() async throws {
    let fixture = try await StoreFixture()
    let all = try await fixture.store.change { session throws in
      try (0..<7).map { _ in try StoreFixture.insertScan(session) }
    }
    var seen: [ScanID] = []
    while true {
      let last = seen.last
      let page = try await fixture.store.read { try $0.scans(before: last, limit: 3) }
      if page.isEmpty { break }
      seen += page.map(\.id)
    }
    #expect(seen == all.reversed())
  }

  @Test("Only running scans with a maximum duration have a deadline")
  func findsDeadlines() async throws {
    let fixture = try await StoreFixture()
    let running = try await fixture.store.change { session throws in
      var limited = StoreFixture.request()
      limited.maximumDuration = .seconds(5)
      let running = try StoreFixture.insertScan(session, limited)
      try session.setState(.running, of: running, at: StoreFixture.start)
      _ = try StoreFixture.insertScan(session, limited)
      let unlimited = try StoreFixture.insertScan(session)
      try session.setState(.running, of: unlimited, at: StoreFixture.start)
      return running
    }
    #expect(try await fixture.store.read { try $0.scansWithDeadline().map(\.id) } == [running])
  }

  @Test("A lane keeps its seed, cursor and coverage, beyond 2^64 too; failures add up by agent and reason")
  func keepsLanes() async throws {
    let fixture = try await StoreFixture()
    let agent = fixture.agent
    let cursor = LaneCutter.Cursor(position: Self.wide, port: 65_535)
    let id = try await fixture.store.change { session throws in
      let id = try session.insertLane(scan: StoreFixture.insertScan(session), zone: StoreFixture.zone, seed: .max)
      try session.setState(.running, of: id)
      try session.setCursor(cursor, of: id)
      try session.setPass(2.5, of: id)
      for _ in 0..<2 {
        try session.addCoverage(
          LaneCoverage(probed: 1 << 64, skipped: 2, failed: Self.wide / 4),
          failures: [
            LaneFailure(agent: agent, reason: .localResources, count: Self.wide / 4),
            LaneFailure(agent: agent, reason: .cutShort, count: 1),
          ],
          skips: [
            LaneSkip(cause: .policy(agent), count: 1), LaneSkip(cause: .noRule, count: 1),
            LaneSkip(cause: .rule("no"), count: Self.wide / 4),
          ], to: id)
      }
      return id
    }
    let lane = try #require(try await fixture.store.read { try $0.lane(id) })
    #expect(
      lane.seed == .max && lane.cursor == cursor && lane.state == .running && lane.pass == 2.5
        && lane.zone == StoreFixture.zone)
    #expect(lane.coverage == LaneCoverage(probed: 1 << 65, skipped: 4, failed: Self.wide / 4 * 2))
    try await fixture.store.read { session throws in
      #expect(try session.lanes(of: lane.scan) == [lane])
      #expect(
        try session.failures(of: id) == [
          LaneFailure(agent: agent, reason: .cutShort, count: 2),
          LaneFailure(agent: agent, reason: .localResources, count: Self.wide / 4 * 2),
        ])
      #expect(
        try session.skips(of: id) == [
          LaneSkip(cause: .rule("no"), count: Self.wide / 4 * 2), LaneSkip(cause: .noRule, count: 2),
          LaneSkip(cause: .policy(agent), count: 2),
        ])
    }
  }

  @Test("Open lanes: of the site, of the zone or of any, by pass, a page after another; a new one begins at the turn")
  func ordersOpenLanes() async throws {
    let fixture = try await StoreFixture()
    let expected = try await fixture.store.change { session throws in
      let otherZone = try session.insertZone(name: "dmz", site: StoreFixture.site, at: StoreFixture.start).id
      let served = try StoreFixture.insertLane(session)
      try session.setPass(9, of: served)
      let first = try StoreFixture.insertLane(session, zone: StoreFixture.zone)
      try session.setTurn(4, of: StoreFixture.zone)
      let second = try StoreFixture.insertLane(session)
      let third = try StoreFixture.insertLane(session)
      _ = try StoreFixture.insertLane(session, zone: otherZone)
      let over = try StoreFixture.insertLane(session)
      try session.setState(.done, of: over)
      let paused = try StoreFixture.insertLane(session)
      try session.setState(.paused, of: paused)
      let otherSite = try session.insertSite(name: "other", at: StoreFixture.start).id
      let foreign = try session.insertScan(
        StoreFixture.request(), site: otherSite, submittedBy: "x", at: StoreFixture.start)
      _ = try session.insertLane(scan: foreign, zone: nil, seed: 1)
      return [first, second, third, served]
    }
    try await fixture.store.read { session throws in
      var found: [LaneRecord] = []
      while found.count < expected.count {
        let page = try session.openLanes(
          site: StoreFixture.site, zone: StoreFixture.zone,
          after: found.last.map { LanePosition(pass: $0.pass, lane: $0.id) }, limit: 2)
        if page.isEmpty { break }
        found += page
      }
      #expect(found.map(\.id) == expected)
      #expect(found.map(\.pass) == [0, 4, 4, 9])
      #expect(try session.turn(of: StoreFixture.zone) == 4)
    }
  }
}
