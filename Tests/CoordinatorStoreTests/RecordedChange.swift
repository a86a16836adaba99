import CoordinatorCore
import Synchronization

/// A change that remembers how it was settled.
final class RecordedChange<Value: Sendable>: PendingChange {
  private struct State {
    var value: Value?
    var settlements: [(any Error)?] = []
  }

  private let body: @Sendable (any WriteSession) throws -> Value
  private let state = Mutex(State())

  init(_ body: @escaping @Sendable (any WriteSession) throws -> Value) { self.body = body }

  func apply(to session: any WriteSession) throws {
    let value = try body(session)
    state.withLock { $0.value = value }
  }

  func settle(_ error: (any Error)?) { state.withLock { $0.settlements.append(error) } }

  /// How often it was settled; anything but once is a fault of the store.
  var settlementCount: Int { state.withLock { $0.settlements.count } }

  /// What the change returned. Throws what it was settled with.
  func outcome() throws -> Value {
    let (value, error) = state.withLock { ($0.value, $0.settlements.first ?? nil) }
    if let error { throw error }
    guard let value else { throw StoreError(.failed, "the change was settled without having been applied") }
    return value
  }
}

extension CoordinatorStore {
  /// One change in a transaction of its own.
  func change<Value: Sendable>(_ body: @escaping @Sendable (any WriteSession) throws -> Value) async throws -> Value {
    let change = RecordedChange(body)
    await commit([change])
    return try change.outcome()
  }
}
