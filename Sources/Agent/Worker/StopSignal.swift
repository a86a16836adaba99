internal import Synchronization

/// Tells a worker to come to an end: what is under way is wound up, nothing new is begun.
package final class StopSignal: Sendable {
  private struct State {
    var isStopping = false
    var nextID = 0
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

  /// Runs `body`, and `onStop` once if the signal comes before it is over; at once if it has come already.
  nonisolated(nonsending) package func whileRunning<Result>(
    onStop: @escaping @Sendable () -> Void, _ body: nonisolated(nonsending) () async throws -> Result
  ) async rethrows -> Result {
    let id = state.withLock { state -> Int? in
      guard !state.isStopping else { return nil }
      state.nextID += 1
      state.handlers[state.nextID] = onStop
      return state.nextID
    }
    if id == nil { onStop() }
    defer { if let id { state.withLock { $0.handlers[id] = nil } } }
    return try await body()
  }

  /// Returns when told to stop, or on cancellation.
  package func wait() async {
    let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
    await whileRunning(onStop: { continuation.finish() }) {
      for await _ in stream {}
    }
  }

  /// Sleeps until the time is over, told to stop, or cancelled.
  package func sleep(for duration: Duration, _ clock: any WorkerClock) async {
    let sleeper = Task { try await clock.sleep(for: duration) }
    await whileRunning(onStop: { sleeper.cancel() }) {
      await withTaskCancellationHandler {
        _ = await sleeper.result
      } onCancel: {
        sleeper.cancel()
      }
    }
  }
}
