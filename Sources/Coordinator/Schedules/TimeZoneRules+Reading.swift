extension TimeZoneRules {
  /// Longer than any zone's file by far; the largest of tzdata 2026f in its fat form has some 4 KiB.
  package static let fileLimit = 1 << 20

  /// Reads a TZif file of version 1 to 4 (RFC 8536; tzfile(5)).
  ///
  /// Throws a `ScheduleError` for octets that are no such file, and for one that counts leap seconds.
  package init(name: String, octets: [UInt8]) throws(ScheduleError) {
    var reader = Reader(name: name, octets: octets[...])
    var header = try reader.header()
    var isLong = false
    if header.version >= 2 {
      // The first block is for programs that know 32 bits alone.
      try reader.skip(header.size(ofTimes: 4))
      header = try reader.header()
      isLong = true
    }
    guard header.leapCount == 0 else { throw ScheduleError("time zone \(name) counts leap seconds, as no clock does") }
    guard header.kindCount > 0, header.letterCount > 0 else { throw reader.damage }
    var transitions: [Int64] = []
    for _ in 0..<header.transitionCount {
      let time = try reader.integer(isLong ? 8 : 4)
      if let last = transitions.last, time <= last { throw reader.damage }
      transitions.append(time)
    }
    var indices: [Int] = []
    for _ in 0..<header.transitionCount {
      let index = Int(try reader.octet())
      guard index < header.kindCount else { throw reader.damage }
      indices.append(index)
    }
    var found: [(offset: Int64, isDaylight: Bool, letter: Int)] = []
    for _ in 0..<header.kindCount {
      let offset = try reader.integer(4)
      let isDaylight = try reader.octet() != 0
      let letter = Int(try reader.octet())
      guard letter < header.letterCount, abs(offset) < 129_600 else { throw reader.damage }
      found.append((offset, isDaylight, letter))
    }
    let letters = try reader.take(header.letterCount)
    try reader.skip(header.standardCount + header.universalCount)
    kinds = found.map { kind in
      let name = letters.dropFirst(kind.letter).prefix { $0 != 0 }
      return Kind(
        offset: kind.offset, isDaylight: kind.isDaylight, abbreviation: String(decoding: name, as: UTF8.self))
    }
    rule = isLong ? try reader.footer() : nil
    self.name = name
    self.transitions = transitions
    kindIndices = indices
  }

  private struct Header {
    var version: Int
    var universalCount: Int
    var standardCount: Int
    var leapCount: Int
    var transitionCount: Int
    var kindCount: Int
    var letterCount: Int

    /// Octets of the block behind.
    func size(ofTimes width: Int) -> Int {
      transitionCount * (width + 1) + kindCount * 6 + letterCount + leapCount * (width + 4) + standardCount
        + universalCount
    }
  }

  private struct Reader {
    let name: String
    var octets: ArraySlice<UInt8>

    var damage: ScheduleError { ScheduleError("the file of time zone \(name) is damaged, or no TZif file") }

    mutating func take(_ count: Int) throws(ScheduleError) -> ArraySlice<UInt8> {
      guard octets.count >= count else { throw damage }
      defer { octets = octets.dropFirst(count) }
      return octets.prefix(count)
    }

    mutating func skip(_ count: Int) throws(ScheduleError) { _ = try take(count) }

    mutating func octet() throws(ScheduleError) -> UInt8 { try take(1).first ?? 0 }

    /// Signed, most significant first.
    mutating func integer(_ width: Int) throws(ScheduleError) -> Int64 {
      let bits = try take(width).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      return width == 4 ? Int64(Int32(truncatingIfNeeded: bits)) : Int64(bitPattern: bits)
    }

    mutating func header() throws(ScheduleError) -> Header {
      guard try take(4).elementsEqual("TZif".utf8) else { throw damage }
      let mark = try octet()
      try skip(15)
      var counts: [Int] = []
      for _ in 0..<6 { counts.append(Int(try integer(4))) }
      guard counts.allSatisfy({ (0...TimeZoneRules.fileLimit).contains($0) }) else { throw damage }
      let version = mark == 0 ? 1 : Int(mark) - 0x30
      guard (1...9).contains(version) else { throw damage }
      return Header(
        version: version, universalCount: counts[0], standardCount: counts[1], leapCount: counts[2],
        transitionCount: counts[3], kindCount: counts[4], letterCount: counts[5])
    }

    /// The rule between two line feeds; nil where there is none, as for zones that are no more.
    mutating func footer() throws(ScheduleError) -> PosixTimeZone? {
      guard try octet() == 0x0a, let end = octets.firstIndex(of: 0x0a) else { throw damage }
      let text = String(decoding: octets[..<end], as: UTF8.self)
      guard !text.isEmpty else { return nil }
      guard let rule = PosixTimeZone(text) else { throw damage }
      return rule
    }
  }
}
