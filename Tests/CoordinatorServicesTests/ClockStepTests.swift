import CoordinatorCore
import Model
import Testing

@testable import CoordinatorServices

/// The coordinator's wall clock is set, or the coordinator itself stands still, while agents work.
@Suite struct ClockStepTests {
  private static let leaseDuration = Fleet.settings.leaseDuration

  @Test(
    "A clock that is set, forwards or back, takes no lease away, and lets none live for ever",
    arguments: [3_600, -3_600])
  func survivesSteps(seconds: Int) async throws {
    try await Fleet.run { fleet async throws in
      let reaper = fleet.reaper
      let worker = try await fleet.enrol("worker")
      let victim = try await fleet.enrol("victim")
      _ = try await fleet.submit()
      let held = try #require(try await fleet.grant(worker))
      let lost = try #require(try await fleet.grant(victim))
      var continuous = Duration.zero
      func tick(_ span: Duration, stepping step: Duration = .zero) async throws {
        continuous += span
        fleet.clock.advance(by: span + step)
        try await reaper.mindTheClock(since: continuous)
        try await reaper.sweep()
      }
      try await tick(.seconds(1))
      try await tick(.seconds(1), stepping: .seconds(seconds))
      #expect(try await fleet.report(held, by: worker, number: 0, held.blocks.map(\.rectangle).firstPart))
      for _ in 0..<4 {
        try await tick(.seconds(9))
        #expect(try await fleet.leases.renew(Fleet.claim(held), by: worker, waiting: .zero).order == .proceed)
      }
      // The victim has said nothing since: its job is another's now.
      await fleet.expectRefusal(.leaseLost) {
        _ = try await fleet.leases.renew(Fleet.claim(lost), by: victim, waiting: .zero)
      }
      try await fleet.finish(held, by: worker, as: .returned, chunks: 1)
      let next = try #require(try await fleet.grant(worker))
      #expect([held.job, lost.job].contains(next.job))
      // The deadline has moved as the clock has, and is still there.
      for _ in 0..<220 {
        try await tick(.seconds(9))
        _ = try? await fleet.leases.renew(Fleet.claim(next), by: worker, waiting: .zero)
      }
      await fleet.expectRefusal(.leaseLost) {
        _ = try await fleet.leases.renew(Fleet.claim(next), by: worker, waiting: .zero)
      }
    }
  }

  @Test("A coordinator that stood still past the leases' end gives everyone time to renew")
  func survivesAbsence() async throws {
    try await Fleet.run { fleet async throws in
      let reaper = fleet.reaper
      let agent = try await fleet.enrol("a")
      _ = try await fleet.submit()
      let grant = try #require(try await fleet.grant(agent))
      try await reaper.mindTheClock(since: .zero)
      fleet.clock.advance(by: Self.leaseDuration * 3)
      try await reaper.mindTheClock(since: Self.leaseDuration * 3)
      try await reaper.sweep()
      #expect(try await fleet.leases.renew(Fleet.claim(grant), by: agent, waiting: .zero).order == .proceed)
    }
  }

  @Test("After the clock was set back an agent that is there is present, and one long silent is not")
  func keepsPresence() async throws {
    try await Fleet.run { fleet async throws in
      let reaper = fleet.reaper
      let agent = try await fleet.enrol("a")
      _ = try await fleet.grant(agent)
      try await reaper.mindTheClock(since: .zero)
      fleet.clock.advance(by: .seconds(1) - .seconds(86_400))
      try await reaper.mindTheClock(since: .seconds(1))
      #expect(fleet.context.presence.isPresent(agent, at: fleet.clock.now))
      fleet.clock.advance(by: .seconds(3_600))
      #expect(!fleet.context.presence.isPresent(agent, at: fleet.clock.now))
    }
  }
}
