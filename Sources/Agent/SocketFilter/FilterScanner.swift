internal import Model

/// Walks over the characters of an expression. What a character means depends on what is expected: in a word of the grammar
/// `=` ends it, in a file's name it is a character like any other.
struct FilterScanner {
  let text: String
  let characters: [Character]
  var position = 0

  init(_ text: String) {
    self.text = text
    characters = Array(text)
  }

  var isAtEnd: Bool { position >= characters.count }

  mutating func skipBlanks() {
    while !isAtEnd, characters[position].isWhitespace { position += 1 }
  }

  /// Takes `symbol` where it stands here.
  mutating func take(_ symbol: String) -> Bool {
    guard characters[position...].starts(with: symbol) else { return false }
    position += symbol.count
    return true
  }

  /// The word of the grammar that begins here, empty where none does; takes nothing.
  var word: String {
    String(characters[position...].prefix { !$0.isWhitespace && !"()!=<>&|".contains($0) })
  }

  /// The operand that begins here: up to a blank, a parenthesis, `&` or `|` outside of quotes and without a backslash;
  /// nil where none does. A backslash before `*`, `?`, `[` or itself stays where a pattern is to read it.
  ///
  /// - Throws: `ExpressionError` for a quote that is not closed.
  mutating func operand(keepsPatternEscapes: Bool = false) throws(ExpressionError) -> FilterOperand? {
    var operand = FilterOperand(start: position, end: position)
    var quote: (mark: Character, place: Int)?
    while !isAtEnd {
      let character = characters[position]
      if let open = quote {
        if character == open.mark {
          quote = nil
          position += 1
          continue
        }
      } else if character.isWhitespace || "()&|".contains(character) {
        break
      } else if character == "\"" || character == "'" {
        quote = (character, position)
        operand.isQuoted = true
        position += 1
        continue
      }
      var place = position
      if character == "\\", position + 1 < characters.count, quote?.mark != "'" {
        operand.isQuoted = true
        if keepsPatternEscapes, "*?[\\".contains(characters[position + 1]) {
          operand.characters.append("\\")
          operand.places.append(position)
        }
        position += 1
        place = position
      }
      operand.characters.append(characters[place])
      operand.places.append(place)
      position += 1
    }
    if let quote { throw error(quote.place, "this quote is not closed") }
    operand.end = position
    return operand.characters.isEmpty && !operand.isQuoted ? nil : operand
  }

  func error(_ place: Int, _ message: String) -> ExpressionError {
    ExpressionError(.filter, expression: text, offset: place, message: message)
  }
}
