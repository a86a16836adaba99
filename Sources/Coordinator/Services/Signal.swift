internal import Synchronization

/// Wakes everybody who waits for something to happen, without losing a wake-up between looking and waiting: take the
/// count first, look, then wait for the count to move on.
package final class Signal: Sendable {
  private struct State {
    var count: UInt64 = 0
    var nextWaiter: UInt64 = 0
    var waiters: [UInt64: CheckedContinuation<Void, Never>] = [:]
    var isClosed = false
  }

  private let state = Mutex(State())

  package init() {}

  package var count: UInt64 { state.withLock(\.count) }

  package var isClosed: Bool { state.withLock(\.isClosed) }

  package func fire() { wakeAll { $0.count += 1 } }

  /// Every wait, now and later, ends at once: the coordinator stops.
  package func close() { wakeAll { $0.isClosed = true } }

  private func wakeAll(_ change: (inout State) -> Void) {
    let waiters = state.withLock { state in
      change(&state)
      defer { state.waiters = [:] }
      return state.waiters.values.map(\.self)
    }
    for waiter in waiters { waiter.resume() }
  }

  /// Returns when the signal has fired since `seen` was taken, when it closes, on timeout, or on cancellation.
  package func wait(after seen: UInt64, upTo timeout: Duration) async {
    let waiter = state.withLock { state in
      state.nextWaiter += 1
      return state.nextWaiter
    }
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await self.suspend(waiter, after: seen) }
      group.addTask { try? await Task.sleep(for: timeout) }
      await group.next()
      group.cancelAll()
    }
  }

  private func suspend(_ waiter: UInt64, after seen: UInt64) async {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isOver = state.withLock { state in
          guard state.count == seen, !state.isClosed, !Task.isCancelled else { return true }
          state.waiters[waiter] = continuation
          return false
        }
        if isOver { continuation.resume() }
      }
    } onCancel: {
      // The cancellation may come before the continuation is stored; then the check above sees it.
      state.withLock { $0.waiters.removeValue(forKey: waiter) }?.resume()
    }
  }
}
