/// Reads one port expression, as `PortSelection.parse` describes it. Offsets count the expression's characters.
struct PortParser {
  private let text: String
  private let characters: [Character]
  private let names: ServiceNames
  private var position = 0
  private var lookups = 0

  /// A range and the part of the text that gave it.
  private struct Written {
    let ports: ClosedRange<UInt16>
    let text: Range<Int>
  }
  private var written: [TransportProtocol: [Written]] = [:]
  private var writtenIPProtocols: [Written] = []

  /// Parts that name a port which an earlier number or an overlapping part names too, in order of ports.
  private(set) var repeated: [String] = []

  /// To which protocols a number goes: set by `T:` and its likes, restored at a closing bracket.
  private struct Scope {
    var transports: Set<TransportProtocol>
    var ipProtocols = false
  }
  private var scope: Scope
  /// The offset of the open bracket and the scope before it.
  private var bracket: (offset: Int, outer: Scope)?

  /// Every port written out singly, for each protocol, fits; so does nothing that only wastes time.
  private static let maximumLength = 1 << 21
  /// A wildcard looks at every name there is.
  private static let maximumLookups = 1000

  init(_ text: String, names: ServiceNames, active: Set<TransportProtocol>) {
    self.text = text
    characters = Array(text)
    self.names = names
    scope = Scope(transports: active)
  }

  mutating func parse() throws(ExpressionError) -> PortSelection {
    guard characters.count <= Self.maximumLength else {
      throw error(Self.maximumLength, "the text is over \(Self.maximumLength) characters; write ranges")
    }
    skipBlanks()
    guard position < characters.count else {
      throw error(0, "a port is missing; write 22,80,443 or 1-1024, or - for all")
    }
    while position < characters.count {
      try qualifiers()
      try openBracket()
      try part()
      try closeBracket()
      skipBlanks()
      guard position < characters.count else { break }
      guard characters[position] == "," else {
        throw error(position, "\(shown(position)) does not belong here; ports are separated by commas")
      }
      position += 1
      skipBlanks()
    }
    if let bracket { throw error(bracket.offset, "this bracket is not closed") }
    return PortSelection(
      tcp: PortSet(collected(written[.tcp])), udp: PortSet(collected(written[.udp])),
      sctp: PortSet(collected(written[.sctp])),
      ipProtocols: IntervalSet(
        collected(writtenIPProtocols).map { UInt8(clamping: $0.lowerBound)...UInt8(clamping: $0.upperBound) }))
  }

  // MARK: Parts

  private mutating func qualifiers() throws(ExpressionError) {
    while position + 1 < characters.count, characters[position + 1] == ":" {
      switch characters[position] {
      case "T": scope = Scope(transports: [.tcp])
      case "U": scope = Scope(transports: [.udp])
      case "S": scope = Scope(transports: [.sctp])
      case "P": scope = Scope(transports: [], ipProtocols: true)
      default: throw error(position, "the protocols are T:, U:, S: and P: in upper case")
      }
      position += 2
      skipBlanks()
    }
  }

  private mutating func openBracket() throws(ExpressionError) {
    guard bracket == nil, position < characters.count, characters[position] == "[" else { return }
    bracket = (position, scope)
    position += 1
    skipBlanks()
    try qualifiers()
  }

  private mutating func closeBracket() throws(ExpressionError) {
    skipBlanks()
    guard position < characters.count, characters[position] == "]" else { return }
    guard let open = bracket else { throw error(position, "no bracket is open here") }
    scope = open.outer
    bracket = nil
    position += 1
  }

  private mutating func part() throws(ExpressionError) {
    guard position < characters.count else { throw error(position, "a port is missing at the end") }
    switch characters[position] {
    case "0"..."9", "-": try range()
    case "a"..."z", "*", "?": try name()
    case ",": throw error(position, "a port is missing before this comma")
    case "[": throw error(position, "brackets do not nest")
    case "A"..."Z":
      throw error(position, "a service's name begins in lower case here: upper case is for T:, U:, S:, P:")
    default: throw error(position, "\(shown(position)) does not begin a port, a range or a service's name")
    }
  }

  private mutating func range() throws(ExpressionError) {
    let start = position
    let first = try number() ?? lowest
    var last = first
    skipBlanks()
    if position < characters.count, characters[position] == "-" {
      position += 1
      skipBlanks()
      let place = position
      last = try number() ?? highest
      guard first <= last else { throw error(place, "the range \(first)-\(last) runs backwards") }
    }
    add(first...last, writtenAt: start)
  }

  /// Zero is only ever meant where it is written, but is an IP protocol like any other.
  private var lowest: UInt16 { scope.ipProtocols ? 0 : 1 }
  private var highest: UInt16 { scope.ipProtocols ? 255 : .max }

  /// Digits, if any stand here.
  private mutating func number() throws(ExpressionError) -> UInt16? {
    let start = position
    while position < characters.count, TargetParser.isDigit(characters[position]) { position += 1 }
    guard position > start else { return nil }
    let digits = String(characters[start..<position])
    guard digits.count <= 8, let value = UInt32(digits), value <= UInt32(highest) else {
      let what = scope.ipProtocols ? "protocol" : "port"
      throw error(start, "\(what) \(digits.prefix(12)) is over \(highest)")
    }
    return UInt16(value)
  }

  private mutating func name() throws(ExpressionError) {
    let start = position
    while position < characters.count, !characters[position].isWhitespace, !",[]".contains(characters[position]) {
      position += 1
    }
    let pattern = String(characters[start..<position])
    lookups += 1
    guard lookups <= Self.maximumLookups else { throw error(start, "over \(Self.maximumLookups) names; write numbers") }
    guard !scope.ipProtocols else { throw error(start, "IP protocols (P:) are given by number here") }
    var found = try selection(named: pattern, at: start)
    if bracket != nil { found = found.intersection(named) }
    for transport in TransportProtocol.allCases where !scope.transports.contains(transport) {
      found[transport] = PortSet()
    }
    guard !found.isEmpty else {
      let protocols = scope.transports.sorted().map(\.rawValue).joined(separator: ", ")
      throw error(
        start,
        "no \(protocols) service is called \"\(pattern)\"; groups are \(PortGroups.names.joined(separator: ", "))")
    }
    add(found, writtenAt: start)
  }

  private func selection(named pattern: String, at start: Int) throws(ExpressionError) -> PortSelection {
    if let group = PortGroups.ports(of: pattern) { return group }
    if pattern.hasPrefix("top-"), pattern.dropFirst(4).allSatisfy({ $0.isASCII && $0.isNumber }) {
      guard let count = Int(pattern.dropFirst(4)), count > 0 else {
        throw error(start, "top- takes a number over 0, such as top-100")
      }
      return .top(count, scope.transports)
    }
    var found: [TransportProtocol: [Port]] = [:]
    for endpoint in names.ports(named: pattern) { found[endpoint.transport, default: []].append(endpoint.port) }
    return PortSelection(
      tcp: PortSet(ports: found[.tcp] ?? []), udp: PortSet(ports: found[.udp] ?? []),
      sctp: PortSet(ports: found[.sctp] ?? []))
  }

  // MARK: Results

  private lazy var named = PortSelection(
    tcp: names.namedPorts(of: .tcp), udp: names.namedPorts(of: .udp), sctp: names.namedPorts(of: .sctp))

  private mutating func add(_ range: ClosedRange<UInt16>, writtenAt start: Int) {
    if scope.ipProtocols { writtenIPProtocols.append(Written(ports: range, text: start..<position)) }
    var found = PortSelection()
    for transport in scope.transports { found[transport] = PortSet([range]) }
    if bracket != nil { found = found.intersection(named) }
    add(found, writtenAt: start)
  }

  private mutating func add(_ found: PortSelection, writtenAt start: Int) {
    for transport in scope.transports {
      written[transport, default: []] += found[transport].ranges.map { Written(ports: $0, text: start..<position) }
    }
  }

  /// The ranges in order; which of them meet shows once they are sorted, whatever their number.
  private mutating func collected(_ parts: [Written]?) -> [ClosedRange<UInt16>] {
    let sorted = (parts ?? []).sorted { $0.ports.lowerBound < $1.ports.lowerBound }
    var reached: UInt16?
    for part in sorted {
      if let last = reached, part.ports.lowerBound <= last { repeated.append(String(characters[part.text])) }
      reached = max(reached ?? 0, part.ports.upperBound)
    }
    return sorted.map(\.ports)
  }

  // MARK: Text

  private mutating func skipBlanks() {
    while position < characters.count, characters[position].isWhitespace { position += 1 }
  }

  private func shown(_ offset: Int) -> String { "\"\(characters[offset])\"" }

  private func error(_ offset: Int, _ message: String) -> ExpressionError {
    ExpressionError(.ports, expression: text, offset: offset, message: message)
  }
}
