package import Model

/// What is to become of a schedule's slots at one moment: a pure decision.
package struct SlotPlan: Hashable, Sendable {
  /// A slot's time and when it may start, later by the schedule's delay.
  package struct Due: Hashable, Sendable {
    package var slot: Timestamp
    package var at: Timestamp

    package init(slot: Timestamp, at: Timestamp) {
      self.slot = slot
      self.at = at
    }
  }

  /// What a slot is decided on.
  package struct Circumstances: Hashable, Sendable {
    package var now: Timestamp
    /// Due by now and without a row, ascending.
    package var due: [Due]
    /// Further ones before those, of which no row is made.
    package var uncounted: Int
    package var waiting: ScheduleSlot?
    /// The schedule's scan that is not over.
    package var running: ScanID?
    package var blackout: ActiveBlackout?

    package init(
      now: Timestamp, due: [Due], uncounted: Int = 0, waiting: ScheduleSlot? = nil, running: ScanID? = nil,
      blackout: ActiveBlackout? = nil
    ) {
      self.now = now
      self.due = due
      self.uncounted = uncounted
      self.waiting = waiting
      self.running = running
      self.blackout = blackout
    }
  }

  /// A run that starts now.
  package struct Start: Hashable, Sendable {
    package var slot: Timestamp
    package var outcome: SlotOutcome
    package var reason: String?
    /// Cancelled first.
    package var replacing: ScanID?
  }

  /// Rows to be written, but for the one that starts.
  package private(set) var rows: [ScheduleSlot] = []
  package private(set) var start: Start?

  /// Later than this is late: the clock that starts runs looks once a second.
  package static let grace = Duration.seconds(30)

  private let now: Timestamp

  package init(_ circumstances: Circumstances, policy: SchedulePolicy) {
    now = circumstances.now
    for (index, due) in circumstances.due.dropLast().enumerated() {
      let more = index == 0 && circumstances.uncounted > 0 ? "; and \(circumstances.uncounted) before it" : ""
      let isLate = now - due.at > Self.grace
      decide(
        due.slot, .missed,
        (isLate
          ? "it could not start in time, for the coordinator was away or its clock was set; the latest alone is caught up"
          : "the next was due before it could start") + more)
    }
    var newest = circumstances.due.last
    if let due = newest, now - due.at > Self.grace, now - due.at > policy.catchUp {
      decide(
        due.slot, .missed,
        "it could have started \(DurationText.print(now - due.at)) late, beyond its catch-up window of \(DurationText.print(policy.catchUp))"
      )
      newest = nil
    }
    if let waiting = circumstances.waiting {
      guard let due = newest else {
        consider(waiting.slot, waitedFor: waiting.reason ?? "", circumstances, policy)
        return
      }
      if policy.overlap == .queueOne, circumstances.blackout == nil {
        consider(waiting.slot, waitedFor: waiting.reason ?? "", circumstances, policy)
        if let running = circumstances.running {
          decide(due.slot, .skipped, "\(running) still runs, and the run of \(waiting.slot) waits behind it")
        } else {
          decide(due.slot, .waiting, "the run of \(waiting.slot) comes first")
        }
        return
      }
      decide(
        waiting.slot, circumstances.running == nil ? .blackout : .skipped,
        "the next was due before it could start: \(waiting.reason ?? "it waited")")
    }
    guard let due = newest else { return }
    consider(due.slot, lateBy: now - due.at, circumstances, policy)
  }

  /// Starts a run, or says why it does not.
  private mutating func consider(
    _ slot: Timestamp, waitedFor reason: String? = nil, lateBy late: Duration = .zero, _ circumstances: Circumstances,
    _ policy: SchedulePolicy
  ) {
    if let blackout = circumstances.blackout {
      if policy.onBlackout == .skip { return decide(slot, .blackout, blackout.reason) }
      guard blackout.until - slot <= max(policy.catchUp, Self.grace) else {
        return decide(
          slot, .blackout, "\(blackout.reason), beyond its catch-up window of \(DurationText.print(policy.catchUp))")
      }
      return wait(slot, blackout.reason, circumstances.waiting)
    }
    var replacing: ScanID?
    if let running = circumstances.running {
      switch policy.overlap {
      case .skip: return decide(slot, .skipped, "\(running) still runs")
      case .queueOne: return wait(slot, "\(running) still runs", circumstances.waiting)
      case .replace: replacing = running
      }
    }
    // Where nothing waits for a scan, it has waited for a blackout: and the coordinator was away when that ended.
    if let reason, policy.overlap != .queueOne, now - slot > max(policy.catchUp, Self.grace) {
      return decide(
        slot, .blackout, "\(reason); by now it is beyond its catch-up window of \(DurationText.print(policy.catchUp))")
    }
    if let reason {
      start = Start(
        slot: slot, outcome: now - slot > Self.grace ? .caughtUp : .ran, reason: "it waited: \(reason)",
        replacing: replacing)
    } else if late > Self.grace {
      start = Start(slot: slot, outcome: .caughtUp, reason: "\(DurationText.print(late)) late", replacing: replacing)
    } else {
      start = Start(
        slot: slot, outcome: .ran, reason: replacing.map { "\($0) was cancelled for it" }, replacing: replacing)
    }
  }

  private mutating func wait(_ slot: Timestamp, _ reason: String, _ before: ScheduleSlot?) {
    if let before, before.slot == slot, before.reason == reason { return }
    decide(slot, .waiting, reason)
  }

  private mutating func decide(_ slot: Timestamp, _ outcome: SlotOutcome, _ reason: String) {
    rows.append(ScheduleSlot(slot: slot, outcome: outcome, reason: reason, decidedAt: now))
  }
}
