/// A part of a query's text between blanks, outside of quotes.
struct QueryWord {
  enum Kind: Equatable {
    case open
    case close
    case text
  }

  let kind: Kind
  let text: Substring

  /// Cuts a query into words and parentheses. Blanks within double quotes part nothing, `\` keeps the next character from
  /// meaning anything there. Throws the place of a quote that is not closed.
  static func all(in text: String) throws(QueryFault) -> [QueryWord] {
    var words: [QueryWord] = []
    var index = text.startIndex
    while index < text.endIndex {
      let character = text[index]
      if character.isWhitespace {
        index = text.index(after: index)
      } else if character == "(" || character == ")" {
        let next = text.index(after: index)
        words.append(QueryWord(kind: character == "(" ? .open : .close, text: text[index..<next]))
        index = next
      } else {
        let start = index
        while index < text.endIndex, !text[index].isWhitespace, text[index] != "(", text[index] != ")" {
          index = text[index] == "\"" ? try endOfQuotes(text, from: index) : text.index(after: index)
        }
        words.append(QueryWord(kind: .text, text: text[start..<index]))
      }
    }
    return words
  }

  private static func endOfQuotes(_ text: String, from quote: String.Index) throws(QueryFault) -> String.Index {
    var index = text.index(after: quote)
    while index < text.endIndex {
      if text[index] == "\"" { return text.index(after: index) }
      if text[index] == "\\" {
        index = text.index(after: index)
        if index == text.endIndex { break }
      }
      index = text.index(after: index)
    }
    throw QueryFault(at: quote, "this quote is not closed")
  }
}

/// What is wrong with a query, and where in its text.
struct QueryFault: Error {
  let place: String.Index
  let message: String

  init(at place: String.Index, _ message: String) {
    self.place = place
    self.message = message
  }
}
