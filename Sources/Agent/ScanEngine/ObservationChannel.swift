internal import Synchronization

/// The way of observations from the engine's thread to one consumer, bounded by credit: the engine asks how much is
/// unreported before it launches, so that nothing is ever dropped and nobody blocks.
final class ObservationChannel: Sendable {
  private struct State {
    var batches: [ScanBatch] = []

    /// Batches at the front that were taken already; the array is cleared when it is drained.
    var taken = 0
    var isFinished = false
    var waiter: CheckedContinuation<ScanBatch?, Never>?
  }

  private let state = Mutex(State())
  private let unreportedCount = Atomic<Int>(0)
  private let isEngineWaiting = Atomic<Bool>(false)

  /// Wakes the engine, which may launch again.
  private let creditReturned: @Sendable () -> Void

  init(creditReturned: @escaping @Sendable () -> Void) { self.creditReturned = creditReturned }

  /// Observations delivered and not taken.
  var unreported: Int { unreportedCount.load(ordering: .sequentiallyConsistent) }

  /// Asks to be woken when the consumer takes something; the engine looks at `unreported` again after it.
  func awaitCredit() { isEngineWaiting.store(true, ordering: .sequentiallyConsistent) }

  /// Hands a batch over; engine thread.
  func deliver(_ batch: ScanBatch) {
    let waiter = state.withLock { state -> CheckedContinuation<ScanBatch?, Never>? in
      guard !state.isFinished else { return nil }
      if let waiter = state.waiter {
        state.waiter = nil
        return waiter
      }
      state.batches.append(batch)
      unreportedCount.add(batch.count, ordering: .sequentiallyConsistent)
      return nil
    }
    waiter?.resume(returning: batch)
  }

  /// Ends the sequence after what was delivered; the first call counts.
  func finish() {
    let waiter = state.withLock { state -> CheckedContinuation<ScanBatch?, Never>? in
      state.isFinished = true
      defer { state.waiter = nil }
      return state.waiter
    }
    waiter?.resume(returning: nil)
  }

  /// The next batch, nil after the last; waits for it.
  ///
  /// - Precondition: one consumer waits at a time.
  func next() async -> ScanBatch? {
    await withCheckedContinuation { continuation in
      let (isReady, batch) = state.withLock { state -> (Bool, ScanBatch?) in
        if state.taken < state.batches.count {
          let batch = state.batches[state.taken]
          state.batches[state.taken] = ScanBatch()
          state.taken += 1
          if state.taken == state.batches.count {
            state.batches.removeAll(keepingCapacity: true)
            state.taken = 0
          }
          return (true, batch)
        }
        if state.isFinished { return (true, nil) }
        precondition(state.waiter == nil, "a run has one consumer")
        state.waiter = continuation
        return (false, nil)
      }
      guard isReady else { return }
      if let batch {
        unreportedCount.subtract(batch.count, ordering: .sequentiallyConsistent)
        if isEngineWaiting.exchange(false, ordering: .sequentiallyConsistent) { creditReturned() }
      }
      continuation.resume(returning: batch)
    }
  }
}
