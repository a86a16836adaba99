internal import Model

/// The rule by which a TZif file ends: POSIX's TZ (The Open Group Base Specifications, 8.3) with the hours of -167 to 167 that
/// RFC 8536, 3.3.1 adds.
struct PosixTimeZone: Hashable, Sendable {
  /// A day of each year and a time on it.
  struct Change: Hashable, Sendable {
    enum Day: Hashable, Sendable {
      /// `Jn`, 1 to 365: 29 February is never counted.
      case julian(Int64)
      /// `n`, 0 to 365: 29 February is counted.
      case ordinal(Int64)
      /// `Mm.w.d`: week 5 is the last.
      case month(Int64, week: Int64, weekday: Int64)
    }

    var day: Day
    /// Seconds after that day's midnight, by the clock that holds until then.
    var second: Int64

    /// Seconds since 1970-01-01T00:00 of the clock that holds until then.
    func local(in year: Int64) -> Int64 {
      let start = Timestamp.daysSinceEpoch(year: year, month: 1, day: 1)
      let isLeap = Timestamp.days(inMonth: 2, of: year) == 29
      let day: Int64 =
        switch self.day {
        case .julian(let number): start + number - 1 + (isLeap && number >= 60 ? 1 : 0)
        case .ordinal(let number): start + number
        case .month(let month, let week, let weekday): Self.day(month, week, weekday, year)
        }
      return day * 86_400 + second
    }

    private static func day(_ month: Int64, _ week: Int64, _ weekday: Int64, _ year: Int64) -> Int64 {
      let first = Timestamp.daysSinceEpoch(year: year, month: month, day: 1)
      let firstWeekday = ((first + 4) % 7 + 7) % 7
      var day = first + (weekday - firstWeekday + 7) % 7 + (week - 1) * 7
      while day >= first + Timestamp.days(inMonth: month, of: year) { day -= 7 }
      return day
    }
  }

  struct Daylight: Hashable, Sendable {
    var kind: TimeZoneRules.Kind
    var begin: Change
    var end: Change
  }

  var standard: TimeZoneRules.Kind
  var daylight: Daylight?

  func segment(at time: Int64) -> ClockSegment {
    guard let daylight else {
      return ClockSegment(
        start: .min, end: .max, offset: standard.offset, isDaylight: standard.isDaylight,
        abbreviation: standard.abbreviation)
    }
    let local = time + standard.offset
    let year = Timestamp.civil(daysSinceEpoch: local >= 0 ? local / 86_400 : (local - 86_399) / 86_400).year
    // The year before and the one behind, because a change may lie a week outside of its year.
    var changes: [(time: Int64, kind: TimeZoneRules.Kind)] = []
    for year in (year - 1)...(year + 1) {
      changes.append((daylight.begin.local(in: year) - standard.offset, daylight.kind))
      changes.append((daylight.end.local(in: year) - daylight.kind.offset, standard))
    }
    changes.sort { $0.time < $1.time }
    let next = changes.firstIndex { $0.time > time } ?? changes.count - 1
    let (start, kind) = changes[max(0, next - 1)]
    return ClockSegment(
      start: start, end: changes[next].time, offset: kind.offset, isDaylight: kind.isDaylight,
      abbreviation: kind.abbreviation)
  }
}
