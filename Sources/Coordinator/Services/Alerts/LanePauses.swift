internal import CoordinatorCore
internal import Model
internal import Synchronization

/// Receivers to whom somebody has just done something: a mended one is not left alone for as long as it deserved before.
package final class LanePauses: Sendable {
  private let lifted = Mutex<Set<ReceiverID>>([])

  func lift(_ receiver: ReceiverID) { lifted.withLock { _ = $0.insert(receiver) } }

  /// Those since the last call.
  func taken() -> Set<ReceiverID> {
    lifted.withLock { ids in
      defer { ids = [] }
      return ids
    }
  }
}
