/// Times as text.
package enum TimeText {
  /// RFC 3339 in UTC with milliseconds, such as `2026-11-22T22:46:48.000Z`.
  ///
  /// The days are counted by the proleptic Gregorian calendar (Howard Hinnant, "chrono-Compatible Low-Level Date
  /// Algorithms", civil_from_days). Years outside 0 to 9999, which RFC 3339 cannot write, are held at its ends.
  package static func rfc3339(milliseconds: Int64) -> String {
    let held = min(max(milliseconds, -62_167_219_200_000), 253_402_300_799_999)
    let day = Int64(86_400_000)
    let days = held >= 0 ? held / day : (held - day + 1) / day
    let inDay = held - days * day
    let shifted = days + 719_468
    let era = shifted / 146_097 - (shifted < 0 && shifted % 146_097 != 0 ? 1 : 0)
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let marchMonth = (5 * dayOfYear + 2) / 153
    let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    let date = "\(padded(year, 4))-\(padded(month, 2))-\(padded(dayOfYear - (153 * marchMonth + 2) / 5 + 1, 2))"
    let seconds = inDay / 1000
    let clock = "\(padded(seconds / 3600, 2)):\(padded(seconds / 60 % 60, 2)):\(padded(seconds % 60, 2))"
    return "\(date)T\(clock).\(padded(inDay % 1000, 3))Z"
  }

  private static func padded(_ number: Int64, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }
}
