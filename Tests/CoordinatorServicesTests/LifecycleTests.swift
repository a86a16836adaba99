import CoordinatorCore
import Model
import Testing

@testable import CoordinatorServices

@Suite struct LifecycleTests {
  private static let whole = [WorkRectangle(hosts: 0..<16, ports: 0..<4)]

  @Test("Submitted, leased, reported and finished, a scan is done, and its receipt adds up at every moment")
  func runsToTheEnd() async throws {
    try await Fleet.run { fleet async throws in
      let agent = try await fleet.enrol("a")
      let scan = try await fleet.submit()
      #expect(try await fleet.state(scan) == .queued)
      var worked: [WorkRectangle] = []
      var reported: UInt128 = 0
      while let grant = try await fleet.grant(agent) {
        #expect(try await fleet.state(scan) == .running)
        let rectangles = grant.blocks.map(\.rectangle)
        for (number, rectangle) in rectangles.enumerated() {
          #expect(try await fleet.report(grant, by: agent, number: number, [rectangle]))
          reported += rectangle.count
          let coverage = try await fleet.coverage(scan)
          #expect(coverage == LaneCoverage(probed: reported))
        }
        try await fleet.finish(grant, by: agent, chunks: rectangles.count)
        worked += rectangles
      }
      #expect(try await fleet.state(scan) == .done)
      #expect(worked.count > 1)
      #expect(Self.whole.subtracting(worked).isEmpty)
      #expect(worked.endpointCount == 64, "nothing was granted twice")
    }
  }

  @Test("Failed and skipped endpoints are counted with their reasons")
  func countsFailures() async throws {
    try await Fleet.run { fleet async throws in
      let agent = try await fleet.enrol("a")
      let scan = try await fleet.submit("10.0.0.1", ports: "1-3")
      let grant = try #require(try await fleet.grant(agent))
      func report(_ number: Int, _ port: Int, _ reason: ProbeReason) async throws {
        let part = [WorkRectangle(hosts: 0..<1, ports: port..<port + 1)]
        let chunk = try await fleet.chunk(grant, number: number, part, otherwise: .unchecked, because: reason)
        #expect(try await fleet.results.accept(chunk, under: Fleet.claim(grant), from: agent))
      }
      try await report(0, 0, .policy)
      try await report(1, 1, .localResources)
      try await report(2, 2, .cutShort)
      try await fleet.finish(grant, by: agent, chunks: 3)
      #expect(try await fleet.coverage(scan) == LaneCoverage(probed: 0, skipped: 1, failed: 2))
      let failures = try await fleet.scans.scan(scan).state.lanes.flatMap(\.failures)
      #expect(Set(failures.map(\.reason)) == [.localResources, .cutShort])
      let skips = try await fleet.scans.scan(scan).state.lanes.flatMap(\.skips)
      #expect(skips == [LaneSkip(cause: .policy(agent.id), count: 1)])
    }
  }

  @Test("An identical second finish succeeds, a different one conflicts")
  func finishesOnce() async throws {
    try await Fleet.run { fleet async throws in
      let agent = try await fleet.enrol("a")
      _ = try await fleet.submit()
      let grant = try #require(try await fleet.grant(agent))
      _ = try await fleet.report(grant, by: agent, number: 0, grant.blocks.map(\.rectangle))
      try await fleet.finish(grant, by: agent, chunks: 1)
      try await fleet.finish(grant, by: agent, chunks: 1)
      await fleet.expectRefusal(.conflict) { try await fleet.finish(grant, by: agent, as: .failed, chunks: 1) }
      await fleet.expectRefusal(.conflict) { try await fleet.finish(grant, by: agent, chunks: 2) }
    }
  }

  @Test("A finish that counts other chunks than arrived, or leaves endpoints out, is refused and ends nothing")
  func refusesFalseFinishes() async throws {
    try await Fleet.run { fleet async throws in
      let agent = try await fleet.enrol("a")
      _ = try await fleet.submit()
      let grant = try #require(try await fleet.grant(agent))
      await fleet.expectRefusal(.conflict, at: "/chunkCount") { try await fleet.finish(grant, by: agent, chunks: 1) }
      await fleet.expectRefusal(.conflict, at: "/outcome") { try await fleet.finish(grant, by: agent, chunks: 0) }
      #expect(try await fleet.report(grant, by: agent, number: 0, grant.blocks.map(\.rectangle)))
      try await fleet.finish(grant, by: agent, chunks: 1)
    }
  }

  @Test("A wrong token, epoch, generation, job or agent has no lease")
  func demandsTheLease() async throws {
    try await Fleet.run { fleet async throws in
      let agent = try await fleet.enrol("a")
      let other = try await fleet.enrol("b")
      _ = try await fleet.submit()
      let grant = try #require(try await fleet.grant(agent))
      func claim(
        job: JobID? = nil, generation: Int64? = nil, epoch: Int64? = nil, token: String? = nil
      ) -> LeaseService.Claim {
        .init(
          job: job ?? grant.job, generation: generation ?? grant.generation, epoch: epoch ?? grant.epoch,
          token: token ?? grant.token)
      }
      let wrong = [
        (claim(token: "ppl_guessed"), agent), (claim(epoch: grant.epoch + 1), agent), (claim(epoch: 0), agent),
        (claim(generation: grant.generation + 1), agent), (claim(job: JobID(99)), agent), (claim(), other),
      ]
      let chunk = try await fleet.chunk(grant, number: 0, grant.blocks.map(\.rectangle))
      let finish = LeaseFinish(outcome: .returned, chunkCount: 0, reason: nil)
      for (claim, agent) in wrong {
        await fleet.expectRefusal(.leaseLost) {
          _ = try await fleet.leases.renew(claim, by: agent, waiting: .zero)
        }
        await fleet.expectRefusal(.leaseLost) {
          _ = try await fleet.results.accept(chunk, under: claim, from: agent)
        }
        await fleet.expectRefusal(.leaseLost) { try await fleet.leases.finish(claim, by: agent, with: finish) }
      }
      #expect(try await fleet.leases.renew(claim(), by: agent, waiting: .zero).order == .proceed)
    }
  }

  @Test(
    "An agent that did not hear the answer to its last word renews in peace until it says it again",
    arguments: [LeaseFinish.Outcome.done, .returned, .failed])
  func renewsAfterAnUnheardFinish(outcome: LeaseFinish.Outcome) async throws {
    try await Fleet.run { fleet async throws in
      let agent = try await fleet.enrol("a")
      _ = try await fleet.submit("10.0.0.1", ports: "1-4")
      let grant = try #require(try await fleet.grant(agent))
      #expect(try await fleet.report(grant, by: agent, number: 0, grant.blocks.map(\.rectangle)))
      func lease() async throws -> LeaseRecord? {
        try await fleet.context.store.read { try $0.lease(job: grant.job, epoch: grant.epoch) }
      }
      let granted = try await lease()
      fleet.clock.advance(by: .seconds(1))
      async let parked = fleet.leases.renew(Fleet.claim(grant), by: agent, waiting: .seconds(600))
      for _ in 0..<100_000 {
        guard try await lease()?.expiresAt == granted?.expiresAt else { break }
        await Task.yield()
      }
      try await fleet.finish(grant, by: agent, as: outcome, chunks: 1)
      let finished = try await lease()
      // What is told to all who hold leases is nothing to it: of the connections of before no answer came.
      fleet.context.holders.wake()
      #expect(try await parked.order == .proceed)
      let order = try await fleet.leases.renew(Fleet.claim(grant), by: agent, waiting: .zero)
      #expect(order.order == .proceed && order.lasting == fleet.context.settings.leaseDuration)
      let after = try await lease()
      #expect(after?.expiresAt == finished?.expiresAt && after?.endedAt == finished?.endedAt && after?.endedAt != nil)
      try await fleet.finish(grant, by: agent, as: outcome, chunks: 1)
    }
  }

  @Test("Cancelled, a scan grants no more work, and a renewal says so at once")
  func cancels() async throws {
    try await Fleet.run { fleet async throws in
      let agent = try await fleet.enrol("a")
      let scan = try await fleet.submit()
      let grant = try #require(try await fleet.grant(agent))
      async let order = fleet.leases.renew(Fleet.claim(grant), by: agent, waiting: .seconds(600))
      try await fleet.scans.cancel(scan)
      #expect(try await order.order == .stop("the scan is cancelled"))
      #expect(try await fleet.report(grant, by: agent, number: 0, grant.blocks.map(\.rectangle).firstPart))
      try await fleet.finish(grant, by: agent, as: .returned, chunks: 1)
      #expect(try await fleet.grant(agent) == nil)
      #expect(try await fleet.state(scan) == .cancelled)
      try await fleet.scans.cancel(scan)
      #expect(try await fleet.coverage(scan).probed == grant.blocks.map(\.rectangle).firstPart.endpointCount)
    }
  }

  @Test("A scan that runs longer than it may ends incomplete")
  func endsAtItsDeadline() async throws {
    try await Fleet.run { fleet async throws in
      let agent = try await fleet.enrol("a")
      let scan = try await fleet.submit { $0.maximumDuration = .seconds(10) }
      let grant = try #require(try await fleet.grant(agent))
      fleet.clock.advance(by: .seconds(9))
      try await fleet.reaper.sweep()
      #expect(try await fleet.state(scan) == .running)
      fleet.clock.advance(by: .seconds(1))
      try await fleet.reaper.sweep()
      #expect(try await fleet.state(scan) == .incomplete)
      #expect(
        try await fleet.leases.renew(Fleet.claim(grant), by: agent, waiting: .zero).order
          == .stop("the scan is incomplete"))
    }
  }
}
