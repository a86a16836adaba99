internal import Model

extension SocketFilterParser {
  private enum Connective: String {
    case and
    case or
  }

  /// Operands joined by one kind of connective; to mix them, parentheses are demanded. ss reads them from left to right
  /// whatever its manual says of precedence, so that everybody who knows one of the two rules reads some line wrong.
  mutating func expression(depth: Int) throws(ExpressionError) -> FilterExpression {
    scanner.skipBlanks()
    let start = scanner.position
    var operands = [try operand(depth: depth)]
    var lastStart = start
    var end = scanner.position
    var joined: Connective?
    while true {
      scanner.skipBlanks()
      guard !scanner.isAtEnd, scanner.characters[scanner.position] != ")" else { break }
      let place = scanner.position
      let connective = takeConnective()
      if let joined, joined != connective {
        throw mixture(of: joined, at: place, from: start, last: lastStart, end: end, depth: depth)
      }
      joined = connective
      scanner.skipBlanks()
      lastStart = scanner.position
      operands.append(try operand(depth: depth))
      end = scanner.position
    }
    guard operands.count > 1 else { return operands[0] }
    return joined == .or ? .any(operands) : .all(operands)
  }

  /// Takes what joins two operands; where nothing is written, `and` is meant.
  private mutating func takeConnective() -> Connective {
    for (symbol, connective) in [("&&", Connective.and), ("&", .and), ("||", .or), ("|", .or)]
    where scanner.take(symbol) {
      return connective
    }
    switch scanner.word {
    case "and":
      scanner.position += 3
      return .and
    case "or":
      scanner.position += 2
      return .or
    default: return .and
    }
  }

  private mutating func operand(depth: Int) throws(ExpressionError) -> FilterExpression {
    scanner.skipBlanks()
    let place = scanner.position
    guard depth < Self.maximumDepth else {
      throw error(place, "parentheses and negations nest at most \(Self.maximumDepth) deep")
    }
    guard !scanner.isAtEnd else { throw error(place, "a predicate is missing at the end") }
    if scanner.word == "not" {
      scanner.position += 3
      return .not(try operand(depth: depth + 1))
    }
    if scanner.take("!") { return .not(try operand(depth: depth + 1)) }
    guard scanner.take("(") else { return try predicate() }
    scanner.skipBlanks()
    if !scanner.isAtEnd, scanner.characters[scanner.position] == ")" {
      throw error(scanner.position, "a predicate is missing between the parentheses")
    }
    let inner = try expression(depth: depth + 1)
    guard !scanner.isAtEnd, scanner.take(")") else { throw error(place, "this parenthesis is not closed") }
    return inner
  }

  /// The error for `a and b or c`, with both ways to write it.
  private mutating func mixture(
    of joined: Connective, at place: Int, from start: Int, last: Int, end: Int, depth: Int
  ) -> ExpressionError {
    let other: Connective = joined == .and ? .or : .and
    scanner.skipBlanks()
    let next = scanner.position
    // A mistake in what follows is told once this one is mended.
    let following = (try? operand(depth: depth)) == nil ? "..." : shown(next..<scanner.position)
    let first = shown(start..<end)
    let head = shown(start..<last)
    return error(
      place,
      "\"and\" and \"or\" mix here: write ( \(first) ) \(other) \(following) or \(head)( \(shown(last..<end)) "
        + "\(other) \(following) )")
  }

  private func shown(_ range: Range<Int>) -> String {
    let part = scanner.characters[range]
    return part.count <= 60 ? String(part) : String(part.prefix(28)) + " ... " + String(part.suffix(28))
  }
}
