/// Searching in octets that are ASCII where they are text.
enum Octets {
  static func hasPrefix(_ octets: ArraySlice<UInt8>, _ text: String) -> Bool { octets.starts(with: text.utf8) }

  static func contains(_ octets: ArraySlice<UInt8>, _ text: String) -> Bool { range(of: text, in: octets) != nil }

  /// The same words without those that look like a host's name, a letter or digit on both sides of a dot: what somebody
  /// called a machine says nothing about what runs on it.
  static func withoutHostNames(_ octets: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    func isSpace(_ octet: UInt8) -> Bool { octet == 0x20 || (0x09...0x0d).contains(octet) }
    func isNamed(_ word: ArraySlice<UInt8>) -> Bool {
      word.indices.dropFirst().dropLast().contains { index in
        word[index] == UInt8(ascii: ".") && isLetterOrDigit(word[index - 1]) && isLetterOrDigit(word[index + 1])
      }
    }
    return octets.split(omittingEmptySubsequences: false, whereSeparator: isSpace).filter { !isNamed($0) }
      .joined(separator: [0x20]).map(\.self)[...]
  }

  /// Where `text` first stands, capital and small ASCII letters alike.
  static func range(of text: String, in octets: ArraySlice<UInt8>) -> Range<Int>? {
    range(of: text.utf8.map(lowercased), in: octets, folding: lowercased)
  }

  /// Where `text` first stands, letter for letter.
  static func exactRange(of text: String, in octets: ArraySlice<UInt8>) -> Range<Int>? {
    range(of: Array(text.utf8), in: octets) { $0 }
  }

  private static func range(
    of wanted: [UInt8], in octets: ArraySlice<UInt8>, folding fold: (UInt8) -> UInt8
  ) -> Range<Int>? {
    guard let first = wanted.first, octets.count >= wanted.count else { return nil }
    var start = octets.startIndex
    while start <= octets.endIndex - wanted.count {
      if fold(octets[start]) == first,
        zip(octets[start...], wanted).allSatisfy({ fold($0) == $1 })
      {
        return start..<(start + wanted.count)
      }
      start += 1
    }
    return nil
  }

  static func lowercased(_ octet: UInt8) -> UInt8 { (0x41...0x5a).contains(octet) ? octet | 0x20 : octet }

  /// The octets before the first line feed, without a carriage return; nil where no line has ended.
  static func firstLine(_ octets: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    guard let end = octets.firstIndex(of: 0x0a) else { return nil }
    let line = octets[..<end]
    return line.last == 0x0d ? line.dropLast() : line
  }

  /// Every line that has ended, without its end; at most 512.
  static func lines(_ octets: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
    var result: [ArraySlice<UInt8>] = []
    var rest = octets
    while result.count < 512, let end = rest.firstIndex(of: 0x0a) {
      let line = rest[..<end]
      result.append(line.last == 0x0d ? line.dropLast() : line)
      rest = rest[(end + 1)...]
    }
    return result
  }

  static func trimmed(_ octets: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    func isSpace(_ octet: UInt8) -> Bool { octet == 0x20 || (0x09...0x0d).contains(octet) }
    var result = octets
    while let first = result.first, isSpace(first) { result = result.dropFirst() }
    while let last = result.last, isSpace(last) { result = result.dropLast() }
    return result
  }

  static func isLetterOrDigit(_ octet: UInt8) -> Bool { isDigit(octet) || (0x61...0x7a).contains(lowercased(octet)) }

  static func isDigit(_ octet: UInt8) -> Bool { (0x30...0x39).contains(octet) }

  /// The text value of the first JSON member `name` (RFC 8259); escapes are left as they are. For answers whose shape is
  /// known well enough: no nesting is followed.
  static func jsonText(_ name: String, in octets: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    guard let key = range(of: "\"\(name)\"", in: octets) else { return nil }
    var rest = trimmed(octets[key.upperBound...])
    guard rest.first == UInt8(ascii: ":") else { return nil }
    rest = trimmed(rest.dropFirst())
    guard rest.first == UInt8(ascii: "\"") else { return nil }
    rest = rest.dropFirst()
    guard let end = rest.firstIndex(of: UInt8(ascii: "\"")) else { return nil }
    return rest[..<end]
  }
}
