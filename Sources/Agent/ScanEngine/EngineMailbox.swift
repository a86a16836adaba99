internal import LinuxSystem
internal import Synchronization

/// How other threads reach the engine's thread.
final class EngineMailbox: Sendable {
  private struct State {
    var arrivals: [EngineArrival] = []
    var isClosed = false
  }

  private let state = Mutex(State())
  private let wakeup: EventWakeup

  init() throws(SystemError) { wakeup = try EventWakeup() }

  /// The descriptor that becomes readable when something is here.
  var number: Int32 { wakeup.number }

  /// Makes the engine's thread look around.
  func wake() { wakeup.signal() }

  /// Brings work; false after `close`.
  func bring(_ arrival: EngineArrival) -> Bool {
    let isTaken = state.withLock { state -> Bool in
      guard !state.isClosed else { return false }
      state.arrivals.append(arrival)
      return true
    }
    if isTaken { wake() }
    return isTaken
  }

  /// Takes no more work, and tells the engine's thread to end.
  func close() {
    state.withLock { $0.isClosed = true }
    wake()
  }

  /// What came since the last call, and whether it was the last; engine thread.
  func take() -> (arrivals: [EngineArrival], isClosed: Bool) {
    wakeup.drain()
    return state.withLock { state in
      defer { state.arrivals = [] }
      return (state.arrivals, state.isClosed)
    }
  }
}

/// A run that begins.
struct EngineArrival: Sendable {
  let work: ScanWork
  let control: RunControl
}
