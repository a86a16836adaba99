/// Reads the targets of one word of an argument. Positions count the word's characters.
struct TargetParser {
  let argument: String
  /// Where the word begins in `argument`, in characters.
  let base: Int
  let characters: [Character]

  /// Longer than any honest word: an octet list that names each value singly has 3,659 characters, a list of whole
  /// addresses can as well be separated by blanks.
  private static let maximumLength = 1 << 20

  private init(argument: String, base: Int, word: Substring) {
    self.argument = argument
    self.base = base
    characters = Array(word)
  }

  /// Reads an argument: words separated by blanks. O(length), and memory for one word at a time.
  static func targets(of argument: String) throws(ExpressionError) -> [(expression: TargetExpression, offset: Int)] {
    var result: [(TargetExpression, Int)] = []
    var rest = argument[...]
    var offset = 0
    while !rest.isEmpty {
      let blanks = rest.prefix { $0.isWhitespace }
      let word = rest[blanks.endIndex...].prefix { !$0.isWhitespace }
      rest = rest[word.endIndex...]
      offset += blanks.count
      if word.isEmpty { break }
      result += try TargetParser(argument: argument, base: offset, word: word).targets()
      offset += word.count
    }
    guard !result.isEmpty else {
      throw ExpressionError(
        .target, expression: argument, offset: 0, message: "a target is missing; name an address, a network or a host")
    }
    return result
  }

  private func targets() throws(ExpressionError) -> [(TargetExpression, Int)] {
    guard characters.count <= Self.maximumLength else {
      throw error(Self.maximumLength, "the list is over \(Self.maximumLength) characters; separate targets by blanks")
    }
    var result: [(TargetExpression, Int)] = []
    for item in try items() { result.append((try expression(item), base + item.lowerBound)) }
    return result
  }

  // MARK: Items

  /// Cuts at those commas that do not continue an octet list.
  private func items() throws(ExpressionError) -> [Range<Int>] {
    var items: [Range<Int>] = []
    var openDots: Int?
    for piece in pieces(of: characters.indices, at: ",") {
      guard !piece.isEmpty else { throw error(piece.lowerBound, "a target is missing beside this comma") }
      let dots = octetDots(in: piece, allowingMask: true)
      if let before = openDots, let dots, before <= 3, dots == 0 || (before < 3 && before + dots <= 3) {
        items[items.count - 1] = items[items.count - 1].lowerBound..<piece.upperBound
      } else {
        items.append(piece)
        openDots = 0
      }
      // Nothing continues a mask, a name or an IPv6 address.
      openDots = octetDots(in: piece, allowingMask: false).flatMap { dots in openDots.map { $0 + dots } }
    }
    return items
  }

  /// The dots of a piece that may be part of an octet list; nil for anything else.
  private func octetDots(in piece: Range<Int>, allowingMask: Bool) -> Int? {
    let fits = characters[piece].allSatisfy { Self.isOctetText($0) || (allowingMask && $0 == "/") }
    return fits ? dots(in: piece) : nil
  }

  private func dots(in range: Range<Int>) -> Int { characters[range].count { $0 == "." } }

  private static func isOctetText(_ character: Character) -> Bool {
    switch character {
    case "0"..."9", ".", "-", "*", ",": character.isASCII
    default: false
    }
  }

  // MARK: Expressions

  private func expression(_ item: Range<Int>) throws(ExpressionError) -> TargetExpression {
    if let scheme = item.first(where: { characters[$0...].starts(with: "://") }) {
      throw error(scheme, "a target is an address or a host name, not a URL; leave out the scheme and the path")
    }
    if characters[item].contains(":") { return try ipv6(item) }
    let slash = characters[item].firstIndex(of: "/")
    let body = item.lowerBound..<(slash ?? item.upperBound)
    guard !body.isEmpty else { throw error(item.lowerBound, "an address is missing before the slash") }
    if characters[body].allSatisfy(Self.isOctetText) {
      return try ipv4(body, prefixLength: try prefixLength(in: item, slash: slash, atMost: 32))
    }
    let name = try hostName(body)
    return .name(name, prefixLength: try prefixLength(in: item, slash: slash, atMost: 128))
  }

  func prefixLength(in item: Range<Int>, slash: Int?, atMost most: Int) throws(ExpressionError) -> Int? {
    guard let slash else { return nil }
    let digits = slash + 1..<item.upperBound
    guard !digits.isEmpty, digits.count <= 3, characters[digits].allSatisfy(Self.isDigit),
      let length = Int(string(digits))
    else { throw error(digits.lowerBound, "a mask is written as a prefix length, such as /24") }
    guard length <= most else { throw error(digits.lowerBound, "prefix length \(length) is over \(most)") }
    return length
  }

  private func ipv4(_ body: Range<Int>, prefixLength: Int?) throws(ExpressionError) -> TargetExpression {
    if dots(in: body) == 6, let range = try ipv4Range(body) {
      guard prefixLength == nil else {
        throw error(body.upperBound, "a range from one address to another takes no mask")
      }
      return range
    }
    let parts = pieces(of: body, at: ".")
    guard parts.count == 4 else {
      throw error(
        parts.count > 4 ? parts[4].lowerBound : body.upperBound,
        "an IPv4 address has four octets separated by dots, this has \(parts.count)")
    }
    var octets: [IntervalSet<UInt8>] = []
    for part in parts { octets.append(try octet(part)) }
    let pattern = OctetPattern(octets)
    if let address = pattern.singleAddress {
      return .addresses(HostRange(AddressRange(network: address, prefixLength: prefixLength ?? 32)))
    }
    let masked = prefixLength.map { pattern.masked(to: $0) } ?? pattern
    if let address = masked.singleAddress { return .addresses(HostRange(AddressRange(address))) }
    guard masked.rangeCount <= TargetExpression.maximumRangeCount else {
      throw error(
        body.lowerBound,
        "this is \(masked.rangeCount) separate ranges, over \(TargetExpression.maximumRangeCount); split it by its octets"
      )
    }
    return .pattern(masked)
  }

  /// `10.0.0.1-10.0.0.9`: nil where no hyphen has a whole address on both sides.
  private func ipv4Range(_ body: Range<Int>) throws(ExpressionError) -> TargetExpression? {
    guard
      let hyphen = body.first(where: { characters[$0] == "-" && dots(in: body.lowerBound..<$0) == 3 }),
      dots(in: hyphen + 1..<body.upperBound) == 3
    else { return nil }
    let first = try ipv4Address(body.lowerBound..<hyphen)
    let last = try ipv4Address(hyphen + 1..<body.upperBound)
    guard first <= last else { throw error(hyphen + 1, "the range runs backwards: \(last) is before \(first)") }
    return .addresses(HostRange(AddressRange(first, last)))
  }

  private func ipv4Address(_ body: Range<Int>) throws(ExpressionError) -> IPAddress {
    var value: UInt32 = 0
    for part in pieces(of: body, at: ".") { value = value << 8 | UInt32(try number(part)) }
    return IPAddress(ipv4: value)
  }

  private func octet(_ part: Range<Int>) throws(ExpressionError) -> IntervalSet<UInt8> {
    var runs: [ClosedRange<UInt8>] = []
    for piece in pieces(of: part, at: ",") {
      guard !piece.isEmpty else { throw error(piece.lowerBound, "an octet is missing here") }
      if string(piece) == "*" {
        runs.append(0...255)
        continue
      }
      guard let hyphen = characters[piece].firstIndex(of: "-") else {
        let value = try number(piece)
        runs.append(value...value)
        continue
      }
      let first = hyphen == piece.lowerBound ? 0 : try number(piece.lowerBound..<hyphen)
      let last = hyphen + 1 == piece.upperBound ? 255 : try number(hyphen + 1..<piece.upperBound)
      guard first <= last else { throw error(hyphen + 1, "the range \(first)-\(last) runs backwards") }
      runs.append(first...last)
    }
    return IntervalSet(runs)
  }

  private func number(_ digits: Range<Int>) throws(ExpressionError) -> UInt8 {
    guard let first = digits.first else { throw error(digits.lowerBound, "an octet is missing here") }
    if let wrong = digits.first(where: { !Self.isDigit(characters[$0]) }) {
      throw error(wrong, "\"\(characters[wrong])\" does not belong in an octet")
    }
    // inet_aton reads 010 as eight, others as ten: what two readers read differently is refused (RFC 6943, 3.1.1).
    guard digits.count == 1 || characters[first] != "0" else {
      throw error(first, "octet \(string(digits)) has a leading zero, which some read as octal; leave the zero out")
    }
    guard digits.count <= 3, let value = UInt8(string(digits)) else {
      throw error(first, "octet \(string(digits.prefix(12))) is over 255")
    }
    return value
  }
}

extension TargetParser {
  static func isDigit(_ character: Character) -> Bool { ("0"..."9").contains(character) && character.isASCII }

  func string(_ range: Range<Int>) -> String { String(characters[range]) }

  func error(_ offset: Int, _ message: String) -> ExpressionError {
    ExpressionError(.target, expression: argument, offset: base + offset, message: message)
  }

  /// The parts of `range` between separators, empty ones included.
  func pieces(of range: Range<Int>, at separator: Character) -> [Range<Int>] {
    var result: [Range<Int>] = []
    var start = range.lowerBound
    for position in range where characters[position] == separator {
      result.append(start..<position)
      start = position + 1
    }
    return result + [start..<range.upperBound]
  }
}
