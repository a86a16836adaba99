package import Model

/// Reads the addresses of lsof's `-i`: `[46][protocol][@host|address][:ports]`.
///
/// Host and port must meet at the same end, either one. A version beside something else counts mapped addresses as IPv4,
/// alone it asks for the socket's own family; both are lsof's ways, as measured of 4.95.
package enum InternetAddressFilter {
  /// lsof's limit too.
  private static let maximumAddresses = 100

  /// The expression for several `-i`, of which one must fit; an empty text stands for `-i` alone.
  ///
  /// - Throws: `ExpressionError` with the place of the first mistake.
  package static func parse(
    _ texts: [String], environment: FilterEnvironment
  ) throws(ExpressionError) -> FilterExpression {
    guard texts.count <= maximumAddresses else {
      throw ExpressionError(
        .internetAddress, expression: texts[maximumAddresses], offset: 0,
        message: "-i is taken at most \(maximumAddresses) times")
    }
    var parts: [FilterExpression] = []
    for text in texts {
      guard text.unicodeScalars.count <= 1024 else {
        throw ExpressionError(
          .internetAddress, expression: String(text.prefix(40)), offset: 0,
          message: "an address has at most 1024 characters")
      }
      var reader = InternetAddressReader(text: text, environment: environment)
      parts.append(try reader.expression())
    }
    return parts.count == 1 ? parts[0] : .any(parts)
  }
}
