import CoordinatorCore
import Model
import Testing

@testable import CoordinatorServices

/// Pausing, halting, draining, and what becomes of jobs that fail.
@Suite struct OrderTests {
  private func order(_ fleet: Fleet, _ grant: LeaseService.Grant, _ agent: AgentRecord) async throws
    -> LeaseService.Order
  {
    try await fleet.leases.renew(Fleet.claim(grant), by: agent, waiting: .zero).order
  }

  @Test("Paused, a scan's jobs are given back and none is given out; resumed, it goes on where it was")
  func pauses() async throws {
    try await Fleet.run { fleet async throws in
      let agent = try await fleet.enrol("a")
      let scan = try await fleet.submit()
      let grant = try #require(try await fleet.grant(agent))
      async let held = fleet.leases.renew(Fleet.claim(grant), by: agent, waiting: .seconds(600))
      try await fleet.scans.pause(scan)
      #expect(try await held.order == .stop("the scan is paused"))
      let done = grant.blocks.map(\.rectangle).firstPart
      #expect(try await fleet.report(grant, by: agent, number: 0, done))
      try await fleet.finish(grant, by: agent, as: .returned, chunks: 1)
      #expect(try await fleet.grant(agent) == nil)
      #expect(try await fleet.state(scan) == .paused)
      try await fleet.scans.pause(scan)
      try await fleet.scans.resume(scan)
      #expect(try await fleet.state(scan) == .running)
      let worked = try await fleet.workThrough(agent)
      #expect(worked.endpointCount + done.endpointCount == 64)
      #expect(try await fleet.state(scan) == .done)
      await fleet.expectRefusal(.conflict) { try await fleet.scans.pause(scan) }
      await fleet.expectRefusal(.conflict) { try await fleet.scans.resume(scan) }
      await fleet.expectRefusal(.notFound) { try await fleet.scans.pause(ScanID(99)) }
    }
  }

  @Test("A scan paused before anything ran is queued again; paused, it can be cancelled")
  func pausesQueuedScans() async throws {
    try await Fleet.run { fleet async throws in
      let scan = try await fleet.submit()
      try await fleet.scans.pause(scan)
      try await fleet.scans.resume(scan)
      #expect(try await fleet.state(scan) == .queued)
      try await fleet.scans.pause(scan)
      try await fleet.scans.cancel(scan)
      #expect(try await fleet.state(scan) == .cancelled)
    }
  }

  @Test("The last job may end while its scan is paused; resumed, the scan is done")
  func settlesAfterPause() async throws {
    try await Fleet.run { fleet async throws in
      let agent = try await fleet.enrol("a")
      let scan = try await fleet.submit("10.0.0.1", ports: "1")
      let grant = try #require(try await fleet.grant(agent))
      try await fleet.scans.pause(scan)
      #expect(try await fleet.report(grant, by: agent, number: 0, grant.blocks.map(\.rectangle)))
      try await fleet.finish(grant, by: agent, chunks: 1)
      #expect(try await fleet.state(scan) == .done)
    }
  }

  @Test("A halt stops the agents of its place alone, and lasts until it is lifted")
  func halts() async throws {
    try await Fleet.run { fleet async throws in
      let inner = try await fleet.enrol("a", zone: "inner")
      let outer = try await fleet.enrol("b", zone: "outer")
      _ = try await fleet.submit("10.0.0.0/24")
      let first = try #require(try await fleet.grant(inner))
      let second = try #require(try await fleet.grant(outer))
      async let held = fleet.leases.renew(Fleet.claim(first), by: inner, waiting: .seconds(600))
      try await fleet.halts.halt(site: nil, zone: "inner", note: "a storm", by: .local)
      #expect(try await held.order == .stop("probing is halted: a storm"))
      #expect(try await order(fleet, second, outer) == .proceed)
      try await fleet.finish(first, by: inner, as: .returned, chunks: 0)
      #expect(try await fleet.grant(inner) == nil)
      try await fleet.halts.halt(site: nil, zone: nil, note: "everywhere", by: .local)
      #expect(try await order(fleet, second, outer) == .stop("probing is halted: everywhere"))
      #expect(try await fleet.halts.unhalt(site: nil, zone: "outer", by: .local) == 0)
      #expect(try await fleet.halts.unhalt(site: nil, zone: nil, by: .local) == 2)
      #expect(try await fleet.grant(inner) != nil)
      await fleet.expectRefusal(.invalidValue, at: "/note") {
        try await fleet.halts.halt(site: nil, zone: nil, note: "", by: .local)
      }
    }
  }

  @Test("A drained agent ends its job and gets no other")
  func drains() async throws {
    try await Fleet.run { fleet async throws in
      let agent = try await fleet.enrol("a")
      _ = try await fleet.submit("10.0.0.0/24")
      let grant = try #require(try await fleet.grant(agent))
      try await fleet.places.setDrained(agent.id, true)
      #expect(try await order(fleet, grant, agent) == .proceed)
      #expect(try await fleet.report(grant, by: agent, number: 0, grant.blocks.map(\.rectangle)))
      try await fleet.finish(grant, by: agent, chunks: 1)
      #expect(try await fleet.grant(agent) == nil)
      try await fleet.places.setDrained(agent.id, false)
      #expect(try await fleet.grant(agent) != nil)
    }
  }

  @Test("An endpoint that kills every agent is found by halving; all the rest of its job is done")
  func halvesPoison() async throws {
    let settings = FleetSettings(
      attemptLimit: 2, jobBudget: JobBudget(duration: .seconds(30), first: 256, largest: 1 << 20))
    try await Fleet.run(settings: settings) { fleet async throws in
      let agent = try await fleet.enrol("a")
      let scan = try await fleet.submit("10.0.0.0/24", ports: "1")
      let poison: UInt128 = 77
      var grants = 0
      while let grant = try await fleet.grant(agent), grants < 200 {
        grants += 1
        let work = grant.blocks.map(\.rectangle)
        if work.contains(where: { $0.hosts.contains(poison) }) {
          fleet.clock.advance(by: settings.leaseDuration + .seconds(1))
          try await fleet.reaper.sweep()
        } else {
          #expect(try await fleet.report(grant, by: agent, number: 0, work))
          try await fleet.finish(grant, by: agent, chunks: 1)
        }
      }
      #expect(try await fleet.state(scan) == .incomplete)
      let lane = try #require(try await fleet.scans.scan(scan).state.lanes.first)
      let benched = try #require(lane.benched.first)
      #expect(lane.benched.count == 1 && benched.lastError?.contains("did not renew") == true)
      let left = try await fleet.context.store.read { try $0.rectangles(of: benched.id) }
      #expect(left.contains { $0.hosts.contains(poison) } && left.endpointCount < 32)
      #expect(try await fleet.coverage(scan).probed == 256 - left.endpointCount)
    }
  }

  @Test("An agent that renews for ever and gets nowhere loses its lease at the deadline")
  func endsAtTheDeadline() async throws {
    try await Fleet.run { fleet async throws in
      let agent = try await fleet.enrol("a")
      _ = try await fleet.submit("10.0.0.1", ports: "1")
      let grant = try #require(try await fleet.grant(agent))
      var renewals = 0
      while renewals < 1_000 {
        fleet.clock.advance(by: .seconds(20))
        do {
          let (_, lasting) = try await fleet.leases.renew(Fleet.claim(grant), by: agent, waiting: .zero)
          #expect(lasting > .zero && lasting <= Fleet.settings.leaseDuration)
        } catch { break }
        renewals += 1
      }
      #expect(renewals == 89, "half an hour of renewals, three a minute")
      fleet.clock.advance(by: .seconds(1))
      try await fleet.reaper.sweep()
      #expect(try await fleet.grant(agent)?.attempt == 2)
    }
  }
}
