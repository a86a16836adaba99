internal import Synchronization

/// What a request and its transfer share: whether anybody still waits for the answer.
final class TransferTicket: Sendable {
  private let cancelled = Mutex(false)

  var isCancelled: Bool { cancelled.withLock { $0 } }

  func cancel() { cancelled.withLock { $0 = true } }
}
