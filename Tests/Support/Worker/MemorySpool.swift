package import Model
internal import Synchronization
package import Worker

/// A spool in memory, which outlives the worker as a folder would, and which the test can fill up.
package final class MemorySpool: ResultSpool {
  /// The disk is full.
  package struct Full: Error, CustomStringConvertible {
    package let description = "no room"
  }

  private struct State {
    var entries: [(number: UInt64, result: SpooledResult)] = []
    var last: UInt64 = 0
    var isFull = false
    var lost = 0
    var appended = 0
  }

  private let state = Mutex(State())

  package init() {}

  /// Lets nothing in from now on, or lets everything in again.
  package func setFull(_ isFull: Bool) { state.withLock { $0.isFull = isFull } }

  /// How many results have ever been put in.
  package var appended: Int { state.withLock(\.appended) }

  package var results: [SpooledResult] { state.withLock { $0.entries.map(\.result) } }

  package var contents: SpoolContents {
    state.withLock { state in
      SpoolContents(
        records: state.entries.count, bytes: state.entries.count,
        oldest: state.entries.isEmpty ? nil : Timestamp(milliseconds: 0), lostRecords: state.lost,
        lostBytes: state.lost)
    }
  }

  package func append(_ result: SpooledResult) async throws -> UInt64 {
    try state.withLock { state in
      guard !state.isFull else { throw Full() }
      state.last += 1
      state.appended += 1
      state.entries.append((state.last, result))
      return state.last
    }
  }

  package func first() async throws -> (number: UInt64, result: SpooledResult)? {
    state.withLock { $0.entries.first }
  }

  package func remove(_ number: UInt64) async throws {
    state.withLock { if $0.entries.first?.number == number { $0.entries.removeFirst() } }
  }

  package func discard(_ number: UInt64) async throws {
    state.withLock { state in
      guard state.entries.first?.number == number else { return }
      state.entries.removeFirst()
      state.lost += 1
    }
  }
}
