internal import CoordinatorCore
internal import Synchronization

/// How many exports run: each holds some thousand rows for as long as its reader takes.
final class RunningExports: Sendable {
  /// Taken up by one export, given back when nothing refers to it any more.
  final class Place: Sendable {
    private let exports: RunningExports

    fileprivate init(_ exports: RunningExports) { self.exports = exports }

    deinit { exports.count.withLock { $0 -= 1 } }
  }

  private let most: Int
  private let count = Mutex(0)

  init(most: Int = 16) { self.most = most }

  /// Throws a `Refusal` where there are as many as may be.
  func begin() throws -> Place {
    let isTaken = count.withLock { count in
      guard count < most else { return false }
      count += 1
      return true
    }
    guard isTaken else {
      throw Refusal(.overloaded, "\(most) exports run already; try again when one has ended")
    }
    return Place(self)
  }
}
