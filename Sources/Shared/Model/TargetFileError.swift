/// An expression in a file of targets that cannot be read, and its line.
package struct TargetFileError: Error, Equatable, Sendable, CustomStringConvertible {
  /// From 1.
  package let line: Int
  package let error: ExpressionError

  package init(line: Int, error: ExpressionError) {
    self.line = line
    self.error = error
  }

  package var description: String { "line \(line): \(error)" }
}
