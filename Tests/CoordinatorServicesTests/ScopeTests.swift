import CoordinatorCore
import Model
import Testing

@testable import CoordinatorServices

@Suite struct ScopeTests {
  private func exclude(_ network: String, ports: String? = nil, in fleet: Fleet) async throws {
    _ = try await fleet.access.addScopeRule(
      .exclude, networks: [network], name: "no", note: "fragile", site: nil, ports: ports, until: nil)
  }

  @Test("What a rule excludes after submission is skipped and counted, never granted")
  func skipsWhatIsExcludedLater() async throws {
    try await Fleet.run { fleet async throws in
      let agent = try await fleet.enrol("a")
      let scan = try await fleet.submit()
      try await exclude("10.0.0.4/30", in: fleet)
      let worked = try await fleet.workThrough(agent)
      #expect(worked.endpointCount == 48)
      #expect(worked.allSatisfy { $0.hosts.upperBound <= 4 || $0.hosts.lowerBound >= 8 })
      #expect(try await fleet.coverage(scan) == LaneCoverage(probed: 48, skipped: 16))
      #expect(try await fleet.state(scan) == .done)
    }
  }

  @Test("The receipt names the rule that left something out, the first where two do, and says when none allows it")
  func namesTheRule() async throws {
    try await Fleet.run { fleet async throws in
      let agent = try await fleet.enrol("a")
      let scan = try await fleet.submit()
      func rule(_ action: ScopeAction, _ network: String, _ name: String, ports: String? = nil) async throws {
        _ = try await fleet.access.addScopeRule(
          action, networks: [network], name: name, note: "n", site: nil, ports: ports, until: nil)
      }
      try await rule(.exclude, "10.0.0.4/30", "printers")
      try await rule(.exclude, "10.0.0.4/31", "scanners")
      try await rule(.exclude, "10.0.0.0/31", "sql", ports: "2-3")
      try await rule(.exclude, "10.0.0.0/31", "more", ports: "3-4")
      _ = try await fleet.workThrough(agent)
      #expect(try await fleet.coverage(scan) == LaneCoverage(probed: 42, skipped: 22))
      #expect(
        Set(try await fleet.scans.scan(scan).state.lanes.flatMap(\.skips)) == [
          LaneSkip(cause: .rule("printers"), count: 16), LaneSkip(cause: .rule("sql"), count: 4),
          LaneSkip(cause: .rule("more"), count: 2),
        ])
    }
  }

  @Test("A rule of ports skips just those ports")
  func skipsPortsExcludedLater() async throws {
    try await Fleet.run { fleet async throws in
      let agent = try await fleet.enrol("a")
      let scan = try await fleet.submit()
      try await exclude("10.0.0.0/28", ports: "2", in: fleet)
      let worked = try await fleet.workThrough(agent)
      #expect(worked.allSatisfy { !$0.ports.contains(1) })
      #expect(worked.endpointCount == 48)
      #expect(try await fleet.coverage(scan) == LaneCoverage(probed: 48, skipped: 16))
    }
  }

  @Test("Jobs that came back are held against today's rules too, and the lane goes on to the next")
  func skipsReturnedJobs() async throws {
    try await Fleet.run { fleet async throws in
      let first = try await fleet.enrol("a")
      let second = try await fleet.enrol("b")
      let scan = try await fleet.submit("10.0.0.1,10.0.1.1", ports: "1-16")
      let grants = [try await fleet.grant(first), try await fleet.grant(second)].compactMap(\.self)
      #expect(grants.count == 2)
      for (grant, agent) in zip(grants, [first, second]) {
        try await fleet.finish(grant, by: agent, as: .returned, chunks: 0)
      }
      let later = try #require(grants.last)
      #expect(later.blocks.allSatisfy { $0.rectangle.ports == 8..<16 })
      try await exclude("10.0.0.0/8", ports: "1-8", in: fleet)
      let next = try #require(try await fleet.grant(first), "the job behind the excluded one is granted at once")
      #expect(next.job == later.job)
      #expect(try await fleet.coverage(scan) == LaneCoverage(skipped: 16))
    }
  }

  @Test("A scan that is wholly excluded after submission ends without a probe")
  func endsWhollyExcludedScans() async throws {
    try await Fleet.run { fleet async throws in
      let agent = try await fleet.enrol("a")
      let scan = try await fleet.submit()
      try await exclude("10.0.0.0/8", in: fleet)
      #expect(try await fleet.grant(agent) == nil)
      #expect(try await fleet.state(scan) == .done)
      #expect(try await fleet.coverage(scan) == LaneCoverage(skipped: 64))
    }
  }

  @Test("What no rule allows, or a rule excludes wholly, is refused when it is submitted")
  func refusesAtSubmission() async throws {
    try await Fleet.run { fleet async throws in
      await fleet.expectRefusal(.outOfScope, at: "/targets") { _ = try await fleet.submit("192.0.2.1") }
      await fleet.expectRefusal(.outOfScope, at: "/targets") { _ = try await fleet.submit("10.0.0.1,192.0.2.1") }
      try await exclude("10.0.0.0/28", ports: "2", in: fleet)
      await fleet.expectRefusal(.outOfScope, at: "/ports") { _ = try await fleet.submit(ports: "1-4") }
      _ = try await fleet.submit(ports: "1,3-4")
    }
  }

  @Test("Names are resolved once; a name that stands for nothing is refused, an exclusion's above all")
  func resolvesNames() async throws {
    let resolver = NamedHosts(known: ["web.example": [IPAddress(ipv4: 0x0a00_0007)]])
    try await Fleet.run(resolver: resolver) { fleet async throws in
      let scan = try await fleet.submit("web.example", ports: "1")
      #expect(try await fleet.scans.scan(scan).state.record.request.space == "10.0.0.7")
      await fleet.expectRefusal(.invalidValue, at: "/targets") { _ = try await fleet.submit("gone.example") }
      await fleet.expectRefusal(.invalidValue, at: "/exclusions") {
        _ = try await fleet.submit { $0.exclusions = ["gone.example"] }
      }
      await fleet.expectRefusal(.invalidValue, at: "/targets") {
        _ = try await fleet.submit("web.example") { $0.exclusions = ["10.0.0.0/24"] }
      }
    }
  }

  @Test("More than 2^40 probes need consent; a dry run stores nothing")
  func asksForConsent() async throws {
    try await Fleet.run { fleet async throws in
      await fleet.expectRefusal(.confirmationNeeded) { _ = try await fleet.submit("fd00::/64", ports: "1") }
      var dry = ScanService.Submission(targets: ["fd00::/64"])
      dry.isDryRun = true
      #expect(try await fleet.scans.submit(dry, by: .local).scan == nil)
      #expect(try await fleet.scans.scans(before: nil, limit: 9).scans.isEmpty)
      let scan = try await fleet.submit("fd00::/64", ports: "1") { $0.isConfirmed = true }
      #expect(try await fleet.scans.scan(scan).state.record.request.hostCount == 1 << 64)
    }
  }
}
