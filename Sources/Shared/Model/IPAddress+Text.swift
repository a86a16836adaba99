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
    var (value, octet): (UInt32, UInt32) = (0, 0)
    var (dots, digits) = (0, 0)
    for letter in text.utf8 {
      if letter == UInt8(ascii: ".") {
        guard digits > 0, dots < 3 else { return nil }
        value = value << 8 | octet
        (octet, digits) = (0, 0)
        dots += 1
        continue
      }
      // A leading zero is octal to inet_aton and decimal to others: refuse what two readers read differently
      // (RFC 6943, 3.1.1).
      guard (0x30...0x39).contains(letter), digits == 0 || octet > 0 else { return nil }
      octet = octet * 10 + UInt32(letter - 0x30)
      digits += 1
      guard octet <= 255 else { return nil }
    }
    return dots == 3 && digits > 0 ? value << 8 | octet : nil
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
    if family == .ipv4 { return String(unsafeUninitializedCapacity: Self.ipv4Length) { writeIPv4(to: $0) } }
    var bytes: [UInt8] = []
    append(to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Appends the description's octets, without allocating but for the array's growth: listings have many addresses.
  package func append(to bytes: inout [UInt8]) {
    if family == .ipv4 { return appendIPv4(to: &bytes) }
    if value >> 32 == 0xffff {
      bytes.append(contentsOf: "::ffff:".utf8)
      return appendIPv4(to: &bytes)
    }
    func group(_ index: Int) -> UInt16 { UInt16(truncatingIfNeeded: value >> UInt128(112 - index * 16)) }
    var longest = 0..<0
    var start = 0
    while start < 8 {
      var end = start
      while end < 8, group(end) == 0 { end += 1 }
      if end - start > longest.count { longest = start..<end }
      start = end + 1
    }
    if longest.count < 2 { longest = 8..<8 }
    for index in 0..<8 where !longest.contains(index) {
      if index == longest.upperBound {
        bytes.append(contentsOf: "::".utf8)
      } else if index > 0 {
        bytes.append(UInt8(ascii: ":"))
      }
      Self.appendHexadecimal(group(index), to: &bytes)
    }
    if longest.upperBound == 8, !longest.isEmpty { bytes.append(contentsOf: "::".utf8) }
  }

  /// Octets of the longest dotted quad.
  private static let ipv4Length = 15

  private func appendIPv4(to bytes: inout [UInt8]) {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Self.ipv4Length) { buffer in
      bytes.append(contentsOf: UnsafeBufferPointer(rebasing: buffer[..<writeIPv4(to: buffer)]))
    }
  }

  /// Writes the lowest 32 bits as a dotted quad and returns its length.
  private func writeIPv4(to buffer: UnsafeMutableBufferPointer<UInt8>) -> Int {
    let number = UInt32(truncatingIfNeeded: value)
    var count = 0
    func put(_ octet: UInt8) {
      buffer[count] = octet
      count += 1
    }
    for shift: UInt32 in [24, 16, 8, 0] {
      let octet = UInt8(truncatingIfNeeded: number >> shift)
      if octet >= 100 { put(0x30 + octet / 100) }
      if octet >= 10 { put(0x30 + octet / 10 % 10) }
      put(0x30 + octet % 10)
      if shift > 0 { put(UInt8(ascii: ".")) }
    }
    return count
  }

  private static func appendHexadecimal(_ group: UInt16, to bytes: inout [UInt8]) {
    var shift: UInt16 = group > 0xfff ? 12 : group > 0xff ? 8 : group > 0xf ? 4 : 0
    while true {
      let digit = UInt8(group >> shift & 0xf)
      bytes.append(digit < 10 ? 0x30 + digit : 0x57 + digit)
      if shift == 0 { return }
      shift -= 4
    }
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
