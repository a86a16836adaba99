internal import CoordinatorCore
internal import Model
internal import Schedules

/// When a stored schedule is due, by the rules of its zone.
struct ScheduleTimes {
  /// Slots of which a row is made after an absence; earlier ones are counted in the first of them.
  static let rowLimit = 500
  /// Slots that are looked through after an absence: a year of every minute.
  private static let lookLimit = 600_000

  let schedule: ScheduleRecord
  private let expression: ScheduleExpression
  private let zone: TimeZoneRules

  /// Throws a `ScheduleError` for an expression or time zone that cannot be read.
  init(_ schedule: ScheduleRecord, timeZones: any TimeZoneSource) throws(ScheduleError) {
    self.schedule = schedule
    expression = try ScheduleExpression(schedule.expression)
    zone = try timeZones.rules(of: schedule.timeZone)
  }

  /// Runs later than `time`, until the schedule expires.
  func runs(after time: Timestamp) -> some Sequence<ScheduledRun> {
    ScheduleRuns(expression, in: zone, after: time).lazy.prefix { run in
      schedule.expiresAt.map { run.time < $0 } ?? true
    }
  }

  /// Slots after the cursor that may start by `now` and are not in `taken`, ascending; and how many before those are left out.
  func due(by now: Timestamp, taken: Set<Timestamp>) -> (due: [SlotPlan.Due], uncounted: Int) {
    var due: [SlotPlan.Due] = []
    var uncounted = 0
    var start = min(schedule.cursor, now)
    if case .every(let seconds) = expression {
      // Nothing is found by looking at each of millions.
      let earliest = now - schedule.delay - .seconds(seconds * Int64(Self.rowLimit + 1))
      if start < earliest {
        uncounted = Int((earliest - start).components.seconds / seconds)
        start = earliest
      }
    }
    for run in runs(after: start).prefix(Self.lookLimit) {
      guard run.time + schedule.delay <= now else { break }
      guard !taken.contains(run.time) else { continue }
      due.append(SlotPlan.Due(slot: run.time, at: run.time + schedule.delay))
      if due.count >= Self.rowLimit * 2 {
        due.removeFirst(Self.rowLimit)
        uncounted += Self.rowLimit
      }
    }
    let extra = max(0, due.count - Self.rowLimit)
    return (Array(due.dropFirst(extra)), uncounted + extra)
  }

  /// When the first slot after `cursor` that is not in `taken` may start; nil: there is none.
  func nextStart(after cursor: Timestamp, taken: Set<Timestamp>) -> Timestamp? {
    runs(after: cursor).prefix(Self.lookLimit).first { !taken.contains($0.time) }.map { $0.time + schedule.delay }
  }

  var shortestInterval: Duration? { expression.shortestInterval(in: zone, after: schedule.cursor) }
}
