internal import Model

extension SocketFilterParser {
  /// Every word that begins a predicate.
  static let predicates = [
    "autobound", "cgroup", "container", "dev", "dport", "dst", "fwmark", "ns", "pid", "proc", "sport", "src", "unit",
    "user",
  ]

  mutating func predicate() throws(ExpressionError) -> FilterExpression {
    let start = scanner.position
    let word = scanner.word
    guard Self.predicates.contains(word) else { throw noPredicate(word, at: start) }
    scanner.position += word.count
    if word == "autobound" { return .predicate(.autobound) }
    scanner.skipBlanks()
    let operatorPlace = scanner.position
    let relation = takeOperator() ?? .equal
    switch word {
    case "sport", "dport": return try portPredicate(word == "sport" ? .local : .remote, relation, at: operatorPlace)
    default: break
    }
    if relation.isOrder { throw error(operatorPlace, "only sport and dport have an order: \(word) takes = and !=") }
    let isPattern = ["proc", "unit", "container"].contains(word)
    let operand = try needOperand(of: word, keepsPatternEscapes: isPattern || isUnixNext)
    let found: FilterPredicate =
      switch word {
      case "src": try host(operand, .local)
      case "dst": try host(operand, .remote)
      case "dev": .device(name: operand.text, index: UInt32(decimalOrHexadecimal: operand.text))
      case "fwmark": try mark(operand)
      case "cgroup": .cgroup(id: try answer(environment.cgroupID(operand.text), operand))
      case "proc": .process(GlobPattern(operand.text))
      case "pid": .pids(try pids(operand))
      case "user": .user(try user(operand))
      case "unit": .unit(GlobPattern(Self.unitName(operand.text)))
      case "container": .container(text: operand.text, name: GlobPattern(operand.text))
      default: .namespace(inode: try namespace(operand))
      }
    return relation == .notEqual ? .not(.predicate(found)) : .predicate(found)
  }

  private mutating func takeOperator() -> FilterOperator? {
    for (symbol, relation) in FilterOperator.symbols where scanner.take(symbol) { return relation }
    let word = scanner.word
    guard let relation = FilterOperator.words[word] else { return nil }
    scanner.position += word.count
    return relation
  }

  /// Whether the operand that comes is the name of a Unix socket: a pattern.
  private var isUnixNext: Bool {
    var ahead = scanner
    ahead.skipBlanks()
    return ahead.take("unix:")
  }

  mutating func needOperand(
    of word: String, keepsPatternEscapes: Bool = false
  ) throws(ExpressionError) -> FilterOperand {
    scanner.skipBlanks()
    let place = scanner.position
    let what = Self.operandNames[word] ?? "a value"
    guard let operand = try scanner.operand(keepsPatternEscapes: keepsPatternEscapes) else {
      let whereIt = scanner.isAtEnd ? "at the end" : "before \"\(scanner.characters[scanner.position])\""
      throw error(place, "\(what) is missing \(whereIt)")
    }
    if !operand.isQuoted, ["and", "or", "not"].contains(operand.text) {
      throw error(place, "\(what) is missing before \"\(operand.text)\"")
    }
    if operand.characters.isEmpty { throw error(place, "\(what) cannot be empty") }
    return operand
  }

  private static let operandNames = [
    "src": "an address", "dst": "an address", "sport": "a port", "dport": "a port", "dev": "an interface",
    "fwmark": "a mark", "cgroup": "a path", "proc": "a process's name", "pid": "a process id", "user": "a user",
    "unit": "a unit", "container": "a container", "ns": "a namespace",
  ]

  // MARK: Operands

  private func mark(_ operand: FilterOperand) throws(ExpressionError) -> FilterPredicate {
    let parts = operand.split(at: "/")
    guard parts.count <= 2 else { throw error(parts[2].start, "a mark is MARK or MARK/MASK") }
    var numbers: [UInt32] = []
    for part in parts {
      guard let number = UInt32(decimalOrHexadecimal: part.text) else {
        throw error(part.start, "\"\(part.text)\" is no mark: write a decimal or 0x number, such as 0x10/0xff")
      }
      numbers.append(number)
    }
    return .mark(value: numbers[0], mask: numbers.count == 2 ? numbers[1] : .max)
  }

  private func pids(_ operand: FilterOperand) throws(ExpressionError) -> Set<Int32> {
    var pids: Set<Int32> = []
    for part in operand.split(at: ",") {
      guard part.characters.allSatisfy({ $0.isASCII && $0.isNumber }), let pid = Int32(part.text), pid > 0 else {
        throw error(part.start, "\"\(part.text)\" is no process id: write pid 4711 or pid 4711,4712")
      }
      pids.insert(pid)
    }
    return pids
  }

  private mutating func user(_ operand: FilterOperand) throws(ExpressionError) -> UInt32 {
    if let uid = UInt32(decimalOrHexadecimal: operand.text) { return uid }
    try countName(operand)
    guard let uid = environment.userID(operand.text) else {
      throw error(operand.start, "no user is called \"\(operand.text)\" here; a user id works too")
    }
    return uid
  }

  private func namespace(_ operand: FilterOperand) throws(ExpressionError) -> UInt64 {
    if let inode = UInt64(operand.text) { return inode }
    guard let inode = environment.namespaceInode(operand.text) else {
      throw error(operand.start, "no network namespace is called \"\(operand.text)\"; its inode number works too")
    }
    return inode
  }

  /// `nginx` means `nginx.service`, as for systemctl.
  private static func unitName(_ text: String) -> String {
    text.contains(".") || text.hasSuffix("*") ? text : text + ".service"
  }

  func answer<Value>(
    _ result: Result<Value, FilterEnvironment.Refusal>, _ operand: FilterOperand
  ) throws(ExpressionError) -> Value {
    switch result {
    case .success(let value): return value
    case .failure(let refusal): throw error(operand.start, "\"\(operand.text)\": \(refusal.reason)")
    }
  }

  mutating func countName(_ operand: FilterOperand) throws(ExpressionError) {
    namesAsked += 1
    if namesAsked > Self.maximumNames {
      throw error(operand.start, "over \(Self.maximumNames) names to look up; write numbers")
    }
  }
}

extension FixedWidthInteger {
  /// A number as C's strtoul reads it, without octal, which people meet by accident; nil for anything else.
  init?(decimalOrHexadecimal text: String) {
    let isHexadecimal = text.hasPrefix("0x") || text.hasPrefix("0X")
    let digits = isHexadecimal ? text.dropFirst(2) : text[...]
    guard let first = digits.utf8.first, first != UInt8(ascii: "+"), first != UInt8(ascii: "-"),
      isHexadecimal || digits.utf8.count == 1 || first != UInt8(ascii: "0")
    else { return nil }
    self.init(digits, radix: isHexadecimal ? 16 : 10)
  }
}
