import CoordinatorCore
import Model
import Testing

@testable import CoordinatorServices

/// Which work is given to whom.
@Suite struct DispatchTests {
  private func express(_ fleet: Fleet, _ agent: AgentRecord) async throws -> LeaseService.Grant? {
    try await fleet.leases.grant(to: agent, slot: .express, probesPerSecond: nil, waiting: .zero)
  }

  private func work(_ fleet: Fleet, _ agent: AgentRecord) async throws -> ScanID? {
    guard let grant = try await fleet.grant(agent) else { return nil }
    _ = try await fleet.report(grant, by: agent, number: 0, grant.blocks.map(\.rectangle))
    try await fleet.finish(grant, by: agent, chunks: 1)
    return grant.scan
  }

  @Test("Two scans take turns, by their weight: one of twice the weight gets two jobs for one of the other")
  func takesTurns() async throws {
    try await Fleet.run { fleet async throws in
      let agent = try await fleet.enrol("a")
      let heavy = try await fleet.submit("10.0.0.0/24") { $0.priority = 10 }
      let light = try await fleet.submit("10.0.1.0/24")
      var jobs: [ScanID] = []
      for _ in 0..<30 { jobs.append(try #require(try await work(fleet, agent))) }
      #expect(jobs.count { $0 == heavy } == 20)
      #expect(jobs.count { $0 == light } == 10)
    }
  }

  @Test("A scan that comes later begins at once, and does not push the earlier one aside")
  func newScansBeginAtTheTurn() async throws {
    try await Fleet.run { fleet async throws in
      let agent = try await fleet.enrol("a")
      let first = try await fleet.submit("10.0.0.0/24")
      for _ in 0..<20 { #expect(try await work(fleet, agent) == first) }
      let second = try await fleet.submit("10.0.1.0/24")
      var jobs: [ScanID] = []
      for _ in 0..<10 { jobs.append(try #require(try await work(fleet, agent))) }
      #expect(abs(jobs.count { $0 == first } - 5) <= 1)
      #expect(jobs.prefix(2).contains(second))
    }
  }

  @Test("Besides its bulk job an agent gets a small one of a scan that nobody works on")
  func grantsExpressJobs() async throws {
    try await Fleet.run { fleet async throws in
      let agent = try await fleet.enrol("a")
      let other = try await fleet.enrol("b")
      _ = try await fleet.submit("10.0.0.0/16")
      let bulk = try #require(try await fleet.grant(agent))
      #expect(try await express(fleet, agent) == nil, "its own work is no reason for a second job")
      let small = try await fleet.submit("10.1.0.1")
      let grant = try #require(try await express(fleet, agent))
      #expect(grant.scan == small)
      #expect(try await express(fleet, other) == nil, "somebody works on it")
      // Both leases live: neither request took the other for forgotten.
      #expect(try await fleet.leases.renew(Fleet.claim(bulk), by: agent, waiting: .zero).order == .proceed)
      _ = try await fleet.report(grant, by: agent, number: 0, grant.blocks.map(\.rectangle))
      try await fleet.finish(grant, by: agent, chunks: 1)
      #expect(try await fleet.state(small) == .done)
      #expect(try await fleet.leases.renew(Fleet.claim(bulk), by: agent, waiting: .zero).order == .proceed)
    }
  }

  @Test("What a run asked for that another run of the agent has followed is for nobody", arguments: LeaseSlot.allCases)
  func runsThatEndedGetNothing(slot: LeaseSlot) async throws {
    try await Fleet.run { fleet async throws in
      let agent = try await fleet.enrol("a")
      for run in ["killed", "next"] {
        let answer = fleet.context.presence.introduce(
          .init(run: run, machine: "m", hostName: "h"), of: agent, report: AgentReport(clockSkew: .zero, spool: nil),
          at: fleet.clock.now)
        #expect(answer == .welcome)
      }
      let scan = try await fleet.submit("10.1.0.1")
      // Its connection looks alive, and nobody has asked for this slot since.
      let lost = try await fleet.leases.grant(
        to: agent, run: "killed", slot: slot, probesPerSecond: nil, waiting: .zero)
      #expect(lost == nil)
      let grant = try await fleet.leases.grant(to: agent, run: "next", slot: slot, probesPerSecond: nil, waiting: .zero)
      #expect(grant?.scan == scan)
    }
  }

  @Test(
    "A request for work that is read after a later one gets nothing and ends nothing", arguments: LeaseSlot.allCases)
  func lateRequestsAreForNobody(slot: LeaseSlot) async throws {
    try await Fleet.run { fleet async throws in
      let agent = try await fleet.enrol("a")
      let scan = try await fleet.submit("10.1.0.1")
      func ask(_ number: Int64?) async throws -> LeaseService.Grant? {
        try await fleet.leases.grant(to: agent, number: number, slot: slot, probesPerSecond: nil, waiting: .zero)
      }
      let grant = try #require(try await ask(8))
      // From a connection that the agent gave up before it asked for the eighth time.
      #expect(try await ask(7) == nil)
      #expect(try await fleet.leases.renew(Fleet.claim(grant), by: agent, waiting: .zero).order == .proceed)
      // Asking again says that the answer did not arrive, or that the job was forgotten.
      let again = try #require(try await ask(8))
      #expect(again.scan == scan && again.job == grant.job && again.epoch > grant.epoch)
      await fleet.expectRefusal(.leaseLost) {
        _ = try await fleet.leases.renew(Fleet.claim(grant), by: agent, waiting: .zero)
      }
      // An agent of before is taken to ask in order.
      #expect(try await ask(nil)?.job == grant.job)
    }
  }

  @Test("The numbers of a run begin anew, and are compared with no other run's")
  func numbersBelongToARun() async throws {
    try await Fleet.run { fleet async throws in
      let agent = try await fleet.enrol("a")
      _ = try await fleet.submit("10.1.0.1")
      for (run, number) in [("first", Int64(70)), ("second", 1)] {
        let answer = fleet.context.presence.introduce(
          .init(run: run, machine: "m", hostName: "h"), of: agent, report: AgentReport(clockSkew: .zero, spool: nil),
          at: fleet.clock.now)
        #expect(answer == .welcome)
        let grant = try await fleet.leases.grant(
          to: agent, run: run, number: number, probesPerSecond: nil, waiting: .zero)
        #expect(grant != nil, "\(run)")
      }
      // Late, and of a run that is over: it must not stand before what its successor asks for, either.
      let late = try await fleet.leases.grant(to: agent, run: "first", number: 71, probesPerSecond: nil, waiting: .zero)
      #expect(late == nil)
      let next = try await fleet.leases.grant(to: agent, run: "second", number: 2, probesPerSecond: nil, waiting: .zero)
      #expect(next != nil)
    }
  }

  @Test("An agent has one job of a scan at a time, whatever its slots: two would make twice the pace that is asked for")
  func oneJobOfAScanAtATime() async throws {
    try await Fleet.run { fleet async throws in
      let agent = try await fleet.enrol("a")
      let other = try await fleet.enrol("b")
      _ = try await fleet.submit("10.0.0.0/16")
      // Its request for an express job was still open when its bulk job was done, and came first.
      let small = try #require(try await express(fleet, agent))
      #expect(try await fleet.grant(agent) == nil)
      #expect(try await fleet.grant(other) != nil)
      try await fleet.finish(small, by: agent, as: .returned, chunks: 0)
      #expect(try await fleet.grant(agent) != nil)
    }
  }

  @Test("An express job of a large scan is small, and what is left of a job that came back waits")
  func expressJobsAreSmall() async throws {
    let settings = FleetSettings(jobBudget: JobBudget(duration: .seconds(30), first: 100_000, largest: 1 << 20))
    try await Fleet.run(settings: settings) { fleet async throws in
      let agent = try await fleet.enrol("a")
      let scan = try await fleet.submit("10.0.0.0/16", ports: "1-4")
      let bulk = try #require(try await fleet.grant(agent))
      try await fleet.finish(bulk, by: agent, as: .returned, chunks: 0)
      let grant = try #require(try await express(fleet, agent))
      let size = grant.blocks.map(\.rectangle).endpointCount
      #expect(size <= UInt128(JobBudget.express) && size > 0)
      let lane = try #require(try await fleet.scans.scan(scan).state.lanes.first)
      #expect(lane.waitingJobs == 1)
      let rest = try await fleet.context.store.read { session in
        try session.jobs(of: lane.record.id, in: .pending).flatMap { try session.rectangles(of: $0.id) }
      }
      #expect(size + rest.endpointCount == bulk.blocks.map(\.rectangle).endpointCount)
    }
  }

  @Test("More than a page of lanes that a bound holds back hide no other")
  func looksPastHeldLanes() async throws {
    try await Fleet.run { fleet async throws in
      let agent = try await fleet.enrol("a")
      let other = try await fleet.enrol("b")
      for _ in 0..<70 { _ = try await fleet.submit("10.0.0.0/24") { $0.tags = ["nobody-has-it"] } }
      let last = try await fleet.submit("10.0.1.1")
      #expect(try await fleet.grant(agent)?.scan == last)
      #expect(try await fleet.grant(other) == nil)
    }
  }

  @Test("Caps: of a scan, of a submitter, of a zone", arguments: ["scan", "submitter", "zone"])
  func capsJobs(kind: String) async throws {
    var settings = Fleet.settings
    if kind == "submitter" { settings.jobsPerSubmitter = 2 }
    try await Fleet.run(settings: settings) { fleet async throws in
      var agents: [AgentRecord] = []
      for name in ["a", "b", "c"] { agents.append(try await fleet.enrol(name)) }
      if kind == "zone" { try await fleet.places.setBounds(of: agents[0].zone, probesPerSecond: nil, maximumJobs: 2) }
      let scan = try await fleet.submit("10.0.0.0/24") { if kind == "scan" { $0.maximumJobs = 2 } }
      let first = try #require(try await fleet.grant(agents[0]))
      #expect(try await fleet.grant(agents[1]) != nil)
      #expect(try await fleet.grant(agents[2]) == nil)
      if kind == "scan" {
        let other = try await fleet.submit("10.0.1.0/24")
        #expect(try await fleet.grant(agents[2])?.scan == other, "another scan is not held back")
      }
      try await fleet.finish(first, by: agents[0], as: .returned, chunks: 0)
      #expect(try await fleet.grant(agents[0])?.scan == scan)
    }
  }

  @Test("A rate is divided among the agents that may come, and never given out beyond itself")
  func dividesRates() async throws {
    try await Fleet.run { fleet async throws in
      var agents: [AgentRecord] = []
      for name in ["a", "b", "c"] { agents.append(try await fleet.enrol(name)) }
      for agent in agents { #expect(try await fleet.grant(agent) == nil) }
      _ = try await fleet.submit("10.0.0.0/16") { $0.rate = 100 }
      var rates: [Int] = []
      for agent in agents { rates.append(try #require(try await fleet.grant(agent)?.probesPerSecond)) }
      #expect(rates == [33, 33, 33])
      let late = try await fleet.enrol("d")
      #expect(try await fleet.grant(late)?.probesPerSecond == 1, "what is left")
      let none = try await fleet.enrol("e")
      #expect(try await fleet.grant(none) == nil)
    }
  }

  @Test("The lowest rate wins: of scan, agent, zone and network")
  func lowestRateWins() async throws {
    try await Fleet.run { fleet async throws in
      let agent = try await fleet.enrol("a")
      #expect(try await fleet.grant(agent) == nil)
      for (expected, target) in [(50, "10.0.0.0/28"), (40, "10.0.1.0/28"), (30, "10.0.2.0/28"), (20, "10.0.3.0/28")] {
        let scan = try await fleet.submit(target) {
          $0.rate = 50
          if expected == 40 { $0.ratePerAgent = 40 }
        }
        if expected == 30 { try await fleet.places.setBounds(of: agent.zone, probesPerSecond: 30, maximumJobs: nil) }
        if expected == 20 {
          _ = try await fleet.access.addScopeRule(
            .limit, networks: [target], name: "slow", note: "printers", site: nil, ports: nil, probesPerSecond: 20,
            until: nil)
        }
        let grant = try #require(try await fleet.grant(agent))
        #expect(grant.scan == scan && grant.probesPerSecond == expected)
        try await fleet.scans.cancel(scan)
        try await fleet.finish(grant, by: agent, as: .returned, chunks: 0)
      }
    }
  }

  @Test(
    "A limited network's rate is divided over those who work in it; what it holds back waits while the rest goes on")
  func limitsNetworks() async throws {
    try await Fleet.run { fleet async throws in
      let first = try await fleet.enrol("a")
      let second = try await fleet.enrol("b")
      let third = try await fleet.enrol("c")
      _ = try await fleet.access.addScopeRule(
        .limit, networks: ["10.0.0.0/28"], name: "printers", note: "they are slow", site: nil, ports: nil,
        probesPerSecond: 2, maximumJobs: 1, until: nil)
      let scan = try await fleet.submit("10.0.0.0/27", ports: "1-4")
      let limited = AddressSet([
        HostRange(AddressRange(network: IPAddress(ipv4: 0x0a00_0000), prefixLength: 28))
      ])
      func isLimited(_ grant: LeaseService.Grant) -> Bool {
        let hosts = AddressSet(grant.blocks.flatMap(\.hosts))
        let inside = !hosts.intersection(limited).isEmpty
        #expect(inside ? hosts.subtracting(limited).isEmpty : true, "a job lies wholly inside or outside")
        #expect(grant.probesPerSecond == (inside ? 2 : nil))
        return inside
      }
      var inside = 0
      var outside = 0
      var running: [(LeaseService.Grant, AgentRecord)] = []
      for agent in [first, second, third] {
        guard let grant = try await fleet.grant(agent) else { continue }
        if isLimited(grant) { inside += 1 } else { outside += 1 }
        running.append((grant, agent))
      }
      #expect(inside == 1 && outside == 2)
      for (grant, agent) in running {
        _ = try await fleet.report(grant, by: agent, number: 0, grant.blocks.map(\.rectangle))
        try await fleet.finish(grant, by: agent, chunks: 1)
      }
      while let grant = try await fleet.grant(first) {
        _ = isLimited(grant)
        _ = try await fleet.report(grant, by: first, number: 0, grant.blocks.map(\.rectangle))
        try await fleet.finish(grant, by: first, chunks: 1)
      }
      #expect(try await fleet.coverage(scan) == LaneCoverage(probed: 128))
      #expect(try await fleet.state(scan) == .done)
    }
  }

  @Test("A scan for named agents, or tagged ones, goes to those alone, and says for whom it waits")
  func placesByNameAndTag() async throws {
    try await Fleet.run { fleet async throws in
      let first = try await fleet.enrol("a")
      let second = try await fleet.enrol("b", tags: ["lab", "fast"])
      let named = try await fleet.submit { $0.agents = ["b"] }
      let tagged = try await fleet.submit { $0.tags = ["fast", "lab"] }
      #expect(try await fleet.grant(first) == nil)
      #expect(try await fleet.grant(second)?.scan == named)
      await fleet.expectRefusal(.invalidValue, at: "/agents/0") { _ = try await fleet.submit { $0.agents = ["c"] } }
      try await fleet.places.removeAgent(second.id)
      let reasons = try await [named, tagged].asyncMap { try await fleet.scans.scan($0).state.lanes[0].pendingReason }
      #expect(
        reasons == [
          "no scanning agent in this site is \(second.id)", "no scanning agent in this site is tagged fast and lab",
        ])
    }
  }

  @Test("A huge lane that rules have come to forbid does not hold up the others")
  func forbiddenLanesHoldUpNobody() async throws {
    try await Fleet.run { fleet async throws in
      let agent = try await fleet.enrol("a")
      _ = try await fleet.submit("10.0.0.0/8", ports: "1-1000")
      let other = try await fleet.submit("192.168.0.1", ports: "1")
      _ = try await fleet.access.addScopeRule(
        .exclude, networks: ["10.0.0.0/8"], name: "none", note: "not any more", site: nil, ports: nil, until: nil)
      #expect(try await fleet.grant(agent)?.scan == other)
      #expect(try await fleet.grant(agent)?.scan == other, "and a request with nothing to find comes to its end")
    }
  }

  @Test("An agent whose rate for a scan is bounded works on it in one slot alone")
  func keepsAgentRatesOverSlots() async throws {
    try await Fleet.run { fleet async throws in
      let agent = try await fleet.enrol("a")
      let other = try await fleet.enrol("b")
      let scan = try await fleet.submit("10.0.0.0/24") { $0.ratePerAgent = 10 }
      #expect(try await express(fleet, agent)?.scan == scan)
      #expect(try await fleet.grant(agent) == nil)
      #expect(try await fleet.grant(other)?.scan == scan)
    }
  }

  @Test("A rate is divided among agents that may take part, not among all")
  func dividesAmongThoseAdmitted() async throws {
    try await Fleet.run { fleet async throws in
      let lab = try await fleet.enrol("lab", tags: ["lab"])
      for name in ["a", "b", "c", "d"] { #expect(try await fleet.grant(try await fleet.enrol(name)) == nil) }
      #expect(try await fleet.grant(lab) == nil)
      _ = try await fleet.submit("10.0.0.0/16") {
        $0.rate = 100
        $0.tags = ["lab"]
      }
      #expect(try await fleet.grant(lab)?.probesPerSecond == 100)
    }
  }

  @Test("An agent that was removed stops at once: the renewal it holds open ends")
  func removalEndsRenewals() async throws {
    try await Fleet.run { fleet async throws in
      let agent = try await fleet.enrol("a")
      _ = try await fleet.submit()
      let grant = try #require(try await fleet.grant(agent))
      let held = Task { try await fleet.leases.renew(Fleet.claim(grant), by: agent, waiting: .seconds(600)) }
      while fleet.context.holders.count == 0 { await Task.yield() }
      try await fleet.places.removeAgent(agent.id)
      await #expect(throws: Refusal.self) { _ = try await held.value }
    }
  }

  @Test("A lane that waits says why")
  func saysWhyItWaits() async throws {
    try await Fleet.run { fleet async throws in
      let scan = try await fleet.submit("10.0.0.0/24") { $0.maximumJobs = 1 }
      func reason() async throws -> String? { try await fleet.scans.scan(scan).state.lanes[0].pendingReason }
      #expect(try await reason() == "no agent in this site has the duty to scan")
      let agent = try await fleet.enrol("a")
      #expect(try await reason() == "no scanning agent in this site has been heard of lately (1 enrolled)")
      let grant = try #require(try await fleet.grant(agent))
      #expect(try await reason() == nil)
      try await fleet.finish(grant, by: agent, as: .returned, chunks: 0)
      #expect(try await reason() == "waiting for a free agent (1 in this site)")
      try await fleet.places.setDrained(agent.id, true)
      #expect(try await reason() == "every scanning agent in this site is drained (1)")
      try await fleet.halts.halt(site: nil, zone: nil, note: "an incident", by: .local)
      #expect(try await reason() == "probing is halted: an incident")
      try await fleet.scans.pause(scan)
      #expect(try await reason() == "the scan is paused")
    }
  }
}
