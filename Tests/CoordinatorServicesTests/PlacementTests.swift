import CoordinatorCore
import Model
import Testing

@testable import CoordinatorServices

@Suite struct PlacementTests {
  @Test("A scan in each zone has a lane for each, and agents work on their own zone's alone")
  func placesInEachZone() async throws {
    try await Fleet.run { fleet async throws in
      let inner = try await fleet.enrol("a", zone: "inner")
      let outer = try await fleet.enrol("b", zone: "outer")
      let scan = try await fleet.submit(zones: ["each"])
      let lanes = try await fleet.scans.scan(scan).state.lanes
      #expect(lanes.count == 3, "the zone default has no agent, and waits")
      #expect(try await fleet.workThrough(inner).endpointCount == 64)
      #expect(try await fleet.state(scan) == .running)
      #expect(try await fleet.workThrough(outer).endpointCount == 64)
      #expect(try await fleet.grant(inner) == nil)
      let states = try await fleet.scans.scan(scan).state.lanes
      let zones = Dictionary(uniqueKeysWithValues: states.map { ($0.record.zone, $0.record) })
      #expect(zones[inner.zone]?.coverage == LaneCoverage(probed: 64))
      #expect(zones[outer.zone]?.state == .done)
      #expect(states.contains { $0.pendingReason == "no agent in this zone has the duty to scan" })
    }
  }

  @Test("A scan in a named zone is granted in that zone alone")
  func placesInNamedZones() async throws {
    try await Fleet.run { fleet async throws in
      let inner = try await fleet.enrol("a", zone: "inner")
      let outer = try await fleet.enrol("b", zone: "outer")
      let scan = try await fleet.submit(zones: ["outer", "outer"])
      #expect(try await fleet.scans.scan(scan).state.lanes.count == 1)
      #expect(try await fleet.grant(inner) == nil)
      #expect(try await fleet.grant(outer) != nil)
      await fleet.expectRefusal(.invalidValue, at: "/zones/1") {
        _ = try await fleet.submit(zones: ["inner", "nowhere"])
      }
      await fleet.expectRefusal(.invalidValue, at: "/zones") { _ = try await fleet.submit(zones: ["inner", "any"]) }
    }
  }

  @Test("An agent of another site sees no work")
  func keepsSitesApart() async throws {
    try await Fleet.run { fleet async throws in
      let agent = try await fleet.enrol("a")
      _ = try await fleet.places.addSite(named: "branch")
      _ = try await fleet.submit { $0.site = "branch" }
      #expect(try await fleet.grant(agent) == nil)
      await fleet.expectRefusal(.invalidValue, at: "/site") { _ = try await fleet.submit() }
    }
  }

  @Test("An agent without the duty is given no job, and sends no inventory")
  func demandsDuties() async throws {
    try await Fleet.run { fleet async throws in
      _ = try await fleet.submit()
      let watcher = try await fleet.enrol("a", duties: [.inventory])
      await fleet.expectRefusal(.forbidden) { _ = try await fleet.grant(watcher) }
      let scanner = try await fleet.enrol("b", duties: [.scan])
      await fleet.expectRefusal(.forbidden) {
        _ = try await fleet.results.accept(
          InventoryUpdate(
            position: InventoryPosition(epoch: "e", sequence: 1), takenAt: fleet.clock.now, interfaces: [],
            listeners: [:]), from: scanner)
      }
      #expect(try await fleet.grant(scanner) != nil)
    }
  }

  @Test("A rate over the whole scan is kept by one agent at a time")
  func keepsWholeScanRates() async throws {
    try await Fleet.run { fleet async throws in
      let first = try await fleet.enrol("a")
      let second = try await fleet.enrol("b")
      _ = try await fleet.submit { $0.rate = 10 }
      let grant = try #require(try await fleet.grant(first))
      #expect(grant.probesPerSecond == 10)
      #expect(try await fleet.grant(second) == nil)
      try await fleet.finish(grant, by: first, as: .returned, chunks: 0)
      #expect(try await fleet.grant(second) != nil)
    }
  }

  @Test("Work that turns up ends an agent's wait")
  func wakesWaitingAgents() async throws {
    try await Fleet.run { fleet async throws in
      let agent = try await fleet.enrol("a")
      async let granted = fleet.leases.grant(to: agent, probesPerSecond: nil, waiting: .seconds(600))
      let scan = try await fleet.submit()
      #expect(try await granted?.scan == scan)
    }
  }

  @Test("An agent that was removed while it waited is given nothing")
  func removedAgentsAreRefused() async throws {
    try await Fleet.run { fleet async throws in
      let agent = try await fleet.enrol("a")
      try await fleet.places.removeAgent(agent.id)
      let scan = try await fleet.submit()
      await #expect(throws: Refusal.self) { try await fleet.grant(agent) }
      #expect(try await fleet.state(scan) == .queued)
    }
  }

  @Test("A slow timing, or a rate for each host, makes jobs small", arguments: [(0, nil), (nil, 1)] as [(Int?, Int?)])
  func slowScansAreCutSmall(timing: Int?, ratePerHost: Int?) async throws {
    try await Fleet.run { fleet async throws in
      let agent = try await fleet.enrol("a")
      _ = try await fleet.submit(ports: "1-1000") {
        $0.timing = timing
        $0.ratePerHost = ratePerHost
      }
      let grant = try await fleet.leases.grant(to: agent, probesPerSecond: 20_000, waiting: .zero)
      // One probe a second for about half a minute.
      #expect(try #require(grant).blocks.map(\.rectangle).endpointCount <= 32)
    }
  }
}
