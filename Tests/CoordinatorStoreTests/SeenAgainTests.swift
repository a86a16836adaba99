import Model
import SeededRandom
import Testing

@testable import CoordinatorCore
@testable import CoordinatorStore

/// What is written without being read is what merging would have written, and nothing else is.
@Suite struct SeenAgainTests {
  private static let host = ChartHost(
    site: StoreFixture.site, scope: .site, address: IPAddress(ipv4: 0x0a00_0005))
  private static let reasons = [ProbeReason.synAck, .udpResponse]

  /// Whom a sighting may be by, and what a view may be of.
  private struct Cast {
    let agents: [AgentID]
    let zones: [ZoneID]
    let job: JobID

    init(_ fixture: StoreFixture) async throws {
      agents = [
        fixture.agent, try await fixture.store.change { try $0.insertAgent(StoreFixture.newAgent("second")) },
      ]
      let agent = fixture.agent
      job = try await fixture.store.change { try StoreFixture.insertLeasedJob($0, agent: agent) }
      zones = try await fixture.store.change { session throws in
        [StoreFixture.zone, try session.insertZone(name: "dmz", site: StoreFixture.site, at: StoreFixture.start).id]
      }
    }
  }

  private static func view(_ cast: Cast, using random: inout SeededGenerator) -> ZoneView {
    func rarely() -> Bool { Int.random(in: 0..<8, using: &random) == 0 }
    let state = rarely() ? EndpointState.closed : .open
    var view = ZoneView(
      zone: cast.zones[rarely() ? 1 : 0], state: state, reason: reasons[rarely() ? 1 : 0], isSelfView: rarely(),
      observedAt: StoreFixture.start + .seconds(Int.random(in: 0...20, using: &random)),
      job: Bool.random(using: &random) ? cast.job : nil, agent: cast.agents[rarely() ? 1 : 0])
    if rarely() { view.heldReason = .synAck }
    if rarely() { view.differedAt = StoreFixture.start }
    return view
  }

  private static func endpoint(
    _ port: UInt16, _ cast: Cast, using random: inout SeededGenerator
  ) -> NewEndpoint {
    var views = [view(cast, using: &random)]
    if Int.random(in: 0..<8, using: &random) == 0 {
      let other = view(cast, using: &random)
      if !other.isOfSameKind(as: views[0]) { views.append(other) }
    }
    var summary = EndpointSummary(
      views: views, listener: nil, insideAgent: Int.random(in: 0..<8, using: &random) == 0 ? cast.agents[0] : nil,
      isLoopback: false)
    // A row that its views do not explain.
    if Int.random(in: 0..<8, using: &random) == 0 { summary.lastSeen = StoreFixture.start + .seconds(30) }
    return NewEndpoint(
      host: host, key: ProtocolPort(.tcp, Port(port)), summary: summary, views: views, time: StoreFixture.start)
  }

  private static func isRepeated(_ stored: EndpointRecord, by view: ZoneView) -> Bool {
    guard let known = stored.views.first, SoleView(stored.views, in: stored.summary) != nil else { return false }
    return known.isOfSameKind(as: view) && known.state == .open && known.reason == view.reason
      && known.observedAt < view.observedAt && known.observedAt == known.lastSeen && stored.summary.insideAgent == nil
  }

  @Test("A later sighting in the same way sets time, job and agent of an endpoint's one view; any other sets nothing")
  func writesRepetitionsAlone() async throws {
    let fixture = try await StoreFixture()
    let cast = try await Cast(fixture)
    var random = SeededGenerator(seed: 31)
    var endpoints: [NewEndpoint] = []
    for port in UInt16(1)...400 { endpoints.append(Self.endpoint(port, cast, using: &random)) }
    let charted = endpoints
    var stored = try await fixture.store.change { session throws in
      try session.insertEndpoints(charted)
      return try session.endpoints(of: Self.host)
    }
    var written = 0
    for round in 0..<20 {
      let seer = Seer(zone: cast.zones[0], agent: cast.agents[round % 2], job: round % 3 == 0 ? nil : cast.job)
      let kind = OpenSighting.Kind(
        transport: .tcp, reason: Self.reasons[Int.random(in: 0..<8, using: &random) == 0 ? 1 : 0],
        isSelfView: Int.random(in: 0..<8, using: &random) == 0)
      // Some ports are in no row.
      let ports = (UInt16(1)...420).filter { _ in Int.random(in: 0..<3, using: &random) > 0 }
      let sightings = ports.map {
        OpenSighting(
          port: Port($0),
          observedAt: StoreFixture.start + .seconds(Int.random(in: round...(round + 10), using: &random)))
      }
      var (expected, count) = (stored, 0)
      for sighting in sightings {
        guard let index = expected.firstIndex(where: { $0.port == sighting.port }) else { continue }
        let view = ZoneView(
          zone: seer.zone, state: .open, reason: kind.reason, isSelfView: kind.isSelfView,
          observedAt: sighting.observedAt, job: seer.job, agent: seer.agent)
        guard Self.isRepeated(expected[index], by: view) else { continue }
        expected[index].views[0] = expected[index].views[0].merged(with: view)
        expected[index].summary.lastSeen = sighting.observedAt
        count += 1
      }
      let (seen, found) = try await fixture.store.change { session throws in
        (
          try session.noteSeenAgain(sightings, as: kind, by: seer, at: Self.host),
          try session.endpoints(of: Self.host)
        )
      }
      #expect(seen == count)
      #expect(found == expected)
      stored = found
      written += seen
    }
    #expect(written > 200, "repetitions are met: \(written)")
  }

  @Test("Sightings of another protocol and of another host set nothing")
  func keepsToItsPlace() async throws {
    let fixture = try await StoreFixture()
    let cast = try await Cast(fixture)
    let view = ZoneView(
      zone: StoreFixture.zone, state: .open, reason: .synAck, isSelfView: false, observedAt: StoreFixture.start,
      job: nil, agent: fixture.agent)
    let later = OpenSighting(port: 22, observedAt: StoreFixture.start + .seconds(1))
    @Sendable func kind(_ transport: TransportProtocol) -> OpenSighting.Kind {
      .init(transport: transport, reason: .synAck, isSelfView: false)
    }
    let seer = Seer(zone: StoreFixture.zone, agent: cast.agents[1], job: cast.job)
    let neighbour = ChartHost(site: StoreFixture.site, scope: .site, address: IPAddress(ipv4: 0x0a00_0006))
    try await fixture.store.change { session throws in
      try session.insertEndpoints([
        NewEndpoint(
          host: Self.host, key: ProtocolPort(.tcp, 22),
          summary: EndpointSummary(views: [view], listener: nil, insideAgent: nil, isLoopback: false), views: [view],
          time: StoreFixture.start)
      ])
      let before = try session.endpoints(of: Self.host)
      #expect(try session.noteSeenAgain([later], as: kind(.udp), by: seer, at: Self.host) == 0)
      #expect(try session.noteSeenAgain([later], as: kind(.tcp), by: seer, at: neighbour) == 0)
      #expect(try session.noteSeenAgain([], as: kind(.tcp), by: seer, at: Self.host) == 0)
      #expect(try session.endpoints(of: Self.host) == before)
      #expect(try session.noteSeenAgain([later], as: kind(.tcp), by: seer, at: Self.host) == 1)
    }
  }
}
