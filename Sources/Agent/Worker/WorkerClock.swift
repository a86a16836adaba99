package import Model

/// The clocks of the agent's machine, injected so that waits can be tested without waiting.
package protocol WorkerClock: Sendable {
  /// Never set back; the clock of observations.
  var uptime: Duration { get }
  /// The wall clock, which may be wrong.
  var now: Timestamp { get }
  /// Throws `CancellationError`.
  nonisolated(nonsending) func sleep(for duration: Duration) async throws
}
