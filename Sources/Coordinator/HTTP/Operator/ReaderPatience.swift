internal import Synchronization

/// How long an answer that is written as it is read waits for a reader that takes nothing of it: each holds one of a few places, which
/// would be taken for good by readers that are stopped.
final class ReaderPatience: Sendable {
  private let limit: Duration
  private let latest = Mutex(ContinuousClock.now)

  init(limit: Duration) { self.limit = limit }

  /// The reader has taken what was written.
  func noteProgress() { latest.withLock { $0 = .now } }

  /// Calls `giveUp` once nothing was taken for as long as that. Returns then, or when the task is cancelled.
  func watch(_ giveUp: () -> Void) async {
    while !Task.isCancelled {
      let left = limit - (ContinuousClock.now - latest.withLock { $0 })
      guard left > .zero else { return giveUp() }
      do { try await Task.sleep(for: left) } catch { return }
    }
  }
}
