internal import CoordinatorCore

/// Tries the store out for whoever asks, but once a second at the most: everybody may ask, and nobody may keep the writer busy
/// by asking.
actor Readiness {
  /// Longer than any healthy transaction takes.
  private static let longestTransaction = Duration.seconds(5)
  private static let validFor = Duration.seconds(1)

  private var last: (at: ContinuousClock.Instant, outcome: Result<Void, any Error>)?
  private var isTrying = false

  func demand(_ context: FleetContext) async throws {
    guard context.queue.transactionAge < Self.longestTransaction else {
      throw Refusal(.overloaded, "the store does not answer")
    }
    // While one tries, the others are told what was found before.
    if let last, isTrying || ContinuousClock.now - last.at < Self.validFor { return try last.outcome.get() }
    guard !isTrying else { return }
    isTrying = true
    defer { isTrying = false }
    let outcome: Result<Void, any Error>
    do {
      _ = try await context.store.read { try $0.generation() }
      try await context.queue.commit { _ in }
      outcome = .success(())
    } catch {
      outcome = .failure(error)
    }
    last = (.now, outcome)
    try outcome.get()
  }
}
