/// What becomes of a run that is due while the one before still runs.
package enum ScheduleOverlap: String, Hashable, Sendable, Codable, CaseIterable {
  case skip
  /// It waits; a further one is skipped.
  case queueOne = "queue-one"
  /// The running scan is cancelled.
  case replace
}

/// What becomes of a run that is due in a blackout.
package enum BlackoutManner: String, Hashable, Sendable, Codable, CaseIterable {
  /// It starts when the blackout ends, if that is within its catch-up window.
  case wait
  case skip
}

/// What became of one planned run.
package enum SlotOutcome: String, Hashable, Sendable, Codable, CaseIterable {
  case ran
  /// It ran late.
  case caughtUp = "caught-up"
  case skipped
  case blackout
  case missed
  case failed
  /// Not decided: it starts when what it waits for is over.
  case waiting
}
