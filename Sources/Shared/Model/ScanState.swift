/// Where a scan or a lane stands. Raw values are the words printed, sent and stored.
package enum ScanState: String, Hashable, Sendable, Codable, CaseIterable {
  case queued
  case running
  /// No new job is given out until somebody resumes it.
  case paused
  case done
  case cancelled
  /// Ended without having looked at everything.
  case incomplete

  package var isOver: Bool { self == .done || self == .cancelled || self == .incomplete }
}
