internal import Synchronization

/// Numbers for one run's requests for work, from 1; each is given once. Never blocks for long; any task may ask.
final class RequestNumbers: Sendable {
  private let taken = Mutex<Int64>(0)

  func take() -> Int64 {
    taken.withLock { taken in
      taken += 1
      return taken
    }
  }
}
