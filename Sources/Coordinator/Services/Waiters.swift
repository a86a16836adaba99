internal import DequeModule
internal import Synchronization

/// Requests that wait for something to happen, each with a subject by which it is found, in the order in which they came.
///
/// No wake-up is lost between looking and waiting: enter first, look, then wait; whatever woke the ticket meanwhile ends
/// the wait at once.
package final class Waiters<Subject: Sendable>: Sendable {
  package struct Ticket: Hashable, Sendable {
    fileprivate let number: UInt64
  }

  private struct Waiter {
    let subject: Subject
    var isWoken = false
    var continuation: CheckedContinuation<Void, Never>?
  }

  private struct State {
    var last: UInt64 = 0
    var waiters: [UInt64: Waiter] = [:]
    /// Oldest first; numbers of those that left stay until they are met.
    var order: Deque<UInt64> = []
    var isClosed = false
  }

  private let state = Mutex(State())

  package init() {}

  /// How much the order remembers, for tests.
  var keptNumbers: Int { state.withLock(\.order.count) }

  package var isClosed: Bool { state.withLock(\.isClosed) }

  package var count: Int { state.withLock(\.waiters.count) }

  /// From now on the subject may be woken. Every ticket must leave.
  package func enter(_ subject: Subject) -> Ticket {
    state.withLock { state in
      state.last += 1
      state.waiters[state.last] = Waiter(subject: subject)
      state.order.append(state.last)
      return Ticket(number: state.last)
    }
  }

  package func leave(_ ticket: Ticket) {
    let continuation = state.withLock { state in
      let continuation = state.waiters.removeValue(forKey: ticket.number)?.continuation
      // Numbers of those that left would pile up where nobody is ever woken.
      if state.order.count > 2 * state.waiters.count + 64 { state.order.removeAll { state.waiters[$0] == nil } }
      return continuation
    }
    continuation?.resume()
  }

  /// Wakes at most `limit` of those that are not awake yet, those that have waited longest first.
  package func wake(_ limit: Int = .max, where isMeant: (Subject) -> Bool = { _ in true }) {
    let continuations = state.withLock { state in
      var continuations: [CheckedContinuation<Void, Never>] = []
      var left = limit
      var kept: Deque<UInt64> = []
      while left > 0, let number = state.order.popFirst() {
        guard var waiter = state.waiters[number] else { continue }
        if !waiter.isWoken, isMeant(waiter.subject) {
          waiter.isWoken = true
          if let continuation = waiter.continuation { continuations.append(continuation) }
          waiter.continuation = nil
          state.waiters[number] = waiter
          left -= 1
        }
        kept.append(number)
      }
      // Those that were looked at go to the end: who was woken has had a turn.
      if left > 0 { state.order = kept } else { state.order.append(contentsOf: kept) }
      return continuations
    }
    for continuation in continuations { continuation.resume() }
  }

  /// Every wait, now and later, ends at once: the coordinator stops.
  package func close() {
    let continuations = state.withLock { state in
      state.isClosed = true
      var continuations: [CheckedContinuation<Void, Never>] = []
      for (number, waiter) in state.waiters {
        if let continuation = waiter.continuation { continuations.append(continuation) }
        state.waiters[number]?.continuation = nil
      }
      return continuations
    }
    for continuation in continuations { continuation.resume() }
  }

  /// Returns when the ticket was woken since it entered or waited last, when this closes, on timeout, or on cancellation;
  /// true if it was woken.
  package func wait(_ ticket: Ticket, upTo timeout: Duration) async -> Bool {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await self.suspend(ticket) }
      // An early end of the sleep is a cancellation: the wait is over either way.
      group.addTask { try? await Task.sleep(for: timeout) }
      await group.next()
      group.cancelAll()
    }
    return state.withLock { state in
      defer { state.waiters[ticket.number]?.isWoken = false }
      return state.waiters[ticket.number]?.isWoken ?? false
    }
  }

  private func suspend(_ ticket: Ticket) async {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isOver = state.withLock { state in
          guard let waiter = state.waiters[ticket.number], !waiter.isWoken, !state.isClosed, !Task.isCancelled else {
            return true
          }
          state.waiters[ticket.number]?.continuation = continuation
          return false
        }
        if isOver { continuation.resume() }
      }
    } onCancel: {
      // The cancellation may come before the continuation is stored; then the check above sees it.
      let continuation = state.withLock { state in
        defer { state.waiters[ticket.number]?.continuation = nil }
        return state.waiters[ticket.number]?.continuation
      }
      continuation?.resume()
    }
  }
}
