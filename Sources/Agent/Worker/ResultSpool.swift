package import Model

/// Where results wait that the coordinator cannot take now: first in, first out, and still there after the agent's end.
///
/// No call blocks the caller's thread; each throws when the disk, or whatever holds them, fails.
package protocol ResultSpool: Sendable {
  /// What it holds now; any thread, and never older than the last call that has returned.
  var contents: SpoolContents { get }

  /// Puts a result at the end. When this throws nothing of it is kept: it is still the caller's.
  ///
  /// - Returns: its number, higher than all before.
  func append(_ result: SpooledResult) async throws -> UInt64

  /// The oldest result; it stays until it is removed. Nil when there is none, and then `contents` is empty.
  func first() async throws -> (number: UInt64, result: SpooledResult)?

  /// The result has been delivered. Nothing happens where it is not the oldest any more.
  ///
  /// When this throws it is gone all the same, but may come once more after a crash.
  func remove(_ number: UInt64) async throws

  /// Nobody will take the result: as `remove`, but counted as lost.
  func discard(_ number: UInt64) async throws
}
