/// Words that follow one another in one field, as `text:` asks for them; the last may be a beginning only.
package struct TextPhrase: Hashable, Sendable {
  /// With a blank between two, as `RecordText` has them; never empty.
  package let words: String
  /// Whether the last word may go on.
  package let isBeginning: Bool

  /// Nil: there is no word in it.
  package init?(_ text: String, isBeginning: Bool = false) {
    words = TextWords.all(in: text)
    self.isBeginning = isBeginning
    if words.isEmpty { return nil }
  }

  /// What stands in a record's text between two blanks where the phrase is there.
  package var sought: String { isBeginning ? " " + words : " " + words + " " }

  /// Octet by octet: Swift holds texts for equal that the store tells apart.
  package func fits(_ text: RecordText) -> Bool {
    let sought = Array(sought.utf8)
    return Array((" " + text.words + " ").utf8).firstRange(of: sought) != nil
  }
}
