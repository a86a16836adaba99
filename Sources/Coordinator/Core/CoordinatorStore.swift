/// Everything readable inside one consistent view of the store.
package protocol ReadSession: FleetReading, AccessReading, ScanReading, ChartReading, HostReading, PastReading,
  PurgeReading,
  BaselineReading,
  FindingReading,
  ExpectationReading, AlertReading, ScheduleReading, ImportReading,
  DailyCountReading
{
  /// Raised when the store is restored from a backup; part of every lease.
  func generation() throws -> Int64
}

/// Everything changeable inside one transaction.
package protocol WriteSession: ReadSession, FleetWriting, AccessWriting, ScanWriting, ChartWriting, HostWriting,
  PurgeWriting,
  BaselineWriting,
  FindingWriting,
  ExpectationWriting, AlertWriting, ScheduleWriting, ImportWriting,
  DailyCountWriting
{}

/// Where the coordinator keeps what it knows. SQLite today; anything that offers one writing transaction at a time and
/// consistent reads fits behind it.
package protocol CoordinatorStore: Sendable {
  /// Runs `body` on one consistent view. Does not block the caller's thread; throws what `body` throws, and
  /// `CancellationError`.
  func read<Result: Sendable>(_ body: @escaping @Sendable (any ReadSession) throws -> Result) async throws -> Result

  /// Runs each change in a savepoint of its own inside one transaction, and returns once the transaction is durable.
  /// A change that throws is undone alone and never fails the others; if the transaction itself fails, every change
  /// fails with that error. Not cancelled by the caller's cancellation once begun.
  func commit(_ changes: [any PendingChange]) async
}

/// A change that waits for a place in a transaction.
package protocol PendingChange: Sendable {
  /// Called once, inside the transaction. Throwing undoes this change alone.
  func apply(to session: any WriteSession) throws
  /// Called once after the transaction is durable or has failed; `error` is this change's own or the transaction's.
  func settle(_ error: (any Error)?)
}

/// The store cannot take the change; a fault of the machine, not of the request.
package struct StoreError: Error, Sendable, CustomStringConvertible {
  package enum Code: Sendable {
    /// No space on the device.
    case full
    /// The file is not a database of this program.
    case foreignFile
    /// The file was written by a newer version of this program.
    case newerVersion
    /// Anything else: the message says what.
    case failed
  }

  package let code: Code
  package let message: String

  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  package var description: String { message }
}
