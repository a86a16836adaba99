/// Where a scan or a lane stands. Raw values are the words printed, sent and stored.
package enum ScanState: String, Hashable, Sendable, Codable, CaseIterable {
  case queued
  case running
  case done
  case cancelled
  /// Ended without having looked at everything.
  case incomplete

  package var isOver: Bool { self != .queued && self != .running }
}
