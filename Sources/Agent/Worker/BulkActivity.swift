internal import Synchronization

/// Whether a bulk job runs, for whoever asks for express jobs meanwhile.
final class BulkActivity: Sendable {
  /// One for each time a bulk job began, and the end when the worker is told to stop; one reader.
  let begins: AsyncStream<Void>
  private let begun: AsyncStream<Void>.Continuation
  private let busy = Atomic<Bool>(false)

  init(stop: StopSignal) {
    (begins, begun) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    _ = stop.onStop { [begun] in begun.finish() }
  }

  var isBusy: Bool { busy.load(ordering: .acquiring) }

  func begin() {
    busy.store(true, ordering: .releasing)
    begun.yield()
  }

  func end() { busy.store(false, ordering: .releasing) }
}
