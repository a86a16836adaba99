internal import LinuxSystem
internal import Synchronization

/// How other threads reach the identifier's thread.
final class IdentifierMailbox: Sendable {
  struct Content {
    var orders: [InquiryOrder] = []
    var cancelled: Set<UInt64> = []

    /// Everything ends, what comes later too.
    var cancelsAll = false
    var isClosed = false
  }

  private let content = Mutex(Content())
  private let lastID = Atomic<UInt64>(0)
  private let wakeup: EventWakeup

  init() throws(SystemError) { wakeup = try EventWakeup() }

  /// The descriptor that becomes readable when something is here.
  var number: Int32 { wakeup.number }

  func nextID() -> UInt64 { lastID.wrappingAdd(1, ordering: .relaxed).newValue }

  /// Brings an order; false after `cancelAll` or `close`.
  func bring(_ order: InquiryOrder) -> Bool {
    let isTaken = content.withLock { content -> Bool in
      guard !content.cancelsAll, !content.isClosed else { return false }
      content.orders.append(order)
      return true
    }
    if isTaken { wakeup.signal() }
    return isTaken
  }

  func cancel(_ id: UInt64) {
    content.withLock { _ = $0.cancelled.insert(id) }
    wakeup.signal()
  }

  func cancelAll() {
    content.withLock { $0.cancelsAll = true }
    wakeup.signal()
  }

  /// Takes no more orders, and tells the thread to end.
  func close() {
    content.withLock { $0.isClosed = true }
    wakeup.signal()
  }

  /// What came since the last call; the identifier's thread.
  func take() -> Content {
    wakeup.drain()
    return content.withLock { content in
      let taken = content
      content = Content(cancelsAll: taken.cancelsAll, isClosed: taken.isClosed)
      return taken
    }
  }
}
