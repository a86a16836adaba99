internal import CoordinatorCore
internal import Model
internal import Schedules

/// When a blackout is in force.
struct BlackoutHours {
  /// More runs than one window joins: an expression that is due each minute for an hour has 60.
  private static let joinLimit = 1_000

  private enum Kind {
    case once(from: Timestamp, to: Timestamp)
    case repeating(ScheduleExpression, TimeZoneRules, Duration)
  }

  private let kind: Kind

  /// Throws a `ScheduleError` for an expression or time zone that cannot be read.
  init(_ window: BlackoutRecord.Window, timeZones: any TimeZoneSource) throws(ScheduleError) {
    switch window {
    case .once(let from, let to): kind = .once(from: from, to: to)
    case .repeating(let expression, let zone, let duration):
      kind = .repeating(try ScheduleExpression(expression), try timeZones.rules(of: zone), duration)
    }
  }

  /// The stretch that holds `time`, or else the next one; nil: there is none any more. Stretches that touch are one.
  func stretch(at time: Timestamp) -> Range<Timestamp>? {
    switch kind {
    case .once(let from, let to): return time < to ? from..<to : nil
    case .repeating(let expression, let zone, let duration):
      // A run at just `time - duration` ends now.
      var runs = ScheduleRuns(expression, in: zone, after: time - duration)
      guard let first = runs.next() else { return nil }
      var stretch = first.time..<(first.time + duration)
      for _ in 0..<Self.joinLimit {
        guard let next = runs.next(), next.time <= stretch.upperBound else { break }
        stretch = stretch.lowerBound..<(next.time + duration)
      }
      return stretch
    }
  }
}
