internal import Synchronization

/// Lets a number of things be under way at once. Any thread.
final class IdentificationRoom: Sendable {
  private struct State {
    var free: Int
    var isOpen = false
    var waiter: CheckedContinuation<Void, Never>?
  }

  private let state: Mutex<State>

  init(limit: Int) { state = Mutex(State(free: limit)) }

  /// Returns when there is room.
  ///
  /// - Precondition: one task enters.
  func enter() async {
    await withCheckedContinuation { continuation in
      let isIn = state.withLock { state in
        guard state.free > 0 || state.isOpen else {
          state.waiter = continuation
          return false
        }
        state.free -= 1
        return true
      }
      if isIn { continuation.resume() }
    }
  }

  func leave() {
    let waiter = state.withLock { state in
      defer { state.waiter = nil }
      if state.waiter == nil { state.free += 1 }
      return state.waiter
    }
    waiter?.resume()
  }

  /// From now on there is room for everything: nobody is there any more to make it.
  func open() {
    let waiter = state.withLock { state in
      state.isOpen = true
      defer { state.waiter = nil }
      return state.waiter
    }
    waiter?.resume()
  }
}
