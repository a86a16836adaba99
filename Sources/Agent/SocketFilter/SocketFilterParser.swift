package import Model

/// Reads the filters of ss with mended edges; docs/sockets.md has the grammar.
///
/// Pure but for the environment's closures. No input traps: length, nesting and the number of names looked up have bounds.
package struct SocketFilterParser {
  static let maximumLength = 8192
  static let maximumDepth = 64

  /// A name may cost a question to a server that does not answer.
  static let maximumNames = 32

  var scanner: FilterScanner
  let environment: FilterEnvironment
  var namesAsked = 0

  /// Reads the words of a command line, joined by blanks as ss joins them.
  ///
  /// - Throws: `ExpressionError` with the place of the first mistake.
  package static func parse(
    _ words: [String], environment: FilterEnvironment
  ) throws(ExpressionError) -> SocketFilter {
    let text = words.joined(separator: " ")
    guard text.unicodeScalars.count <= maximumLength else {
      // Cut before anything walks over it.
      let start = String(String.UnicodeScalarView(text.unicodeScalars.prefix(maximumLength)))
      throw ExpressionError(
        .filter, expression: start, offset: start.count, message: "a filter has at most \(maximumLength) characters")
    }
    var parser = SocketFilterParser(scanner: FilterScanner(text), environment: environment)
    return try parser.filter()
  }

  private mutating func filter() throws(ExpressionError) -> SocketFilter {
    var filter = SocketFilter(states: try states())
    scanner.skipBlanks()
    if !scanner.isAtEnd { filter.expression = try expression(depth: 0) }
    scanner.skipBlanks()
    if !scanner.isAtEnd { throw error(scanner.position, "no parenthesis is open here") }
    return filter
  }

  // MARK: States

  /// `state` begins with none, `exclude` with all; what follows adds and takes away (ss(8)).
  private mutating func states() throws(ExpressionError) -> Set<SocketState>? {
    var states: Set<SocketState>?
    var last = 0
    while true {
      scanner.skipBlanks()
      let keyword = scanner.word
      guard ["state", "exclude", "excl"].contains(keyword) else { break }
      scanner.position += keyword.count
      scanner.skipBlanks()
      last = scanner.position
      let named = try namedStates()
      states = keyword == "state" ? (states ?? []).union(named) : (states ?? .all).subtracting(named)
    }
    if states?.isEmpty == true { throw error(last, "no state is left that could be shown") }
    return states
  }

  private mutating func namedStates() throws(ExpressionError) -> Set<SocketState> {
    let place = scanner.position
    if !scanner.isAtEnd, scanner.take("=") {
      throw error(place, "a state follows without \"=\": write state established")
    }
    let word = scanner.word
    let wanted = word.lowercased()
    if let states = SocketState.words[wanted] {
      scanner.position += word.count
      return states
    }
    guard !word.isEmpty else { throw error(place, "a state is missing here: write one such as established") }
    if word.contains(",") { throw error(place, "one state each: write state established state time-wait") }
    if let ours = SocketState.foreignWords[wanted] { throw error(place, "the state is called \(ours)") }
    if let nearest = NearestWord.to(wanted, among: SocketState.words.keys) {
      throw error(place, "no state is called \"\(word)\"; did you mean \(nearest)?")
    }
    let words = SocketState.words.keys.sorted().joined(separator: ", ")
    throw error(place, "no state is called \"\(word.prefix(40))\"; there are \(words)")
  }

  // MARK: What the parts share

  func error(_ place: Int, _ message: String) -> ExpressionError { scanner.error(place, message) }
}
