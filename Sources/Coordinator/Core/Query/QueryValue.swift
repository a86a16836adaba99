/// One of the values of a term, as typed.
struct QueryValue {
  let raw: Substring
  private let text: String
  private let isQuoted: Bool

  var place: String.Index { raw.startIndex }
  /// As a word of a fixed list, in which case does not count.
  var word: String { text.lowercased() }

  var match: TextMatch {
    !isQuoted && text.contains(where: { $0 == "*" || $0 == "?" }) ? .pattern(text) : .exactly(text)
  }

  /// As names of services compare, which are all in lower case.
  var lowercasedMatch: TextMatch {
    switch match {
    case .exactly(let text): .exactly(text.lowercased())
    case .pattern(let text): .pattern(text.lowercased())
    }
  }

  /// Beginnings shorter than this fit so many words that to find them takes longer than to look at every text.
  private static let shortestBeginning = 3

  /// Words to look for; a `*` at the end says that the last may go on.
  func phrase() throws(QueryFault) -> TextPhrase {
    let isBeginning = !isQuoted && text.last == "*"
    let words = isBeginning ? text.dropLast() : text[...]
    guard isQuoted || !words.contains(where: { $0 == "*" || $0 == "?" }) else {
      throw QueryFault(at: place, "in text: a * goes at the end alone, and ? only into quotes")
    }
    guard let phrase = TextPhrase(String(words), isBeginning: isBeginning) else {
      throw QueryFault(at: place, "there is no word in this")
    }
    if isBeginning {
      let length = words.unicodeScalars.reversed().prefix(while: TextWords.isOfWord).count
      guard length >= Self.shortestBeginning else {
        throw QueryFault(at: place, "at least \(Self.shortestBeginning) letters or digits go before *")
      }
    }
    return phrase
  }

  /// The values between commas; a comma within quotes is part of its value, and so is everything else there.
  static func all(in text: Substring) throws(QueryFault) -> [QueryValue] {
    var values: [QueryValue] = []
    var start = text.startIndex
    var index = start
    var isInQuotes = false
    while index < text.endIndex {
      switch text[index] {
      case "\\" where isInQuotes: index = text.index(after: index)
      case "\"": isInQuotes.toggle()
      case "," where !isInQuotes:
        if let value = try QueryValue(text[start..<index]) { values.append(value) }
        start = text.index(after: index)
      default: break
      }
      index = text.index(after: index)
    }
    if let value = try QueryValue(text[start..<text.endIndex]) { values.append(value) }
    return values
  }

  /// Nil for nothing between two commas.
  private init?(_ raw: Substring) throws(QueryFault) {
    guard !raw.isEmpty else { return nil }
    self.raw = raw
    isQuoted = raw.first == "\""
    guard isQuoted else {
      guard !raw.contains("\"") else { throw QueryFault(at: raw.startIndex, "quotes go around the whole value") }
      text = String(raw)
      return
    }
    var result = ""
    var index = raw.index(after: raw.startIndex)
    while index < raw.endIndex, raw[index] != "\"" {
      if raw[index] == "\\" { index = raw.index(after: index) }
      result.append(raw[index])
      index = raw.index(after: index)
    }
    guard index < raw.endIndex, raw.index(after: index) == raw.endIndex else {
      throw QueryFault(at: raw.startIndex, "quotes go around the whole value")
    }
    text = result
  }
}
