import Model
import Synchronization
import Worker

/// A prober that sees what the test tells it to see.
final class FakeProber: Prober {
  private let script: @Sendable (ProbeWork, FakeRun) throws -> Void
  private let begun = Mutex<[ProbeWork]>([])

  init(_ script: @escaping @Sendable (ProbeWork, FakeRun) throws -> Void) { self.script = script }

  /// Sees every endpoint of its work closed and ends.
  static var complete: FakeProber {
    FakeProber { work, run in
      run.see(Samples.observations(of: work))
      run.end()
    }
  }

  var works: [ProbeWork] { begun.withLock { $0 } }

  func begin(_ work: ProbeWork) throws -> any ProbeRun {
    let run = FakeRun()
    begun.withLock { $0.append(work) }
    try script(work, run)
    return run
  }
}

/// A run that delivers what the test puts in, and ends when told to, or when cancelled.
final class FakeRun: ProbeRun {
  private let batches: AsyncStream<ProbeNews>
  private let feed: AsyncStream<ProbeNews>.Continuation
  private let cancelled = Mutex(false)
  private let preparation = Mutex<(@Sendable () -> Void)?>(nil)

  init() { (batches, feed) = AsyncStream.makeStream(of: ProbeNews.self) }

  var isCancelled: Bool { cancelled.withLock { $0 } }

  /// Runs `prepare` each time that the worker asks for more.
  func beforeEach(_ prepare: @escaping @Sendable () -> Void) { preparation.withLock { $0 = prepare } }

  func see(_ observations: [ProbeObservation], echoes: [ProbeEcho] = []) {
    feed.yield(ProbeNews(observations, echoes: echoes))
  }
  func end() { feed.finish() }

  func next() async -> ProbeNews {
    preparation.withLock { $0 }?()
    var iterator = batches.makeAsyncIterator()
    return await iterator.next() ?? ProbeNews()
  }

  func cancel() {
    cancelled.withLock { $0 = true }
    feed.finish()
  }
}
