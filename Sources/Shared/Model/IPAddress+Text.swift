extension IPAddress: LosslessStringConvertible, Codable {
  /// Reads dotted-quad IPv4 (four decimal octets, no leading zeros beyond a single 0) or any IPv6 form of RFC 4291,
  /// 2.2, without zone and without brackets; nil otherwise.
  package init?(_ text: String) { self.init(text[...]) }

  package init?(_ text: Substring) {
    if text.utf8.contains(UInt8(ascii: ":")) {
      guard let value = Self.ipv6Value(text) else { return nil }
      self.init(family: .ipv6, value: value)
    } else {
      guard let value = Self.ipv4Value(text) else { return nil }
      self.init(ipv4: value)
    }
  }

  private static func ipv4Value(_ text: Substring) -> UInt32? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 4 else { return nil }
    var value: UInt32 = 0
    for part in parts {
      // A leading zero is octal to inet_aton and decimal to others: refuse what two readers read differently
      // (RFC 6943, 3.1.1).
      guard (1...3).contains(part.utf8.count), part.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
        part.utf8.count == 1 || part.utf8.first != 0x30, let octet = UInt8(part)
      else { return nil }
      value = value << 8 | UInt32(octet)
    }
    return value
  }

  private static func ipv6Value(_ text: Substring) -> UInt128? {
    var head: [UInt16] = []
    var tail: [UInt16] = []
    var rest = text
    var compressed = false
    if rest.hasPrefix("::") {
      compressed = true
      rest = rest.dropFirst(2)
    }
    while !rest.isEmpty {
      let piece = rest.prefix { $0 != ":" }
      let groups: [UInt16]
      if piece.utf8.contains(UInt8(ascii: ".")) {
        guard piece.endIndex == rest.endIndex, let ipv4 = ipv4Value(piece) else { return nil }
        groups = [UInt16(ipv4 >> 16), UInt16(truncatingIfNeeded: ipv4)]
      } else {
        guard (1...4).contains(piece.utf8.count), piece.utf8.first != UInt8(ascii: "+"),
          let group = UInt16(piece, radix: 16)
        else { return nil }
        groups = [group]
      }
      if compressed { tail += groups } else { head += groups }
      guard head.count + tail.count <= 8 else { return nil }
      rest = rest[piece.endIndex...]
      if rest.isEmpty { break }
      if rest.hasPrefix("::") {
        guard !compressed else { return nil }
        compressed = true
        rest = rest.dropFirst(2)
      } else {
        rest = rest.dropFirst()
        guard !rest.isEmpty else { return nil }
      }
    }
    let zeros = 8 - head.count - tail.count
    guard compressed ? zeros >= 1 : zeros == 0 else { return nil }
    return (head + [UInt16](repeating: 0, count: zeros) + tail).reduce(0) { $0 << 16 | UInt128($1) }
  }

  /// Dotted quad, or the canonical IPv6 text of RFC 5952: lower case, no leading zeros, the longest run of two or more
  /// zero groups (the first of equals) as `::`, IPv4-mapped addresses with a dotted tail.
  package var description: String {
    if family == .ipv4 {
      return "\(value >> 24 & 255).\(value >> 16 & 255).\(value >> 8 & 255).\(value & 255)"
    }
    if value >> 32 == 0xffff { return "::ffff:\(unmapped)" }
    let groups = (0..<8).map { UInt16(truncatingIfNeeded: value >> UInt128(112 - $0 * 16)) }
    var longest = 0..<0
    var start = 0
    while start < 8 {
      guard groups[start] == 0 else {
        start += 1
        continue
      }
      var end = start
      while end < 8, groups[end] == 0 { end += 1 }
      if end - start > longest.count { longest = start..<end }
      start = end
    }
    func joined(_ part: some Sequence<UInt16>) -> String {
      part.map { String($0, radix: 16) }.joined(separator: ":")
    }
    guard longest.count >= 2 else { return joined(groups) }
    return joined(groups[..<longest.lowerBound]) + "::" + joined(groups[longest.upperBound...])
  }

  package init(from decoder: any Decoder) throws {
    let text = try decoder.singleValueContainer().decode(String.self)
    guard let address = IPAddress(text) else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "\"\(text)\" is not an IP address"))
    }
    self = address
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
