import Model
import SeededRandom
import Testing

@testable import CoordinatorCore
@testable import CoordinatorStore

/// An endpoint reads the same, whether its row tells its view or its views have rows of their own.
@Suite struct SoleViewTests {
  private static let host = ChartHost(
    site: StoreFixture.site, scope: .site, address: IPAddress(ipv4: 0x0a00_0005))

  private static func open(_ zone: ZoneID, _ agent: AgentID, at time: Timestamp = StoreFixture.start) -> ZoneView {
    ZoneView(
      zone: zone, state: .open, reason: .synAck, isSelfView: false, observedAt: time, job: nil, agent: agent)
  }

  private static func summary(_ views: [ZoneView]) -> EndpointSummary {
    EndpointSummary(views: views, listener: nil, insideAgent: nil, isLoopback: false)
  }

  @Test("Whatever views and whatever row follow one another, both are read back")
  func keepsWhatFollows() async throws {
    let fixture = try await StoreFixture()
    var random = SeededGenerator(seed: 24)
    let agents = [
      fixture.agent, try await fixture.store.change { try $0.insertAgent(StoreFixture.newAgent("second")) },
    ]
    let job = try await fixture.store.change { try StoreFixture.insertLeasedJob($0, agent: agents[0]) }
    let zones = try await fixture.store.change { session throws in
      [
        StoreFixture.zone,
        try session.insertZone(name: "dmz", site: StoreFixture.site, at: StoreFixture.start).id,
      ]
    }
    var (told, separate) = (0, 0)
    for round in 0..<60 {
      let host = ChartHost(site: StoreFixture.site, scope: .site, address: IPAddress(ipv4: 0x0a00_0000 + UInt32(round)))
      var views: [ZoneView] = []
      for step in 0..<12 {
        let time = StoreFixture.start + .seconds(Int.random(in: 0...20, using: &random))
        let state = [EndpointState.open, .open, .open, .closed, .filtered].randomElement(using: &random) ?? .open
        var view = ZoneView(
          zone: zones[Int.random(in: 0...9, using: &random) == 0 ? 1 : 0], state: state,
          reason: state == .open ? .synAck : .noResponse, isSelfView: Int.random(in: 0...19, using: &random) == 0,
          observedAt: time, job: Bool.random(using: &random) ? job : nil,
          agent: agents[Int.random(in: 0...1, using: &random)])
        if let index = views.firstIndex(where: { $0.isOfSameKind(as: view) }) {
          view = views[index].merged(with: view)
          if state == .open { view.heldReason = nil }
          if Int.random(in: 0...9, using: &random) == 0 { view.heldReason = .synAck }
          views[index] = view
        } else {
          views.append(view)
        }
        views.sort { ($0.zone.rawValue, $0.isSelfView ? 1 : 0) < ($1.zone.rawValue, $1.isSelfView ? 1 : 0) }
        var summary = Self.summary(views)
        // A row that its views do not explain.
        if Int.random(in: 0...5, using: &random) == 0 { summary.lastSeen = time + .seconds(30) }
        if Int.random(in: 0...9, using: &random) == 0 { summary.findings = FindingSet(rawValue: 1) }
        if SoleView(views, in: summary) == nil { separate += 1 } else { told += 1 }
        let (now, row) = (views, summary)
        try await fixture.store.change { session throws in
          if step == 0 {
            try session.insertEndpoints([
              NewEndpoint(host: host, key: ProtocolPort(.tcp, 22), summary: row, views: now, time: time)
            ])
          } else {
            let stored = try #require(try session.endpoints(of: host).first)
            try session.setEndpoint(stored, views: now, summary: row, at: host.site)
          }
          let found = try session.endpoints(of: host)
          #expect(found.count == 1 && found.first?.summary == row)
          #expect(Set(found.first?.views ?? []) == Set(now) && found.first?.views.count == now.count)
          #expect(try session.endpoints(of: host, transport: .tcp, ports: 22...22) == found)
        }
      }
    }
    #expect(told > 100 && separate > 100, "both ways are met: \(told), \(separate)")
    // A changed row of one view and the rows of several are counted once.
    let counts = try await fixture.store.read { session throws in
      try session.chartCounts(
        ChartQuery(.all([.term(.state(EndpointState.allCases))])), by: .port, after: nil, looks: .max
      ).counts
    }
    #expect(counts.map(\.endpoints).reduce(0, +) == 60)
  }

  @Test("An open port's one view is in no row of its own, and comes to have one with the second zone that looks")
  func givesRowsToSeveral() async throws {
    let fixture = try await StoreFixture()
    let agent = fixture.agent
    let views = [Self.open(StoreFixture.zone, agent)]
    #expect(SoleView(views, in: Self.summary(views)) == SoleView(observedAt: nil, job: nil, agent: agent))
    let second = try await fixture.store.change { session throws in
      try session.insertEndpoints([
        NewEndpoint(
          host: Self.host, key: ProtocolPort(.tcp, 22), summary: Self.summary(views), views: views,
          time: StoreFixture.start)
      ])
      return try session.insertZone(name: "dmz", site: StoreFixture.site, at: StoreFixture.start).id
    }
    #expect(try await zonesFound(fixture) == ["default": 1, "dmz": 0])
    let later = Self.open(second, agent, at: StoreFixture.start + .seconds(5))
    try await fixture.store.change { session throws in
      let stored = try #require(try session.endpoints(of: Self.host).first)
      try session.setEndpoint(
        stored, views: stored.views + [later], summary: Self.summary(stored.views + [later]), at: StoreFixture.site)
    }
    #expect(try await zonesFound(fixture) == ["default": 1, "dmz": 1])
    // Each zone's view tells that it was found, whichever row has it.
    let changes = try await fixture.store.read { try $0.changes(ChangeQuery(), after: nil, limit: 9) }
    #expect(changes.map(\.view.zone) == [second, StoreFixture.zone] && changes.allSatisfy { $0.kind == .found })
  }

  private func zonesFound(_ fixture: StoreFixture) async throws -> [String: Int] {
    try await fixture.store.read { session throws in
      var found: [String: Int] = [:]
      for name in ["default", "dmz"] {
        let query = ChartQuery(.term(.zone([.exactly(name)])))
        found[name] = try session.chartRows(query, after: nil, limit: 9).count
      }
      return found
    }
  }

  @Test("What was found is told in pages of one order, whether the endpoint's row tells it or the view's own")
  func pagesWhatWasFound() async throws {
    let fixture = try await StoreFixture()
    let agent = fixture.agent
    try await fixture.store.change { session throws in
      let second = try session.insertZone(name: "dmz", site: StoreFixture.site, at: StoreFixture.start).id
      try session.insertEndpoints(
        (1...40).map { number in
          let time = StoreFixture.start + .seconds(number % 7)
          let views =
            [Self.open(StoreFixture.zone, agent, at: time)]
            + (number % 3 == 0 ? [Self.open(second, agent, at: time + .seconds(number % 2))] : [])
          return NewEndpoint(
            host: Self.host, key: ProtocolPort(.tcp, Port(UInt16(number))), summary: Self.summary(views), views: views,
            time: time)
        })
    }
    try await fixture.store.read { session throws in
      let all = try session.changes(ChangeQuery(), after: nil, limit: 999)
      #expect(all.count == 53)
      #expect(zip(all, all.dropFirst()).allSatisfy { $0.position.isNewer($1.position) })
      var paged: [ChangeRecord] = []
      while true {
        let page = try session.changes(ChangeQuery(), after: paged.last?.position, limit: 4)
        paged += page
        if page.count < 4 { break }
      }
      #expect(paged.map(\.position) == all.map(\.position))
    }
  }
}
