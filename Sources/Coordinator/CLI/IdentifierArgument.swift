internal import Model

/// Reads ids as operators type them.
enum IdentifierArgument {
  static func read<Kind>(_ text: String) throws -> Identifier<Kind> {
    guard let id = Identifier<Kind>(text) else {
      throw CommandFailure(
        "\"\(text)\" does not name a \(Kind.word); expected \(Kind.word):NUMBER or NUMBER", status: .usage)
    }
    return id
  }
}
