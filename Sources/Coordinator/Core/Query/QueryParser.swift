import Model

/// Reads a query by recursive descent: `or` binds weakest, then `and`, which may be left out, then `not`.
struct QueryParser {
  /// SQLite takes expressions up to a depth of 1,000 (sqlite.org/limits.html); a term is a few deep itself.
  private static let depthLimit = 50
  /// Values over all terms: what a query may cost.
  private static let valueLimit = 200
  private static let lengthLimit = 8_192

  private let text: String
  private let words: [QueryWord]
  private let values: QueryValues
  private var next = 0
  private var depth = 0
  private var valueCount = 0

  init(_ text: String, services: ServiceNames, now: Timestamp) throws(ExpressionError) {
    self.text = text
    guard text.utf8.count <= Self.lengthLimit else {
      throw ExpressionError(
        .query, expression: text, offset: 0, message: "a query has at most \(Self.lengthLimit) octets")
    }
    do throws(QueryFault) {
      words = try QueryWord.all(in: text)
    } catch {
      throw Self.pointing(error, text)
    }
    values = QueryValues(services: services, now: now)
  }

  /// The whole text as one filter; an empty one holds for every row.
  mutating func filter() throws(ExpressionError) -> ChartFilter {
    guard !words.isEmpty else { return .everything }
    do throws(QueryFault) {
      let filter = try alternatives()
      if next < words.count { throw QueryFault(at: words[next].text.startIndex, "there is no \"(\" for this") }
      return filter
    } catch {
      throw Self.pointing(error, text)
    }
  }

  private static func pointing(_ fault: QueryFault, _ text: String) -> ExpressionError {
    ExpressionError(
      .query, expression: text, offset: text.distance(from: text.startIndex, to: fault.place), message: fault.message)
  }

  private var end: String.Index { text.endIndex }

  /// Whether the next word is this one; then it is taken.
  private mutating func take(_ word: String) -> Bool {
    guard next < words.count, words[next].kind == .text, words[next].text.lowercased() == word else { return false }
    next += 1
    return true
  }

  private mutating func alternatives() throws(QueryFault) -> ChartFilter {
    var parts = [try conjunction()]
    while take("or") { parts.append(try conjunction()) }
    return parts.count == 1 ? parts[0] : .any(parts)
  }

  private mutating func conjunction() throws(QueryFault) -> ChartFilter {
    var parts = [try negation()]
    while next < words.count, words[next].kind != .close, words[next].text.lowercased() != "or" {
      _ = take("and")
      parts.append(try negation())
    }
    return parts.count == 1 ? parts[0] : .all(parts)
  }

  private mutating func negation() throws(QueryFault) -> ChartFilter {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.depthLimit else {
      throw QueryFault(at: next < words.count ? words[next].text.startIndex : end, "this is nested too deeply")
    }
    if take("not") { return .not(try negation()) }
    guard next < words.count else { throw QueryFault(at: end, "a term is missing here") }
    let word = words[next]
    switch word.kind {
    case .close: throw QueryFault(at: word.text.startIndex, "a term is missing before this")
    case .open:
      next += 1
      let filter = try alternatives()
      guard next < words.count, words[next].kind == .close else {
        throw QueryFault(at: word.text.startIndex, "there is no \")\" for this")
      }
      next += 1
      return filter
    case .text:
      if ["and", "or"].contains(word.text.lowercased()) {
        throw QueryFault(at: word.text.startIndex, "a term is missing before \"\(word.text)\"")
      }
      next += 1
      // A minus before a field is a "not"; before a number it would be part of a value.
      if word.text.first == "-", word.text.dropFirst().first?.isLetter == true {
        return .not(.term(try term(word.text.dropFirst())))
      }
      let (term, isNegated) = try values.term(word.text)
      try count(word.text)
      return isNegated ? .not(.term(term)) : .term(term)
    }
  }

  private mutating func term(_ text: Substring) throws(QueryFault) -> ChartTerm {
    let (term, isNegated) = try values.term(text)
    guard !isNegated else { throw QueryFault(at: text.startIndex, "\"-\" and \"!=\" in one term: leave one out") }
    try count(text)
    return term
  }

  private mutating func count(_ text: Substring) throws(QueryFault) {
    valueCount += 1 + text.count { $0 == "," }
    guard valueCount <= Self.valueLimit else {
      throw QueryFault(at: text.startIndex, "a query has at most \(Self.valueLimit) values")
    }
  }
}
