/// Text of strangers (banners, process names) made safe for a terminal, and its width there.
package enum PrintableText {
  /// The text with every character that could steer a terminal, forge a line or reorder one written as an escape:
  /// controls (C0, C1, escape sequences begin there), line separators, and format characters, the bidirectional ones
  /// among them (Unicode Technical Report 36, 2.5).
  package static func escaped(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: isHidden) else { return text }
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      if isHidden(scalar) { result += escape(scalar).unicodeScalars } else { result.append(scalar) }
    }
    return String(result)
  }

  private static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.value >= 0x20 && scalar.value < 0x7f { return false }
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned, .privateUse: return true
    default: return false
    }
  }

  private static func escape(_ scalar: Unicode.Scalar) -> String {
    switch scalar {
    case "\n": "\\n"
    case "\r": "\\r"
    case "\t": "\\t"
    default: scalar.value < 0x100 ? "\\x" + hex(scalar, 2) : "\\u{" + hex(scalar, 4) + "}"
    }
  }

  private static func hex(_ scalar: Unicode.Scalar, _ width: Int) -> String {
    let digits = String(scalar.value, radix: 16)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }

  /// Columns the text takes on a terminal: two for wide East Asian characters and emoji, none for combining marks.
  package static func width(_ text: String) -> Int {
    if text.utf8.allSatisfy({ $0 < 0x80 }) { return text.utf8.count }
    return text.reduce(0) { total, character in
      guard let first = character.unicodeScalars.first else { return total }
      if first.properties.generalCategory == .nonspacingMark { return total }
      return total + (isWide(first) ? 2 : 1)
    }
  }

  /// The same of the UTF-8 in `text` from `start` on.
  static func width(_ text: [UInt8], from start: Int = 0) -> Int {
    for index in start..<text.count where text[index] >= 0x80 {
      return width(String(decoding: text[start...], as: UTF8.self))
    }
    return text.count - start
  }

  /// Appends UTF-8 with what is dangerous escaped: fast where nothing is.
  package static func append(_ text: String, to bytes: inout [UInt8]) {
    if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7f }) {
      bytes += text.utf8
    } else {
      bytes += escaped(text).utf8
    }
  }

  /// The blocks that Unicode Standard Annex 11 gives as wide, and emoji.
  private static func isWide(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x1100...0x115f, 0x2e80...0x303e, 0x3041...0xa4cf, 0xac00...0xd7a3, 0xf900...0xfaff, 0xfe30...0xfe6f,
      0xff00...0xff60, 0xffe0...0xffe6, 0x1f300...0x1faff, 0x20000...0x3fffd:
      true
    default: false
    }
  }
}
