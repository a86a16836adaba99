/// A word behind a predicate as it is meant, and where each of its characters stands in the expression.
struct FilterOperand {
  var characters: [Character] = []
  var places: [Int] = []

  /// Where it begins and where it ends in the expression.
  let start: Int
  var end: Int

  /// Whether quotes or a backslash say that it is no word of the grammar.
  var isQuoted = false

  var text: String { String(characters) }

  /// The place in the expression of a character, or of the end.
  func place(_ index: Int) -> Int { index < places.count ? places[index] : end }

  /// A part of it, with its places.
  subscript(range: Range<Int>) -> FilterOperand {
    FilterOperand(
      characters: Array(characters[range]), places: Array(places[range]), start: place(range.lowerBound),
      end: place(range.upperBound), isQuoted: isQuoted)
  }

  subscript(range: PartialRangeFrom<Int>) -> FilterOperand { self[range.lowerBound..<characters.count] }

  func split(at separator: Character) -> [FilterOperand] {
    var parts: [FilterOperand] = []
    var begin = 0
    for index in characters.indices where characters[index] == separator {
      parts.append(self[begin..<index])
      begin = index + 1
    }
    return parts + [self[begin...]]
  }
}
