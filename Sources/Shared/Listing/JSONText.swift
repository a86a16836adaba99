/// Values as JSON (RFC 8259), written by hand: it is fast, and member order is ours.
package enum JSONText {
  /// Appends one value, without white space.
  package static func append(_ value: ListingValue, to text: inout String) {
    switch value {
    case .text(let string): append(string, to: &text)
    case .integer(let number): text += String(number)
    case .boolean(let flag): text += flag ? "true" : "false"
    case .time(let milliseconds): append(TimeText.rfc3339(milliseconds: milliseconds), to: &text)
    case .list(let values):
      text += "["
      for (index, value) in values.enumerated() {
        if index > 0 { text += "," }
        append(value, to: &text)
      }
      text += "]"
    case .object(let members): append(members, to: &text)
    case .absent: text += "null"
    }
  }

  static func append(_ members: [ListingValue.Member], to text: inout String) {
    text += "{"
    for (index, member) in members.enumerated() {
      if index > 0 { text += "," }
      append(member.key, to: &text)
      text += ":"
      append(member.value, to: &text)
    }
    text += "}"
  }

  /// Quotes, backslashes and controls are escaped as RFC 8259, section 7 asks; so are DEL and C1 controls, which are
  /// allowed but steer terminals, and U+2028 and U+2029, which end lines in JavaScript.
  private static func append(_ string: String, to text: inout String) {
    text += "\""
    for scalar in string.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      case "\u{0}"..."\u{1f}", "\u{7f}"..."\u{9f}", "\u{2028}", "\u{2029}":
        let digits = String(scalar.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: text.unicodeScalars.append(scalar)
      }
    }
    text += "\""
  }
}
