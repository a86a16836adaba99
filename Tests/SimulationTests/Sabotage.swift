import CoordinatorStore
import Synchronization

/// Fails a chosen statement, as a coordinator that is killed between two of them does: what its transaction had done is
/// undone.
final class Sabotage: StatementWatch {
  struct Killed: Error {}

  private let statementsLeft = Mutex<Int?>(nil)

  /// The statement after so many others fails, and every one after it until `lift`.
  func arm(after statements: Int) { statementsLeft.withLock { $0 = statements } }

  func lift() { statementsLeft.withLock { $0 = nil } }

  func willRun(_ sql: String) throws {
    try statementsLeft.withLock { left in
      guard let count = left else { return }
      if count == 0 { throw Killed() }
      left = count - 1
    }
  }
}
