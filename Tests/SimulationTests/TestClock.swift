import CoordinatorCore
import Model
import Synchronization

/// A clock that stands still until a test moves it.
final class TestClock: WallClock {
  private let time = Mutex(Timestamp(milliseconds: 1_700_000_000_000))

  var now: Timestamp { time.withLock { $0 } }

  func advance(by span: Duration) { time.withLock { $0 = $0 + span } }
}
