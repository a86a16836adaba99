import CoordinatorCore
import Model
import Testing

@testable import CoordinatorServices

@Suite struct BlackoutTests {
  private func add(
    _ fleet: Fleet, zone: String? = nil, networks: [String] = [], after start: Int = 0, for seconds: Int = 600
  ) async throws -> BlackoutID {
    let from = fleet.clock.now + .seconds(start)
    var draft = BlackoutService.Draft(name: "b\(start)", window: .once(from: from, to: from + .seconds(seconds)))
    draft.zone = zone
    draft.networks = networks
    return try await fleet.blackouts.add(draft, by: .local).status.record.id
  }

  @Test("While a blackout is in force no lease is granted there; running ones are told to stop, and go on afterwards")
  func pausesScans() async throws {
    try await Fleet.run { fleet async throws in
      let agent = try await fleet.enrol("a")
      let scan = try await fleet.submit()
      let grant = try #require(try await fleet.grant(agent))
      _ = try await add(fleet, after: 60)
      #expect(try await fleet.leases.renew(Fleet.claim(grant), by: agent, waiting: .zero).order == .proceed)
      fleet.clock.advance(by: .seconds(59))
      #expect(try await fleet.leases.renew(Fleet.claim(grant), by: agent, waiting: .zero).order == .proceed)
      fleet.clock.advance(by: .seconds(1))
      let order = try await fleet.leases.renew(Fleet.claim(grant), by: agent, waiting: .zero).order
      guard case .stop(let reason) = order else {
        Issue.record("it goes on")
        return
      }
      #expect(reason.hasPrefix("blackout \"b60\" until"))
      try await fleet.finish(grant, by: agent, as: .returned, chunks: 0)
      #expect(try await fleet.grant(agent) == nil)
      #expect(try await fleet.scans.scan(scan).state.lanes.first?.pendingReason == reason)
      fleet.clock.advance(by: .seconds(600))
      let worked = try await fleet.workThrough(agent)
      #expect(worked.endpointCount == 64)
      #expect(try await fleet.state(scan) == .done)
    }
  }

  @Test("A blackout of one zone leaves the others to work; an admin's scan ignores it")
  func bindsItsPlace() async throws {
    try await Fleet.run { fleet async throws in
      let inner = try await fleet.enrol("a", zone: "inner")
      let outer = try await fleet.enrol("b", zone: "outer")
      _ = try await fleet.submit("10.0.0.0/24")
      _ = try await add(fleet, zone: "inner")
      #expect(try await fleet.grant(inner) == nil)
      #expect(try await fleet.grant(outer) != nil)
      let urgent = try await fleet.submit { $0.ignoresBlackouts = true }
      #expect(try await fleet.grant(inner)?.scan == urgent)
    }
  }

  @Test("Networks in a blackout wait; all else of the same scan is given out")
  func bindsNetworks() async throws {
    try await Fleet.run { fleet async throws in
      let agent = try await fleet.enrol("a")
      let scan = try await fleet.submit("10.0.0.0/28")
      let id = try await add(fleet, networks: ["10.0.0.4/30"])
      let worked = try await fleet.workThrough(agent)
      #expect(worked.endpointCount == 64 - 16)
      #expect(try await fleet.state(scan) == .running)
      #expect(try await fleet.scans.scan(scan).state.lanes.first?.pendingReason?.contains("\"b0\"") == true)
      try await fleet.blackouts.remove(id, by: .local)
      #expect(try await fleet.workThrough(agent).endpointCount == 16)
      #expect(try await fleet.state(scan) == .done)
    }
  }

  @Test("Stretches that touch are one, and are found from within and from before")
  func joinsStretches() throws {
    let hours = try BlackoutHours(
      .repeating(expression: "0 8-11 * * *", timeZone: "UTC", duration: .seconds(3_600)),
      timeZones: Fleet.universal)
    func stretch(_ text: String) throws -> [String]? {
      hours.stretch(at: try #require(Timestamp(text))).map {
        [$0.lowerBound.description, $0.upperBound.description]
      }
    }
    #expect(try stretch("2027-01-01T07:59:59Z")?[0] == "2027-01-01T08:00:00.000Z")
    #expect(try stretch("2027-01-01T11:30:00Z")?[1] == "2027-01-01T12:00:00.000Z")
    #expect(try stretch("2027-01-01T12:00:00Z")?[0] == "2027-01-02T08:00:00.000Z")
  }
}
