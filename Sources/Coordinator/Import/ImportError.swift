/// Why a foreign file cannot be taken in, with the place in it.
package struct ImportError: Error, Hashable, Sendable, CustomStringConvertible {
  package let message: String
  /// From 1; nil: it is about no place.
  package let line: Int?
  package let column: Int?

  package init(_ message: String, line: Int? = nil, column: Int? = nil) {
    self.message = message
    self.line = line
    self.column = column
  }

  /// `12:5: message`.
  package var description: String {
    guard let line else { return message }
    return column.map { "\(line):\($0): \(message)" } ?? "\(line): \(message)"
  }
}
