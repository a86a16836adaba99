/// Finds the word that somebody may have meant.
package enum NearestWord {
  /// The nearest of `words` within two slips (one for short words), the first of equals in alphabetical order; nil where
  /// none is near.
  package static func to(_ text: String, among words: some Sequence<String>) -> String? {
    let typed = Array(text.lowercased().utf8)
    guard typed.count >= 2, typed.count <= 24 else { return nil }
    let limit = typed.count <= 4 ? 1 : 2
    var best: (word: String, distance: Int)?
    for word in words.sorted() {
      let distance = distance(typed, Array(word.utf8))
      if distance <= limit, distance < best?.distance ?? .max { best = (word, distance) }
    }
    return best?.word
  }

  /// Insertions, deletions, replacements and swaps of neighbours (optimal string alignment).
  private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
    var beforeLast: [Int] = []
    var last = Array(0...right.count)
    for (row, byte) in left.enumerated() {
      var current = [row + 1]
      for (column, other) in right.enumerated() {
        var best = min(last[column] + (byte == other ? 0 : 1), last[column + 1] + 1, current[column] + 1)
        if row > 0, column > 0, byte == right[column - 1], left[row - 1] == other {
          best = min(best, beforeLast[column - 1] + 1)
        }
        current.append(best)
      }
      beforeLast = last
      last = current
    }
    return last[right.count]
  }
}
