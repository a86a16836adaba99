package import Model

/// One planned run and what became of it; there is one for each (schedule, slot).
package struct ScheduleSlot: Hashable, Sendable {
  /// The planned time, before any delay; of a run that a person asked for, when they did.
  package var slot: Timestamp
  package var outcome: SlotOutcome
  package var scan: ScanID?
  package var reason: String?
  package var decidedAt: Timestamp

  package init(slot: Timestamp, outcome: SlotOutcome, scan: ScanID? = nil, reason: String?, decidedAt: Timestamp) {
    self.slot = slot
    self.outcome = outcome
    self.scan = scan
    self.reason = reason
    self.decidedAt = decidedAt
  }
}
