package import Model

/// When something is due again and again: a cron expression, or `every 15m`.
package enum ScheduleExpression: Hashable, Sendable {
  case cron(CronExpression)
  /// At each multiple of so many seconds since 1970-01-01T00:00Z: quarters of an hour, hours and days come out even.
  case every(seconds: Int64)

  /// A span below would only show how slow a scan is; one above is a date.
  private static let spans: ClosedRange<Int64> = 5...(366 * 86_400)
  /// Octets of an expression.
  private static let lengthLimit = 1_000

  /// Throws a `ScheduleError` that says what is wrong and where.
  package init(_ text: String) throws(ScheduleError) {
    guard text.utf8.count <= Self.lengthLimit else {
      throw ScheduleError("the expression is longer than \(Self.lengthLimit) bytes")
    }
    let words = text.split(whereSeparator: \.isWhitespace).map(String.init)
    guard words.first?.lowercased() == "every" || words.first?.lowercased() == "@every" else {
      self = .cron(try CronParser.parse(text))
      return
    }
    guard words.count == 2, let span = DurationText.read(words[1]) else {
      throw ScheduleError("\"\(text)\": expected a span behind \"every\", such as every 30s, 15m, 8h or 7d")
    }
    let seconds = span.components.seconds
    guard Self.spans.contains(seconds) else {
      throw ScheduleError("\"\(text)\": 5 seconds to 366 days are expected")
    }
    self = .every(seconds: seconds)
  }

  /// The shortest time from one run to the next among the next runs, seconds; nil: fewer than two are left.
  package func shortestInterval(in zone: TimeZoneRules, after time: Timestamp) -> Duration? {
    if case .every(let seconds) = self { return .seconds(seconds) }
    let runs = Array(ScheduleRuns(self, in: zone, after: time).prefix(50))
    return zip(runs, runs.dropFirst()).map { $1.time - $0.time }.min()
  }
}
