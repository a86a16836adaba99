/// How one product words its greeting: literal text in which `*` stands for anything up to the next literal, and `{}` for
/// the version. Anything may follow. Capital and small letters differ, and words are those of the greeting around them, so
/// that a machine that is named after a product is not taken for it.
struct ProductPattern: Sendable {
  private enum Piece { case literal(String), anything, version }

  let product: String
  private let pieces: [Piece]

  init(_ pattern: String, _ product: String) {
    self.product = product
    var pieces: [Piece] = []
    var literal = ""
    for character in pattern where character != "{" {
      guard character == "*" || character == "}" else {
        literal.append(character)
        continue
      }
      if !literal.isEmpty { pieces.append(.literal(literal)) }
      literal = ""
      pieces.append(character == "*" ? .anything : .version)
    }
    if !literal.isEmpty { pieces.append(.literal(literal)) }
    self.pieces = pieces
  }

  /// What the text shows, nil where it is worded otherwise; linear in the text: `*` ends where the literal after it first
  /// stands, without a second try.
  func match(_ text: ArraySlice<UInt8>) -> ProductText? {
    var rest = text.prefix(1024)
    var isSearching = false
    var version: String?
    for piece in pieces {
      switch piece {
      case .anything: isSearching = true
      case .literal(let literal):
        if isSearching {
          guard let range = Octets.exactRange(of: literal, in: rest) else { return nil }
          rest = rest[range.upperBound...]
        } else {
          guard Octets.hasPrefix(rest, literal) else { return nil }
          rest = rest.dropFirst(literal.utf8.count)
        }
        isSearching = false
      case .version:
        guard let found = ProductText.version(rest) else { return nil }
        version = WireText.field(found)
        rest = rest.dropFirst(found.count)
      }
    }
    return ProductText(product: product, version: version)
  }
}

extension [ProductPattern] {
  /// What the first pattern that fits shows.
  func match(_ text: ArraySlice<UInt8>) -> ProductText {
    for pattern in self {
      if let found = pattern.match(text) { return found }
    }
    return ProductText(product: nil, version: nil)
  }
}
