package import Model

/// A time of every day in which nothing is sent; what is matched then waits for its end.
///
/// By UTC, an offset from it, or a zone's clock: `22:00-06:00`, `22:00-06:00+01:00`, `22:00-06:00 Europe/Berlin`.
package struct QuietHours: Hashable, Sendable, Codable {
  /// Minutes after midnight; the end may lie on the next day.
  package var from: Int
  package var to: Int
  package var offsetMinutes: Int
  /// IANA's name; nil: the offset holds.
  package var timeZone: String?

  package init(from: Int, to: Int, offsetMinutes: Int = 0, timeZone: String? = nil) {
    self.from = from
    self.to = to
    self.offsetMinutes = offsetMinutes
    self.timeZone = timeZone
  }

  /// How far a zone's clock is ahead of UTC at a time, in milliseconds; nil: nothing is known of the zone.
  package typealias ZoneOffset = (_ timeZone: String, _ time: Timestamp) -> Int64?

  private static let dayMinutes = 1_440

  /// Nil: the text is not `HH:MM-HH:MM`, with `Z` or `+HH:MM` or `-HH:MM` or a blank and a zone's name behind it or not, or it is
  /// no time at all. Whether there is such a zone is not looked at.
  package init?(_ text: String) {
    let octets = Array(text.utf8)
    guard octets.count >= 11, octets[5] == UInt8(ascii: "-") else { return nil }
    guard let from = Self.minutes(octets[0..<5]), let to = Self.minutes(octets[6..<11]), from != to else { return nil }
    var offset = 0
    let rest = octets[11...]
    if rest.first == UInt8(ascii: " "), rest.count > 1, rest.count <= 101 {
      self.init(from: from, to: to, timeZone: String(decoding: rest.dropFirst(), as: UTF8.self))
      return
    }
    if !rest.isEmpty, rest != [UInt8(ascii: "Z")] {
      guard let sign = rest.first, rest.count == 6, let minutes = Self.minutes(rest.dropFirst()), minutes <= 14 * 60,
        sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-")
      else { return nil }
      offset = sign == UInt8(ascii: "-") ? -minutes : minutes
    }
    self.init(from: from, to: to, offsetMinutes: offset)
  }

  private static func minutes(_ octets: ArraySlice<UInt8>) -> Int? {
    let octets = Array(octets)
    guard octets.count == 5, octets[2] == UInt8(ascii: ":") else { return nil }
    let digits = [octets[0], octets[1], octets[3], octets[4]].map { Int($0) - 0x30 }
    guard digits.allSatisfy({ (0...9).contains($0) }) else { return nil }
    let (hours, minutes) = (digits[0] * 10 + digits[1], digits[2] * 10 + digits[3])
    return hours < 24 && minutes < 60 ? hours * 60 + minutes : nil
  }

  package var description: String {
    func text(_ minutes: Int) -> String {
      func two(_ number: Int) -> String { number < 10 ? "0\(number)" : String(number) }
      return "\(two(minutes / 60)):\(two(minutes % 60))"
    }
    if let timeZone { return "\(text(from))-\(text(to)) \(timeZone)" }
    let offset = offsetMinutes == 0 ? "Z" : (offsetMinutes < 0 ? "-" : "+") + text(abs(offsetMinutes))
    return "\(text(from))-\(text(to))\(offset)"
  }

  /// The end of the quiet time that a moment lies in; nil: it lies in none. Of a zone of which nothing is known any more nothing
  /// is held back.
  package func end(ifWithin time: Timestamp, by clock: ZoneOffset = { _, _ in nil }) -> Timestamp? {
    func offset(at time: Timestamp) -> Int64? {
      guard let timeZone else { return Int64(offsetMinutes) * 60_000 }
      return clock(timeZone, time)
    }
    guard let now = offset(at: time) else { return nil }
    let (minute, day) = (Int64(60_000), Int64(Self.dayMinutes) * 60_000)
    let local = time.milliseconds + now
    let inDay = ((local % day) + day) % day
    let (start, end) = (Int64(from) * minute, Int64(to) * minute)
    let isWithin = start < end ? (start..<end).contains(inDay) : inDay >= start || inDay < end
    guard isWithin else { return nil }
    let left = end > inDay ? end - inDay : end + day - inDay
    let found = Timestamp(milliseconds: time.milliseconds + left)
    // Where the clock is set meanwhile, its end comes so much later or earlier, and never before now.
    let then = offset(at: found) ?? now
    return max(Timestamp(milliseconds: found.milliseconds + now - then), time + .milliseconds(1))
  }
}
