extension Timestamp: LosslessStringConvertible, Codable {
  /// `2026-11-22T08:30:00.250Z` (RFC 3339, 5.6): UTC, always with milliseconds so that texts sort as times do. Years
  /// outside 0 to 9999, which RFC 3339 cannot write, are held at its ends.
  package var description: String {
    String(unsafeUninitializedCapacity: Self.textLength) { write(to: $0) }
  }

  private static let textLength = 24

  /// Appends the description's octets: listings have many times.
  package func append(to bytes: inout [UInt8]) {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Self.textLength) { buffer in
      bytes.append(contentsOf: UnsafeBufferPointer(rebasing: buffer[..<write(to: buffer)]))
    }
  }

  private func write(to buffer: UnsafeMutableBufferPointer<UInt8>) -> Int {
    let held = min(max(milliseconds, -62_167_219_200_000), 253_402_300_799_999)
    let (days, inDay) = held.quotientAndRemainderRoundingDown(by: 86_400_000)
    let (year, month, day) = Self.civil(daysSinceEpoch: days)
    var count = 0
    func put(_ number: Int64, _ width: Int, _ end: Unicode.Scalar) {
      var rest = number
      for place in (count..<count + width).reversed() {
        buffer[place] = 0x30 + UInt8(truncatingIfNeeded: rest % 10)
        rest /= 10
      }
      buffer[count + width] = UInt8(ascii: end)
      count += width + 1
    }
    put(year, 4, "-")
    put(month, 2, "-")
    put(day, 2, "T")
    put(inDay / 3_600_000, 2, ":")
    put(inDay / 60_000 % 60, 2, ":")
    put(inDay / 1_000 % 60, 2, ".")
    put(inDay % 1_000, 3, "Z")
    return count
  }

  /// Reads RFC 3339 date-time text with any offset; fractions finer than a millisecond are cut off. Nil for anything else.
  package init?(_ text: String) {
    var digits = Digits(text)
    guard let year = digits.number(4), digits.skip("-"), let month = digits.number(2), digits.skip("-"),
      let day = digits.number(2), digits.skip("Tt "), let hour = digits.number(2), digits.skip(":"),
      let minute = digits.number(2), digits.skip(":"), let second = digits.number(2),
      (1...12).contains(month), (1...Self.days(inMonth: month, of: year)).contains(day), hour < 24, minute < 60,
      second < 61
    else { return nil }
    var fraction: Int64 = 0
    if digits.skip(".") {
      guard let read = digits.fractionMilliseconds() else { return nil }
      fraction = read
    }
    var offsetMinutes: Int64 = 0
    if !digits.skip("Zz") {
      let isEast = digits.skip("+")
      guard isEast || digits.skip("-"), let hours = digits.number(2), digits.skip(":"), let minutes = digits.number(2),
        hours < 24, minutes < 60
      else { return nil }
      offsetMinutes = (hours * 60 + minutes) * (isEast ? 1 : -1)
    }
    guard digits.isAtEnd else { return nil }
    let days = Self.daysSinceEpoch(year: year, month: month, day: day)
    milliseconds = (((days * 24 + hour) * 60 + minute - offsetMinutes) * 60 + second) * 1_000 + fraction
  }

  /// Gregorian date of a day number, by the era arithmetic of Howard Hinnant's "chrono-Compatible Low-Level Date
  /// Algorithms" (civil_from_days).
  package static func civil(daysSinceEpoch: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let (era, dayOfEra) = (daysSinceEpoch + 719_468).quotientAndRemainderRoundingDown(by: 146_097)
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shifted = (5 * dayOfYear + 2) / 153
    let month = shifted < 10 ? shifted + 3 : shifted - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shifted + 2) / 5 + 1)
  }

  /// The inverse of `civil`.
  package static func daysSinceEpoch(year: Int64, month: Int64, day: Int64) -> Int64 {
    let shiftedYear = month <= 2 ? year - 1 : year
    let (era, yearOfEra) = shiftedYear.quotientAndRemainderRoundingDown(by: 400)
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  package static func days(inMonth month: Int64, of year: Int64) -> Int64 {
    switch month {
    case 4, 6, 9, 11: 30
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    default: 31
    }
  }

  package init(from decoder: any Decoder) throws {
    let text = try decoder.singleValueContainer().decode(String.self)
    guard let time = Timestamp(text) else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "\"\(text)\" is not an RFC 3339 time"))
    }
    self = time
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}

extension Int64 {
  /// Division that rounds towards minus infinity, so that days before 1970 come out right.
  fileprivate func quotientAndRemainderRoundingDown(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
  }
}

/// Reads fixed-width decimal fields off the front of a text.
private struct Digits {
  private var rest: Substring.UTF8View

  init(_ text: String) { rest = text[...].utf8 }

  var isAtEnd: Bool { rest.isEmpty }

  mutating func number(_ width: Int) -> Int64? {
    let field = rest.prefix(width)
    guard field.count == width, field.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    rest = rest.dropFirst(width)
    return field.reduce(0) { $0 * 10 + Int64($1 - 0x30) }
  }

  mutating func skip(_ anyOf: String) -> Bool {
    guard let next = rest.first, anyOf.utf8.contains(next) else { return false }
    rest = rest.dropFirst()
    return true
  }

  mutating func fractionMilliseconds() -> Int64? {
    let field = rest.prefix { (0x30...0x39).contains($0) }
    guard !field.isEmpty else { return nil }
    rest = rest.dropFirst(field.count)
    return (Array(field.prefix(3)) + [0x30, 0x30]).prefix(3).reduce(0) { $0 * 10 + Int64($1 - 0x30) }
  }
}
