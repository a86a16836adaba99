import CoordinatorCore
import Model
import Testing

@testable import CoordinatorServices

@Suite struct LeaseLossTests {
  private static let leaseDuration = Fleet.settings.leaseDuration

  @Test("A lease that ran out returns only its remainder; the next agent gets that, and nothing is done twice")
  func returnsTheRemainder() async throws {
    try await Fleet.run { fleet async throws in
      let first = try await fleet.enrol("a")
      let second = try await fleet.enrol("b")
      let scan = try await fleet.submit("10.0.0.0/28", ports: "1")
      let grant = try #require(try await fleet.grant(first))
      let job = grant.blocks.map(\.rectangle)
      let done = job.firstPart
      #expect(try await fleet.report(grant, by: first, number: 0, done))
      fleet.clock.advance(by: Self.leaseDuration)
      try await fleet.reaper.sweep()
      #expect(try await fleet.grant(second) == nil, "a lease is good to its last millisecond")
      fleet.clock.advance(by: .milliseconds(1))
      try await fleet.reaper.sweep()
      let next = try #require(try await fleet.grant(second))
      #expect(next.job == grant.job && next.epoch == grant.epoch + 1)
      let remainder = next.blocks.map(\.rectangle)
      #expect(remainder.endpointCount == job.endpointCount - done.endpointCount)
      #expect(remainder.subtracting(done).endpointCount == remainder.endpointCount)
      await fleet.expectRefusal(.leaseLost) {
        _ = try await fleet.leases.renew(Fleet.claim(grant), by: first, waiting: .zero)
      }
      await fleet.expectRefusal(.leaseLost) { try await fleet.finish(grant, by: first, chunks: 1) }
      #expect(try await fleet.report(next, by: second, number: 0, remainder))
      try await fleet.finish(next, by: second, chunks: 1)
      #expect(try await fleet.coverage(scan) == LaneCoverage(probed: 16))
      #expect(try await fleet.state(scan) == .done)
    }
  }

  @Test("A renewal keeps the lease as long as the clock says")
  func renewsByTheClock() async throws {
    try await Fleet.run { fleet async throws in
      let agent = try await fleet.enrol("a")
      _ = try await fleet.submit()
      let grant = try #require(try await fleet.grant(agent))
      for _ in 0..<5 {
        fleet.clock.advance(by: Self.leaseDuration * 2 / 3)
        #expect(try await fleet.leases.renew(Fleet.claim(grant), by: agent, waiting: .zero).order == .proceed)
        try await fleet.reaper.sweep()
      }
      #expect(try await fleet.report(grant, by: agent, number: 0, grant.blocks.map(\.rectangle)))
    }
  }

  @Test("A job that goes nowhere is benched after its attempts, and the scan ends incomplete")
  func benches() async throws {
    try await Fleet.run { fleet async throws in
      let agent = try await fleet.enrol("a")
      let scan = try await fleet.submit("10.0.0.1", ports: "1")
      var job: JobID?
      for attempt in 1...Fleet.settings.attemptLimit {
        let grant = try #require(try await fleet.grant(agent))
        #expect(grant.attempt == attempt)
        job = grant.job
        fleet.clock.advance(by: Self.leaseDuration + .seconds(1))
        try await fleet.reaper.sweep()
      }
      #expect(try await fleet.grant(agent) == nil)
      #expect(try await fleet.state(scan) == .incomplete)
      let id = try #require(job)
      let record = try #require(try await fleet.context.store.read { try $0.job(id) })
      #expect(record.state == .benched)
      #expect(record.lastError?.contains("did not renew") == true)
      #expect(try await fleet.coverage(scan) == LaneCoverage())
    }
  }

  @Test("Progress is no failure: a job that moves on each time is never benched")
  func forgivesProgress() async throws {
    try await Fleet.run { fleet async throws in
      let agent = try await fleet.enrol("a")
      let scan = try await fleet.submit("10.0.0.0/28", ports: "1")
      for _ in 0..<16 {
        let grant = try #require(try await fleet.grant(agent))
        #expect(try await fleet.report(grant, by: agent, number: 0, grant.blocks.map(\.rectangle).firstPart))
        fleet.clock.advance(by: Self.leaseDuration + .seconds(1))
        try await fleet.reaper.sweep()
      }
      #expect(try await fleet.state(scan) == .done)
      #expect(try await fleet.coverage(scan) == LaneCoverage(probed: 16))
    }
  }

  @Test("A job given back counts no attempt")
  func takesJobsBack() async throws {
    try await Fleet.run { fleet async throws in
      let agent = try await fleet.enrol("a")
      _ = try await fleet.submit("10.0.0.1", ports: "1")
      for _ in 0..<Fleet.settings.attemptLimit + 2 {
        let grant = try #require(try await fleet.grant(agent))
        #expect(grant.attempt == 1)
        try await fleet.finish(grant, by: agent, as: .returned, chunks: 0)
      }
    }
  }

  @Test("A chunk under a lost lease is kept as dated sightings: it counts in no receipt and closes nothing")
  func keepsLateSightings() async throws {
    try await Fleet.run { fleet async throws in
      let first = try await fleet.enrol("a")
      let second = try await fleet.enrol("b")
      let scan = try await fleet.submit("10.0.0.1", ports: "1-2")
      let grant = try #require(try await fleet.grant(first))
      let seenAt = fleet.clock.now
      fleet.clock.advance(by: Self.leaseDuration + .seconds(1))
      try await fleet.reaper.sweep()
      let late = try await fleet.chunk(
        grant, number: 0, grant.blocks.map(\.rectangle), open: [ProtocolPort(.tcp, 1)], at: seenAt)
      for _ in 0..<2 {
        #expect(try await !fleet.results.accept(late, under: Fleet.claim(grant), from: first))
      }
      #expect(try await fleet.coverage(scan) == LaneCoverage())
      let rows = try await fleet.rows("state:open")
      #expect(rows.map(\.port) == [1])
      #expect(rows.map(\.summary.lastSeen) == [seenAt])
      #expect(try await fleet.rows("port:2 state:closed").isEmpty)
      let worked = try await fleet.workThrough(second)
      #expect(worked.endpointCount == 2, "all of it is still to do")
      #expect(try await fleet.rows("port:1 state:closed").count == 1)
    }
  }

  @Test("A late chunk cannot speak of what the scan never asked for")
  func confinesLateSightings() async throws {
    try await Fleet.run { fleet async throws in
      let agent = try await fleet.enrol("a")
      _ = try await fleet.submit("10.0.0.1", ports: "1-2")
      let grant = try #require(try await fleet.grant(agent))
      fleet.clock.advance(by: Self.leaseDuration + .seconds(1))
      try await fleet.reaper.sweep()
      let elsewhere = HostAddress(IPAddress(ipv4: 0x0a00_00c8))
      for (host, port) in [(elsewhere, Port(1)), (HostAddress(IPAddress(ipv4: 0x0a00_0001)), Port(99))] {
        let late = ResultService.Chunk(
          number: 0, digest: [1], completed: [],
          sightings: [
            .init(
              host: host, endpoint: ProtocolPort(.tcp, port), reason: .synAck, observedAt: fleet.clock.now,
              isSelfView: false)
          ], runs: [])
        await fleet.expectRefusal(.invalidValue, at: "/sightings/0") {
          _ = try await fleet.results.accept(late, under: Fleet.claim(grant), from: agent)
        }
      }
      #expect(try await fleet.rows("").isEmpty)
    }
  }

  @Test("An agent that asks anew in mid-job has forgotten it: the remainder goes back, and an attempt is counted")
  func takesForgottenJobsBack() async throws {
    try await Fleet.run { fleet async throws in
      let agent = try await fleet.enrol("a")
      let scan = try await fleet.submit("10.0.0.0/28", ports: "1")
      let grant = try #require(try await fleet.grant(agent))
      #expect(try await fleet.report(grant, by: agent, number: 0, grant.blocks.map(\.rectangle).firstPart))
      let next = try #require(try await fleet.grant(agent))
      #expect(next.job == grant.job && next.epoch == grant.epoch + 1 && next.attempt == 2)
      #expect(next.blocks.map(\.rectangle).endpointCount == 15)
      await fleet.expectRefusal(.leaseLost) { try await fleet.finish(grant, by: agent, chunks: 1) }
      #expect(try await fleet.report(next, by: agent, number: 0, next.blocks.map(\.rectangle)))
      try await fleet.finish(next, by: agent, chunks: 1)
      #expect(try await fleet.state(scan) == .done)
      #expect(try await fleet.coverage(scan) == LaneCoverage(probed: 16))
    }
  }

  @Test("Started anew on the same file, the coordinator extends running leases before it reaps")
  func extendsAtStart() async throws {
    let folder = try TemporaryFolder()
    let clock = TestClock()
    let path = folder.path("periplus.sqlite")
    var held: (grant: LeaseService.Grant, agent: AgentRecord, scan: ScanID)?
    try await Fleet.run(path: path, clock: clock) { fleet async throws in
      let agent = try await fleet.enrol("a")
      let scan = try await fleet.submit("10.0.0.1", ports: "1")
      held = (try #require(try await fleet.grant(agent)), agent, scan)
    }
    clock.advance(by: .seconds(3_600))
    let (grant, agent, scan) = try #require(held)
    try await Fleet.run(path: path, clock: clock) { fleet async throws in
      let reaper = fleet.reaper
      let reaping = Task { try await reaper.run() }
      defer { reaping.cancel() }
      let expected = clock.now + Self.leaseDuration
      let deadline = ContinuousClock.now + .seconds(60)
      while ContinuousClock.now < deadline {
        let lease = try await fleet.context.store.read { try $0.lease(job: grant.job, epoch: grant.epoch) }
        if lease?.expiresAt == expected { break }
        await Task.yield()
      }
      try await fleet.reaper.sweep()
      #expect(try await fleet.leases.renew(Fleet.claim(grant), by: agent, waiting: .zero).order == .proceed)
      #expect(try await fleet.report(grant, by: agent, number: 0, grant.blocks.map(\.rectangle)))
      try await fleet.finish(grant, by: agent, chunks: 1)
      #expect(try await fleet.state(scan) == .done)
    }
  }
}
