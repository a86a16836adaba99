internal import CoordinatorCore

/// What may be called a name: something that prints on one line and needs no quotes in a query.
enum NameCheck {
  /// Long enough for any host name (RFC 1035, 2.3.4), short enough for a table.
  private static let lengthLimit = 200

  static func check(_ name: String, at pointer: String) throws {
    let isClean = name.unicodeScalars.allSatisfy { scalar in
      scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || "._-@+".unicodeScalars.contains(scalar)
    }
    guard !name.isEmpty, name.count <= lengthLimit, isClean, !["any", "each"].contains(name) else {
      throw Refusal(
        .invalidValue,
        "a name has 1 to \(lengthLimit) letters, digits or . _ - @ + and is not any or each", at: pointer)
    }
  }

  /// Free text that people write for people.
  static func checkNote(_ note: String?, at pointer: String) throws {
    guard let note else { return }
    guard note.count <= 2_000, !note.unicodeScalars.contains(where: { $0.value < 0x20 && $0 != "\n" }) else {
      throw Refusal(.invalidValue, "a note has at most 2,000 characters and no control characters", at: pointer)
    }
  }
}
