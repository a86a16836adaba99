internal import Synchronization

/// Tells a worker to come to an end: what is under way is wound up, nothing new is begun.
package final class StopSignal: Sendable {
  private struct State {
    var isStopping = false
    var lastID = 0
    var handlers: [Int: @Sendable () -> Void] = [:]
  }

  private let state = Mutex(State())

  package init() {}

  package var isStopping: Bool { state.withLock(\.isStopping) }

  /// Any thread; a second call does nothing.
  package func stop() {
    let handlers = state.withLock { state in
      state.isStopping = true
      defer { state.handlers = [:] }
      return state.handlers.values.map(\.self)
    }
    for handler in handlers { handler() }
  }

  /// Runs `handler` once when told to stop; at once if that has been. Returns a number for `forget`.
  func onStop(_ handler: @escaping @Sendable () -> Void) -> Int {
    let id = state.withLock { state in
      state.lastID += 1
      if !state.isStopping { state.handlers[state.lastID] = handler }
      return state.isStopping ? nil : state.lastID
    }
    if id == nil { handler() }
    return id ?? 0
  }

  func forget(_ id: Int) { state.withLock { $0.handlers[id] = nil } }

  /// Waits for the task, which a stop or the caller's cancellation cancels.
  func value<Value: Sendable>(of task: Task<Value, any Error>) async throws -> Value {
    let id = onStop { task.cancel() }
    defer { forget(id) }
    return try await withTaskCancellationHandler {
      try await task.value
    } onCancel: {
      task.cancel()
    }
  }

  /// Returns when told to stop, or on cancellation.
  package func wait() async {
    let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
    let id = onStop { continuation.finish() }
    defer { forget(id) }
    for await _ in stream {}
  }

  /// Sleeps until the time is over, told to stop, or cancelled.
  package func sleep(for duration: Duration, _ clock: any WorkerClock) async {
    // An early end is what stopping is for; there is nothing to report.
    try? await value(of: Task { try await clock.sleep(for: duration) })
  }
}
