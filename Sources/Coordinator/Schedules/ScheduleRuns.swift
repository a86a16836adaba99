package import Model

/// The runs after a time, in order, without end but for the year 9999.
///
/// What is due at a set time follows Debian's cron(8): a time that the clock skips runs once where the clock goes on, and
/// one that it shows twice runs the first time. What follows the clock (`*` at the beginning of the minute or the hour)
/// is skipped with the clock and runs in both hours. Clocks set by more than three hours, as by zones that changed sides
/// of the date line, are treated the same.
package struct ScheduleRuns: Sequence, IteratorProtocol, Sendable {
  private let expression: ScheduleExpression
  private let zone: TimeZoneRules
  /// Seconds; runs are later than this.
  private var last: Int64
  /// The local clock's time from which on is looked for; seconds.
  private var local: Int64 = 0
  private var segment: ClockSegment
  /// Local times below have been shown before, by the segment before.
  private var repeatedBelow: Int64 = .min
  /// Local times from here on are shown again, by the segment behind.
  private var repeatedFrom: Int64 = .max

  /// Runs later than `time`.
  package init(_ expression: ScheduleExpression, in zone: TimeZoneRules, after time: Timestamp) {
    self.expression = expression
    self.zone = zone
    last = time.milliseconds >= 0 ? time.milliseconds / 1_000 : (time.milliseconds - 999) / 1_000
    segment = zone.segment(at: last)
    local = last + segment.offset + 1
    noteRepetitions()
  }

  package mutating func next() -> ScheduledRun? {
    switch expression {
    case .every(let seconds):
      last = (last / seconds + (last % seconds < 0 ? 0 : 1)) * seconds
      return ScheduledRun(time: Timestamp(milliseconds: last * 1_000))
    case .cron(let expression):
      return expression.followsClock ? nextByClock(expression) : nextSet(expression)
    }
  }

  private mutating func nextByClock(_ expression: CronExpression) -> ScheduledRun? {
    while let match = expression.firstMatch(from: local) {
      if match < segment.localEnd {
        local = match + 60
        last = match - segment.offset
        // Nothing of note: such a run comes in both.
        return ScheduledRun(
          time: Timestamp(milliseconds: last * 1_000), shift: match < repeatedBelow ? .again : nil)
      }
      advance(towards: match)
      // Earlier than where the clock stood, if it goes back.
      local = segment.localStart
    }
    return nil
  }

  private mutating func nextSet(_ expression: CronExpression) -> ScheduledRun? {
    while let match = expression.firstMatch(from: local) {
      while match >= segment.localEnd { advance(towards: match) }
      local = match + 60
      let isSkipped = match < segment.localStart
      let time = isSkipped ? segment.start : match - segment.offset
      // What the clock shows again has been due the first time, which may lie before the beginning.
      guard time > last, match >= repeatedBelow else { continue }
      last = time
      return ScheduledRun(
        time: Timestamp(milliseconds: time * 1_000),
        shift: isSkipped
          ? .movedOverGap(wanted: LocalTime(seconds: match)) : match >= repeatedFrom ? .firstOfTwo : nil)
    }
    return nil
  }

  /// The next segment, or one not far before `match` where that is far away.
  private mutating func advance(towards match: Int64) {
    let near = match - segment.offset - 3 * 86_400
    segment = zone.segment(at: Swift.max(segment.end, near))
    noteRepetitions()
  }

  private mutating func noteRepetitions() {
    repeatedBelow = segment.start == .min ? .min : zone.segment(at: segment.start - 1).localEnd
    repeatedFrom = segment.end == .max ? .max : zone.segment(at: segment.end).localStart
  }
}
