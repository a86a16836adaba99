/// One work under way: the sequence of what it sees, in batches.
///
/// Every endpoint of the work is observed exactly once, unless the run is cancelled: then an endpoint that was not settled
/// before has no observation at all, and what was settled is still delivered before the sequence ends. Taking batches
/// slowly stops new connections and loses nothing. Letting go of the run cancels it, and so does cancelling the task that
/// waits for a batch.
package final class ScanRun: Sendable, AsyncSequence {
  package typealias Element = ScanBatch

  private let control: RunControl

  init(_ control: RunControl) { self.control = control }

  deinit { control.cancel() }

  /// Stops the run: no connection is started after this call but one that is being started while it is made, and what
  /// waits for an answer is dropped within one turn of the engine's loop. Returns at once; any thread.
  package func cancel() { control.cancel() }

  /// Probes at another pace from the next turn of the engine's loop on; any thread.
  ///
  /// - Throws: `ScanEngineError` with `invalidPace`.
  package func updatePace(_ pace: ScanPace) throws(ScanEngineError) {
    try pace.validate()
    control.change(pace)
  }

  package func makeAsyncIterator() -> Iterator { Iterator(run: self) }

  /// - Precondition: one iterator of a run waits at a time.
  package struct Iterator: AsyncIteratorProtocol {
    private let run: ScanRun

    fileprivate init(run: ScanRun) { self.run = run }

    package func next() async -> ScanBatch? {
      let control = run.control
      return await withTaskCancellationHandler {
        await control.channel.next()
      } onCancel: {
        control.cancel()
      }
    }
  }
}
