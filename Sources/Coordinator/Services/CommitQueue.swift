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

  private struct State {
    var renewals: Deque<any PendingChange> = []
    var ordinary: Deque<any PendingChange> = []
    var isClosed = false
    var sleeper: CheckedContinuation<Void, Never>?
  }

  private let store: any CoordinatorStore
  private let state = Mutex(State())

  package init(store: any CoordinatorStore) { self.store = store }

  /// Applies `body` inside the next transaction and returns its result once that is durable.
  ///
  /// Throws what `body` throws, a `StoreError`, or a `Refusal` with `shuttingDown`. `body` runs once, on the store's
  /// thread, even if the caller has been cancelled meanwhile.
  package func commit<Result: Sendable>(
    _ priority: Priority = .ordinary, _ body: @escaping @Sendable (any WriteSession) throws -> Result
  ) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
      let change = Change(continuation: continuation, body: body)
      let (isAccepted, sleeper) = state.withLock { state in
        guard !state.isClosed else { return (false, nil as CheckedContinuation<Void, Never>?) }
        switch priority {
        case .renewal: state.renewals.append(change)
        case .ordinary: state.ordinary.append(change)
        }
        defer { state.sleeper = nil }
        return (true, state.sleeper)
      }
      sleeper?.resume()
      if !isAccepted { continuation.resume(throwing: Refusal(.shuttingDown, "the coordinator is shutting down")) }
    }
  }

  /// Works until graceful shutdown, then finishes what has been accepted.
  package func run() async throws {
    await withTaskCancellationOrGracefulShutdownHandler {
      while let batch = await nextBatch() { await store.commit(batch) }
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
        while batch.count < Self.batchLimit, let next = state.renewals.popFirst() ?? state.ordinary.popFirst() {
          batch.append(next)
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
