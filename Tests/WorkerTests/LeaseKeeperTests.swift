import Model
import Testing
import Wire

@testable import Worker

@Suite(.timeLimit(.minutes(10))) struct LeaseKeeperTests {
  private static let proceed = RenewResponse(order: .proceed, leaseMilliseconds: 30_000)
  private static let passing = ConversationError(.passing, "nobody answers")

  private let clock = TestClock()

  private func end(_ coordinator: FakeCoordinator) async -> LeaseKeeper.End {
    await LeaseKeeper(executor: QueueExecutor(), conversation: coordinator, clock: clock)
      .keep(Samples.grant(), granted: clock.uptime)
  }

  private func coordinator(
    _ renew: @escaping @Sendable (_ number: Int) async throws -> RenewResponse
  ) -> FakeCoordinator {
    FakeCoordinator(.init(renew: renew))
  }

  @Test("Renews at once and then at a third of the lease, until the coordinator wants the job stopped")
  func renewsAtAThird() async {
    let fake = coordinator { [clock] number in
      guard number < 5 else { return RenewResponse(order: .cancel, leaseMilliseconds: 30_000) }
      clock.advance(by: .seconds(10))
      return Self.proceed
    }
    guard case .cancelled = await end(fake) else {
      Issue.record("the order to stop ends the keeping")
      return
    }
    let renewals = fake.renewals
    #expect(renewals.count == 5)
    #expect(renewals.allSatisfy { $0.request.lease == Samples.lease && $0.request.waitMilliseconds == 10_000 })
    #expect(clock.pauses.isEmpty)
  }

  @Test("Follows the length that the coordinator gives the lease")
  func followsTheLength() async {
    let fake = coordinator { number in
      number < 3
        ? RenewResponse(order: .proceed, leaseMilliseconds: 9_000)
        : RenewResponse(order: .cancel, leaseMilliseconds: 9_000)
    }
    _ = await end(fake)
    #expect(fake.renewals.map(\.request.waitMilliseconds) == [10_000, 3_000, 3_000])
  }

  @Test(
    "A lease that is lost is not asked for again",
    arguments: [
      ConversationError.Code.leaseLost, .notEnrolled, .refused,
    ])
  func lostEnds(code: ConversationError.Code) async {
    let fake = coordinator { _ in throw ConversationError(code, "the coordinator's words") }
    guard case .lost(let reason) = await end(fake) else {
      Issue.record("the lease is lost")
      return
    }
    #expect(reason == "the coordinator's words")
    #expect(fake.renewals.count == 1)
  }

  @Test("Passing errors are tried again with growing pauses")
  func passingErrorsAreTriedAgain() async {
    let fake = coordinator { number in
      if number < 4 { throw Self.passing }
      return RenewResponse(order: .cancel, leaseMilliseconds: 30_000)
    }
    guard case .cancelled = await end(fake) else {
      Issue.record("the fourth try succeeds")
      return
    }
    #expect(fake.renewals.count == 4)
    #expect(clock.pauses.count == 3)
  }

  @Test("Silence as long as the lease ends it, and no request outlives it")
  func silenceEndsIt() async {
    let begin = clock.uptime
    let fake = coordinator { _ in throw Self.passing }
    guard case .lost(let reason) = await end(fake) else {
      Issue.record("the lease is lost")
      return
    }
    #expect(reason.contains("nobody answers"))
    #expect(clock.uptime - begin == .seconds(30), "neither earlier nor later than the lease")
    for renewal in fake.renewals {
      #expect(renewal.within > .zero && renewal.within <= .seconds(30))
      #expect(.milliseconds(renewal.request.waitMilliseconds) < renewal.within, "an answer fits into what is left")
    }
  }

  @Test("A request that hangs is given up when the lease is over")
  func hangingRequestsAreBounded() async {
    let begin = clock.uptime
    // The first is answered after a third; then the network swallows everything until the bound of the request.
    let fake = FakeCoordinator(
      .init(renew: { [clock] number in
        clock.advance(by: .seconds(number == 1 ? 10 : 20))
        if number > 1 { throw Self.passing }
        return Self.proceed
      }))
    guard case .lost = await end(fake) else {
      Issue.record("the lease is lost")
      return
    }
    #expect(fake.renewals.map(\.within) == [.seconds(30), .seconds(20)])
    #expect(clock.uptime - begin == .seconds(30))
  }

  @Test("Released when the job is over on this side")
  func cancellationReleases() async {
    let fake = FakeCoordinator()
    let keeping = Task { [clock] in
      await LeaseKeeper(executor: QueueExecutor(), conversation: fake, clock: clock)
        .keep(Samples.grant(), granted: clock.uptime)
    }
    await fake.wait { if case .renewed = $0 { true } else { false } }
    keeping.cancel()
    guard case .released = await keeping.value else {
      Issue.record("nothing was lost")
      return
    }
  }
}
