/// Cuts texts into words, by the rule that `RecordText` states.
enum TextWords {
  /// A text's words with a blank between two; empty: there are none.
  static func all(in text: String) -> String {
    var words = String.UnicodeScalarView()
    var isInWord = false
    for scalar in text.unicodeScalars {
      guard isOfWord(scalar) else {
        isInWord = false
        continue
      }
      if !isInWord, !words.isEmpty { words.append(" ") }
      isInWord = true
      switch scalar.value {
      case 0x41...0x5a: words.append(Unicode.Scalar(UInt8(scalar.value + 0x20)))
      case ..<0x80: words.append(scalar)
      default: words.append(contentsOf: scalar.properties.lowercaseMapping.unicodeScalars)
      }
    }
    return String(words)
  }

  static func isOfWord(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: return true
    case ..<0x80: return false
    default: break
    }
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .nonspacingMark,
      .spacingMark, .enclosingMark, .decimalNumber, .letterNumber, .otherNumber:
      return true
    default: return false
    }
  }
}
