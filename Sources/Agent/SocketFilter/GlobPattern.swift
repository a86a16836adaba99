/// A pattern as the shell's file names have them (glob(7)): `*` for any text, slashes too, `?` for one character, `[a-z]`
/// and `[!a-z]` for one of a set, a backslash before what means itself.
package struct GlobPattern: Hashable, Sendable {
  private enum Element: Hashable, Sendable {
    case anyText
    case anyCharacter
    case character(Unicode.Scalar)
    case oneOf([ClosedRange<Unicode.Scalar>], isNegated: Bool)
  }

  package let text: String
  private let elements: [Element]

  package init(_ text: String) {
    self.text = text
    var elements: [Element] = []
    var rest = Array(text.unicodeScalars)[...]
    while let scalar = rest.popFirst() {
      switch scalar {
      // Stars in a row say no more than one.
      case "*": if elements.last != .anyText { elements.append(.anyText) }
      case "?": elements.append(.anyCharacter)
      case "\\": elements.append(.character(rest.popFirst() ?? scalar))
      case "[":
        if let (set, end) = Self.set(rest) {
          elements.append(set)
          rest = rest[end...]
        } else {
          elements.append(.character(scalar))
        }
      default: elements.append(.character(scalar))
      }
    }
    self.elements = elements
  }

  /// Goes back to the last star only: at most length times length steps, whatever the pattern.
  package func matches(_ name: String) -> Bool {
    let name = Array(name.unicodeScalars)
    var position = 0
    var wanted = 0
    var star: (wanted: Int, position: Int)?
    while position < name.count {
      if wanted < elements.count, elements[wanted] == .anyText {
        star = (wanted + 1, position)
        wanted += 1
      } else if wanted < elements.count, Self.accepts(elements[wanted], name[position]) {
        position += 1
        wanted += 1
      } else if let last = star {
        star = (last.wanted, last.position + 1)
        wanted = last.wanted
        position = last.position + 1
      } else {
        return false
      }
    }
    return elements[wanted...].allSatisfy { $0 == .anyText }
  }

  private static func accepts(_ element: Element, _ scalar: Unicode.Scalar) -> Bool {
    switch element {
    case .anyText, .anyCharacter: true
    case .character(let wanted): wanted == scalar
    case .oneOf(let ranges, let isNegated): ranges.contains { $0.contains(scalar) } != isNegated
    }
  }

  /// The set behind an opening bracket and where what follows it begins; nil where it is not closed, and the bracket means
  /// itself.
  private static func set(_ text: ArraySlice<Unicode.Scalar>) -> (Element, Int)? {
    var position = text.startIndex
    var ranges: [ClosedRange<Unicode.Scalar>] = []
    let isNegated = text.first == "!" || text.first == "^"
    if isNegated { position += 1 }
    let first = position
    while position < text.endIndex {
      // A closing bracket in the first place means itself.
      if text[position] == "]", position > first { return (.oneOf(ranges, isNegated: isNegated), position + 1) }
      if text[position] == "\\", position + 1 < text.endIndex { position += 1 }
      let low = text[position]
      position += 1
      if position + 1 < text.endIndex, text[position] == "-", text[position + 1] != "]" {
        let high = text[position + 1]
        position += 2
        if low <= high { ranges.append(low...high) }
      } else {
        ranges.append(low...low)
      }
    }
    return nil
  }
}
