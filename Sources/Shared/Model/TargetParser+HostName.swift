extension TargetParser {
  /// A host name as resolvers know it: labels of letters, digits, hyphens and underscores (RFC 1123, 2.1; underscores
  /// are found in the wild), at most 63 octets each and 253 together (RFC 1035, 2.3.4). Returns it in lower case.
  func hostName(_ body: Range<Int>) throws(ExpressionError) -> String {
    let length = body.count - (characters[body].last == "." ? 1 : 0)
    guard length <= 253 else { throw error(body.lowerBound + 253, "a host name has at most 253 characters") }
    let labels = pieces(of: body.lowerBound..<body.lowerBound + length, at: ".")
    for label in labels { try check(label) }
    // inet_aton takes 0x7f.1 and 2130706433 for addresses, and so do resolvers: a name that ends in a number is none.
    if let last = labels.last, Self.isNumber(string(last)) {
      throw error(last.lowerBound, "a host name does not end in a number, and an IPv4 address is four octets")
    }
    return string(body).lowercased()
  }

  private func check(_ label: Range<Int>) throws(ExpressionError) {
    guard let first = label.first else { throw error(label.lowerBound, "a part of the name is missing here") }
    if let wrong = label.first(where: { !Self.isNameCharacter(characters[$0]) }) {
      let character = characters[wrong]
      throw error(
        wrong,
        character.isASCII
          ? "\"\(character)\" does not belong in a host name"
          : "a host name has ASCII letters only; write an international name in its xn-- form")
    }
    guard label.count <= 63 else { throw error(first, "a part of a host name has at most 63 characters") }
    for end in [first, label.upperBound - 1] where characters[end] == "-" {
      throw error(end, "a part of a host name neither begins nor ends with a hyphen")
    }
  }

  private static func isNameCharacter(_ character: Character) -> Bool {
    character.isASCII && (character.isLetter || character.isNumber || character == "-" || character == "_")
  }

  private static func isNumber(_ label: String) -> Bool {
    if label.allSatisfy(isDigit) { return true }
    let lowered = label.lowercased()
    return lowered.hasPrefix("0x") && lowered.dropFirst(2).allSatisfy { $0.isHexDigit }
  }
}
