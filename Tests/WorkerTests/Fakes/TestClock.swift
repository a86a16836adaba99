import Model
import Synchronization
import Worker

/// A clock on which waiting takes no time: a sleep moves it on and returns.
final class TestClock: WorkerClock {
  private struct State {
    var uptime = Duration.seconds(1_000)
    var pauses: [Duration] = []
  }

  /// The wall clock of this machine when `uptime` is zero; wrong on purpose.
  static let wrongStart = Timestamp(milliseconds: 5_000_000)

  private let state = Mutex(State())

  var uptime: Duration { state.withLock(\.uptime) }
  var now: Timestamp { Self.wrongStart + uptime }
  var pauses: [Duration] { state.withLock(\.pauses) }

  func advance(by duration: Duration) { state.withLock { $0.uptime += duration } }

  nonisolated(nonsending) func sleep(for duration: Duration) async throws {
    try Task.checkCancellation()
    state.withLock {
      $0.uptime += duration
      $0.pauses.append(duration)
    }
    await Task.yield()
  }
}

/// Returns when the task is cancelled, and not before.
func parked() async {
  let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
  for await _ in stream {}
  withExtendedLifetime(continuation) {}
}
