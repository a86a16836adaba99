package import CoordinatorCore
internal import DequeModule
internal import ServiceLifecycle
internal import Synchronization

/// The one door for writes: changes from many requests share a transaction, so that one fsync pays for all of them.
///
/// While a transaction is being made durable the next batch gathers; nobody waits for a batch to fill. A request's own
/// error or cancellation never reaches the others of its batch.
package final class CommitQueue: Service {
  package enum Priority: Sendable {
    /// Keeps a lease alive: must not wait behind results.
    case renewal
    case ordinary
  }

  /// More would keep the first of a batch waiting for the last (DESIGN section 5).
  private static let batchLimit = 64
  /// Rows that a batch may write: about 20 ms of work. A change of more goes alone.
  private static let batchRows = 2_000
  /// Changes that may wait; renewals, which are few and small, may be twice as many.
  private static let waitingLimit = 4_096

  private static let behindLimit = 256

  private struct Waiting {
    let change: any PendingChange
    let rows: Int
  }

  private struct State {
    var renewals: Deque<Waiting> = []
    var ordinary: Deque<Waiting> = []
    var isClosed = false
    /// Of the transaction that is being made; nil: none is.
    var transactionStart: ContinuousClock.Instant?
    var sleeper: CheckedContinuation<Void, Never>?
  }

  private let store: any CoordinatorStore
  private let state = Mutex(State())
  let measurements = Measurements()

  package init(store: any CoordinatorStore) { self.store = store }

  /// Changes that wait for a transaction.
  var waitingCount: Int { state.withLock { $0.renewals.count + $0.ordinary.count } }

  /// Whether more waits than is done in a moment, some tens of milliseconds.
  package var isBehind: Bool { waitingCount > Self.behindLimit }

  /// How long the transaction that is being made has taken until now; zero: none is.
  var transactionAge: Duration { state.withLock { $0.transactionStart.map { .now - $0 } } ?? .zero }

  private enum Entry {
    case taken(sleeper: CheckedContinuation<Void, Never>?)
    case closed
    case full
  }

  /// Applies `body`, which writes about so many rows, inside the next transaction and returns its result once that is
  /// durable.
  ///
  /// Throws what `body` throws, a `StoreError`, or a `Refusal`: `shuttingDown`, or `overloaded` while the writer is too
  /// far behind. `body` runs once, on the store's thread, even if the caller has been cancelled meanwhile.
  package func commit<Result: Sendable>(
    _ priority: Priority = .ordinary, rows: Int = 1, _ body: @escaping @Sendable (any WriteSession) throws -> Result
  ) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
      let change = Change(continuation: continuation, body: body)
      let waiting = Waiting(change: change, rows: rows)
      let entry: Entry = state.withLock { state in
        guard !state.isClosed else { return .closed }
        switch priority {
        case .renewal:
          guard state.renewals.count < Self.waitingLimit * 2 else { return .full }
          state.renewals.append(waiting)
        case .ordinary:
          guard state.ordinary.count < Self.waitingLimit else { return .full }
          state.ordinary.append(waiting)
        }
        defer { state.sleeper = nil }
        return .taken(sleeper: state.sleeper)
      }
      switch entry {
      case .taken(let sleeper): sleeper?.resume()
      case .closed: continuation.resume(throwing: Refusal(.shuttingDown, "the coordinator is shutting down"))
      case .full:
        measurements.turnedAway.add()
        continuation.resume(throwing: Refusal(.overloaded, "the coordinator's store is behind; come again later"))
      }
    }
  }

  /// Works until graceful shutdown, then finishes what has been accepted.
  package func run() async throws {
    await withTaskCancellationOrGracefulShutdownHandler {
      while let batch = await nextBatch() {
        let start = ContinuousClock.now
        state.withLock { $0.transactionStart = start }
        await store.commit(batch)
        state.withLock { $0.transactionStart = nil }
        measurements.commitSize.note(Double(batch.count))
        measurements.commitSeconds.note(ContinuousClock.now - start)
      }
    } onCancelOrGracefulShutdown: {
      self.close()
    }
  }

  private func close() {
    let sleeper = state.withLock { state in
      state.isClosed = true
      defer { state.sleeper = nil }
      return state.sleeper
    }
    sleeper?.resume()
  }

  /// Renewals first, then the rest in order; nil once closed and empty.
  private func nextBatch() async -> [any PendingChange]? {
    while true {
      let (batch, isClosed) = state.withLock { state in
        var batch: [any PendingChange] = []
        var rows = 0
        while batch.count < Self.batchLimit, rows < Self.batchRows,
          let next = state.renewals.popFirst() ?? state.ordinary.popFirst()
        {
          batch.append(next.change)
          rows += next.rows
        }
        return (batch, state.isClosed)
      }
      if !batch.isEmpty { return batch }
      if isClosed { return nil }
      await withCheckedContinuation { continuation in
        let isWorkWaiting = state.withLock { state in
          guard state.renewals.isEmpty, state.ordinary.isEmpty, !state.isClosed else { return true }
          state.sleeper = continuation
          return false
        }
        if isWorkWaiting { continuation.resume() }
      }
    }
  }

  private final class Change<Result: Sendable>: PendingChange {
    private let continuation: CheckedContinuation<Result, any Error>
    private let body: @Sendable (any WriteSession) throws -> Result
    private let result = Mutex<Result?>(nil)

    init(
      continuation: CheckedContinuation<Result, any Error>,
      body: @escaping @Sendable (any WriteSession) throws -> Result
    ) {
      self.continuation = continuation
      self.body = body
    }

    func apply(to session: any WriteSession) throws {
      let value = try body(session)
      result.withLock { $0 = value }
    }

    func settle(_ error: (any Error)?) {
      if let error {
        continuation.resume(throwing: error)
      } else if let value = result.withLock({ $0 }) {
        continuation.resume(returning: value)
      } else {
        continuation.resume(throwing: StoreError(.failed, "the store settled a change that it never applied"))
      }
    }
  }
}
