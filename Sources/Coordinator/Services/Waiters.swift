internal import DequeModule
internal import Synchronization

/// Requests that wait for something to happen, each with a subject by which it is found, in the order in which they came.
///
/// No wake-up is lost between looking and waiting: enter first, look, then wait; whatever woke the ticket meanwhile ends
/// the wait at once. One that comes to nothing may be passed on, each time to those that have not looked since it was made.
package final class Waiters<Subject: Sendable, Note: Sendable>: Sendable {
  package struct Ticket: Hashable, Sendable {
    fileprivate let number: UInt64
  }

  /// What ended a wait, with what its maker noted.
  package struct WakeUp: Sendable {
    /// Of its making; tickets and wake-ups are numbered together.
    fileprivate let number: UInt64
    package let note: Note
  }

  private struct Waiter {
    let subject: Subject
    var wakeUp: WakeUp?
    var continuation: CheckedContinuation<Void, Never>?
    /// The last number when the waiter looked last: what was made until then it has seen.
    var looked: UInt64
  }

  private struct State {
    var last: UInt64 = 0
    var waiters: [UInt64: Waiter] = [:]
    /// Those that are not awake, oldest first; numbers of those that left stay until they are met.
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
      state.waiters[state.last] = Waiter(subject: subject, looked: state.last)
      state.order.append(state.last)
      return Ticket(number: state.last)
    }
  }

  /// Returns a wake-up that nobody has waited for: another may want it.
  @discardableResult
  package func leave(_ ticket: Ticket) -> WakeUp? {
    let (continuation, wakeUp) = state.withLock { state in
      let waiter = state.waiters.removeValue(forKey: ticket.number)
      // Numbers of those that left would pile up where nobody is ever woken.
      if state.order.count > 2 * state.waiters.count + 64 { state.order.removeAll { state.waiters[$0] == nil } }
      return (waiter?.continuation, waiter?.wakeUp)
    }
    continuation?.resume()
    return wakeUp
  }

  /// Wakes at most `limit` of those that are not awake yet, those that have waited longest first.
  package func wake(_ limit: Int = .max, noting note: Note, where isMeant: (Subject) -> Bool = { _ in true }) {
    wake(limit, as: nil, noting: note, where: isMeant)
  }

  /// Wakes at most `limit` of those that have not looked since `wakeUp` was made. So however often it is passed on, it asks
  /// each of them once.
  package func pass(
    _ wakeUp: WakeUp, to limit: Int, noting note: Note, where isMeant: (Subject) -> Bool = { _ in true }
  ) {
    wake(limit, as: wakeUp.number, noting: note, where: isMeant)
  }

  private func wake(_ limit: Int, as made: UInt64?, noting note: Note, where isMeant: (Subject) -> Bool) {
    let continuations = state.withLock { state in
      if made == nil { state.last += 1 }
      let wakeUp = WakeUp(number: made ?? state.last, note: note)
      var continuations: [CheckedContinuation<Void, Never>] = []
      var left = limit
      var kept: Deque<UInt64> = []
      while left > 0, let number = state.order.popFirst() {
        guard var waiter = state.waiters[number] else { continue }
        guard waiter.looked < wakeUp.number, isMeant(waiter.subject) else {
          kept.append(number)
          continue
        }
        waiter.wakeUp = wakeUp
        if let continuation = waiter.continuation { continuations.append(continuation) }
        waiter.continuation = nil
        state.waiters[number] = waiter
        left -= 1
      }
      // Those that were looked at go to the end. Who was woken comes behind them once it waits again: it has had a turn.
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
  /// with what woke it, or nil.
  package func wait(_ ticket: Ticket, upTo timeout: Duration) async -> WakeUp? {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await self.suspend(ticket) }
      // An early end of the sleep is a cancellation: the wait is over either way.
      group.addTask { try? await Task.sleep(for: timeout) }
      await group.next()
      group.cancelAll()
    }
    return state.withLock { state in
      guard let wakeUp = state.waiters[ticket.number]?.wakeUp else { return nil }
      state.waiters[ticket.number]?.wakeUp = nil
      state.waiters[ticket.number]?.looked = state.last
      state.order.append(ticket.number)
      return wakeUp
    }
  }

  private func suspend(_ ticket: Ticket) async {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isOver = state.withLock { state in
          guard let waiter = state.waiters[ticket.number], waiter.wakeUp == nil, !state.isClosed, !Task.isCancelled
          else {
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

extension Waiters where Note == Void {
  /// Wakes at most `limit` of those that are not awake yet, those that have waited longest first.
  package func wake(_ limit: Int = .max, where isMeant: (Subject) -> Bool = { _ in true }) {
    wake(limit, noting: (), where: isMeant)
  }
}
