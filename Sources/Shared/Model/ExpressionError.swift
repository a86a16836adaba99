/// What is wrong with a target or port expression, and where.
package struct ExpressionError: Error, Equatable, Sendable {
  /// What the expression was meant to name; raw values open the printed line.
  package enum Subject: String, Sendable {
    case target
    case ports
    case query
    case filter
    case internetAddress = "-i"
  }

  package let subject: Subject

  /// The whole expression as it was given.
  package let expression: String

  /// The place in `expression`, in characters from 0; may be the end.
  package let offset: Int

  /// What is wrong there and what would be right, without a full stop.
  package let message: String

  package init(_ subject: Subject = .target, expression: String, offset: Int, message: String) {
    self.subject = subject
    self.expression = expression
    self.offset = offset
    self.message = message
  }
}

extension ExpressionError: CustomStringConvertible {
  /// One line: `target "10.0.0.300": octet 300 is over 255 (character 8)`. Control characters are escaped and a long
  /// expression is cut around the place, because the text may come from a file of somebody else.
  package var description: String {
    "\(subject.rawValue) \"\(excerpt.text)\": \(Self.printable(message)) (character \(offset + 1))"
  }

  /// The expression, a line break, and a caret below the place.
  package var pointer: String {
    excerpt.text + "\n" + String(repeating: " ", count: excerpt.caret) + "^"
  }

  private var excerpt: (text: String, caret: Int) {
    let characters = Array(expression)
    let reach = 60
    let start = characters.count <= 2 * reach ? 0 : max(0, min(offset - reach, characters.count - 2 * reach))
    let end = min(characters.count, start + 2 * reach)
    let before = Self.printable(String(characters[start..<min(max(offset, start), end)]))
    let after = Self.printable(String(characters[min(max(offset, start), end)..<end]))
    let lead = start > 0 ? "..." : ""
    return (lead + before + after + (end < characters.count ? "..." : ""), (lead + before).count)
  }

  private static func printable(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned, .privateUse:
        result += "\\u{\(String(scalar.value, radix: 16))}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
