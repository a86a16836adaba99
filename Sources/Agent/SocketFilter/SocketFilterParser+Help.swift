internal import Model

extension SocketFilterParser {
  /// Whether a word of a command line begins a filter rather than being the value of an option that may go without.
  package static func beginsFilter(_ word: String) -> Bool {
    if word.hasPrefix("(") || word.hasPrefix("!") { return true }
    let keyword = word.prefix { $0.isLetter }.description
    return (predicates + ["not", "state", "exclude", "excl"]).contains(keyword)
  }

  /// What to say where no predicate begins.
  func noPredicate(_ word: String, at place: Int) -> ExpressionError {
    let character = scanner.characters[place]
    if word.isEmpty {
      switch character {
      case ")": return error(place, "a predicate is missing before \")\"")
      case "&", "|": return error(place, "a predicate is missing before \"\(character)\"")
      default: return error(place, "\"\(character)\" does not begin a predicate")
      }
    }
    let wanted = word.lowercased()
    switch wanted {
    case "and", "or": return error(place, "a predicate is missing before \"\(word)\"")
    case "state", "exclude", "excl": return error(place, "states stand before the expression")
    case _ where FilterOperator.words[wanted] != nil: return error(place, "a predicate is missing before \"\(word)\"")
    case _ where SocketState.words[wanted] != nil:
      return error(place, "\"\(word)\" is a state: write state \(wanted) before the expression")
    default: break
    }
    if let ours = SocketState.foreignWords[wanted] {
      return error(place, "a state is chosen by its name: state \(ours)")
    }
    if UInt16(word) != nil {
      return error(place, "a number alone says nothing: write sport = :\(word), dport = :\(word) or pid \(word)")
    }
    if word.hasPrefix(":") { return error(place, "a port belongs to an end: write sport = \(word) or dport = \(word)") }
    if IPAddress(word) != nil || word.contains("/") && word.first?.isNumber == true {
      return error(place, "an address belongs to an end: write src \(word) or dst \(word)")
    }
    if let nearest = NearestWord.to(wanted, among: Self.predicates + ["and", "not", "state", "exclude"]) {
      return error(place, "\"\(word)\" is no predicate; did you mean \(nearest)?")
    }
    let all = Self.predicates.joined(separator: ", ")
    return error(place, "\"\(word.prefix(40))\" is no predicate; there are \(all)")
  }
}
