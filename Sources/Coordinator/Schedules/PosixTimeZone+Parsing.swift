extension PosixTimeZone {
  /// Reads `CET-1CEST,M3.5.0,M10.5.0/3`; nil for what is none.
  init?(_ text: String) {
    var reader = Reader(rest: Array(text.utf8)[...])
    guard let name = reader.name(), let offset = reader.time(hours: 0...24) else { return nil }
    standard = .init(offset: -offset, isDaylight: false, abbreviation: name)
    guard !reader.isAtEnd else { return }
    guard let summerName = reader.name() else { return nil }
    var summerOffset = -offset + 3_600
    if !reader.isNext(",") {
      guard let offset = reader.time(hours: 0...24) else { return nil }
      summerOffset = -offset
    }
    guard reader.skip(","), let begin = reader.change(), reader.skip(","), let end = reader.change(), reader.isAtEnd
    else { return nil }
    daylight = .init(
      kind: .init(offset: summerOffset, isDaylight: true, abbreviation: summerName), begin: begin, end: end)
  }

  private struct Reader {
    var rest: ArraySlice<UInt8>

    var isAtEnd: Bool { rest.isEmpty }

    func isNext(_ character: Unicode.Scalar) -> Bool { rest.first == UInt8(ascii: character) }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
      guard isNext(character) else { return false }
      rest = rest.dropFirst()
      return true
    }

    /// Three letters or more, or anything of letters, digits and signs between < and >.
    mutating func name() -> String? {
      func isLetter(_ octet: UInt8) -> Bool { (0x41...0x5a).contains(octet) || (0x61...0x7a).contains(octet) }
      let isQuoted = skip("<")
      let name = rest.prefix { isLetter($0) || isQuoted && ((0x30...0x39).contains($0) || $0 == 0x2b || $0 == 0x2d) }
      rest = rest.dropFirst(name.count)
      guard name.count >= 3, !isQuoted || skip(">") else { return nil }
      return String(decoding: name, as: UTF8.self)
    }

    mutating func number(_ range: ClosedRange<Int64>) -> Int64? {
      let digits = rest.prefix { (0x30...0x39).contains($0) }
      guard !digits.isEmpty, digits.count <= 3 else { return nil }
      rest = rest.dropFirst(digits.count)
      let value = digits.reduce(Int64(0)) { $0 * 10 + Int64($1 - 0x30) }
      return range.contains(value) ? value : nil
    }

    /// `[+-]hh[:mm[:ss]]` as seconds.
    mutating func time(hours: ClosedRange<Int64>) -> Int64? {
      let isNegative = skip("-")
      if !isNegative { _ = skip("+") }
      guard var seconds = number(hours).map({ $0 * 3_600 }) else { return nil }
      for unit: Int64 in [60, 1] where skip(":") {
        guard let value = number(0...59) else { return nil }
        seconds += value * unit
      }
      return isNegative ? -seconds : seconds
    }

    mutating func change() -> Change? {
      var day: Change.Day
      if skip("M") {
        guard let month = number(1...12), skip("."), let week = number(1...5), skip("."), let weekday = number(0...6)
        else { return nil }
        day = .month(month, week: week, weekday: weekday)
      } else if skip("J") {
        guard let number = number(1...365) else { return nil }
        day = .julian(number)
      } else {
        guard let number = number(0...365) else { return nil }
        day = .ordinal(number)
      }
      var second: Int64 = 7_200
      if skip("/") {
        guard let time = time(hours: 0...167) else { return nil }
        second = time
      }
      return Change(day: day, second: second)
    }
  }
}
