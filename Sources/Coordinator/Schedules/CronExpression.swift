internal import Model

/// Five fields that say at which minutes of the local clock something is due. Day of month and day of week are both asked
/// for where one of them begins with `*`, and either suffices otherwise: Debian's cron, crontab(5).
package struct CronExpression: Hashable, Sendable {
  /// Days of the week of which a certain one of the month is meant.
  struct Weekdays: Hashable, Sendable {
    /// Bit 0 is Sunday.
    var every: UInt8 = 0
    /// `5L`: the last Friday.
    var last: UInt8 = 0
    /// `5#2`: the second Friday at index 1.
    var nth: [UInt8] = [0, 0, 0, 0, 0]
  }

  /// Bit n is minute n.
  var minutes: UInt64 = 0
  var hours: UInt64 = 0
  /// Bit n is day n, from 1.
  var days: UInt64 = 0
  /// `L`: the last day of the month, whatever its number.
  var hasLastDay = false
  /// Bit n is month n, from 1.
  var months: UInt64 = 0
  var weekdays = Weekdays()
  /// Day of month and day of week must both fit.
  var needsBothDays = false
  /// The minute or the hour begins with `*`: the job goes with the clock and is neither moved over a gap nor kept from
  /// running in both of two equal hours (cron(8), Debian).
  package internal(set) var followsClock = false

  /// Bits 1 to 31 for the days of the month that fit.
  func days(ofMonth month: Int64, year: Int64) -> UInt64 {
    let length = UInt64(Timestamp.days(inMonth: month, of: year))
    let firstDay = Timestamp.daysSinceEpoch(year: year, month: month, day: 1)
    // 1 January 1970 was a Thursday.
    let firstWeekday = UInt64(((firstDay + 4) % 7 + 7) % 7)
    return days(monthOf: length, firstWeekday: firstWeekday)
  }

  private func days(monthOf length: UInt64, firstWeekday: UInt64) -> UInt64 {
    let all = ((UInt64(1) << length) - 1) << 1
    let byDate = (days | (hasLastDay ? UInt64(1) << length : 0)) & all
    func week(_ set: UInt8) -> UInt64 {
      let set = UInt64(set)
      return (set >> firstWeekday | set << (7 - firstWeekday)) & 0x7f
    }
    let weekly = week(weekdays.every)
    var byWeekday = (weekly | weekly << 7 | weekly << 14 | weekly << 21 | weekly << 28) << 1
    if weekdays.last != 0 {
      let set = week(weekdays.last)
      byWeekday |= (set | set << 7 | set << 14 | set << 21 | set << 28) << 1 & (UInt64(0x7f) << (length - 6))
    }
    for (index, set) in weekdays.nth.enumerated() where set != 0 {
      byWeekday |= week(set) << (UInt64(index) * 7 + 1)
    }
    return (needsBothDays ? byDate & byWeekday : byDate | byWeekday) & all
  }

  /// Whether any year has such a day: there are fourteen kinds of years, seven beginnings with and without 29 February.
  var hasAnyDay: Bool {
    for length: UInt64 in 28...31 {
      let months = self.months & Self.months(lasting: length)
      guard months != 0 else { continue }
      if (0..<7).contains(where: { days(monthOf: length, firstWeekday: $0) != 0 }) { return true }
    }
    return false
  }

  private static func months(lasting length: UInt64) -> UInt64 {
    func bits(_ numbers: UInt64...) -> UInt64 { numbers.reduce(0) { $0 | 1 << $1 } }
    return switch length {
    case 28, 29: bits(2)
    case 30: bits(4, 6, 9, 11)
    default: bits(1, 3, 5, 7, 8, 10, 12)
    }
  }

  /// The last year of which runs are told; RFC 3339 has no five digits for a year.
  static let lastYear: Int64 = 9_999

  /// The first matching minute at or after `local`; both are seconds of the local clock since 1970-01-01T00:00 on it. Nil:
  /// there is none before the year 10000.
  func firstMatch(from local: Int64) -> Int64? {
    var (day, second) = (local / 86_400, local % 86_400)
    if second < 0 { (day, second) = (day - 1, second + 86_400) }
    let minute = (second + 59) / 60
    var (year, month, date) = Timestamp.civil(daysSinceEpoch: day)
    if months >> UInt64(month) & 1 == 1 {
      let fitting = days(ofMonth: month, year: year)
      if fitting >> UInt64(date) & 1 == 1, minute < 1_440, let found = time(from: minute) {
        return day * 86_400 + found * 60
      }
      let later = fitting.bits(from: UInt64(date + 1))
      if later != 0, let first = time(from: 0) {
        return (day + Int64(later.trailingZeroBitCount) - date) * 86_400 + first * 60
      }
    }
    guard let first = time(from: 0) else { return nil }
    while true {
      let later = months.bits(from: UInt64(month + 1))
      if later == 0 {
        year += 1
        month = Int64(months.trailingZeroBitCount)
      } else {
        month = Int64(later.trailingZeroBitCount)
      }
      guard year <= Self.lastYear else { return nil }
      let fitting = days(ofMonth: month, year: year)
      guard fitting != 0 else { continue }
      date = Int64(fitting.trailingZeroBitCount)
      return Timestamp.daysSinceEpoch(year: year, month: month, day: date) * 86_400 + first * 60
    }
  }

  /// The first minute of a day, of 1,440, at or after `minute`.
  private func time(from minute: Int64) -> Int64? {
    let hour = minute / 60
    if hours >> UInt64(hour) & 1 == 1 {
      let left = minutes.bits(from: UInt64(minute % 60))
      if left != 0 { return hour * 60 + Int64(left.trailingZeroBitCount) }
    }
    let later = hours.bits(from: UInt64(hour + 1))
    guard later != 0 else { return nil }
    return Int64(later.trailingZeroBitCount) * 60 + Int64(minutes.trailingZeroBitCount)
  }
}

extension UInt64 {
  /// The bits from `bit` on, where they are.
  fileprivate func bits(from bit: UInt64) -> UInt64 { self & ~(((1 as UInt64) << bit) &- 1) }
}
