/// How a table's lines are laid out.
package struct TableFit {
  /// Indices of the columns that fit.
  package let kept: [Int]

  /// By column: how wide it is, and whether its cells stand on the right.
  package let widths: [Int]
  package let isTrailing: [Bool]

  /// The column whose addresses give up their middle, and the most that is left of one; nil where all fit.
  package let shortening: (column: Int, limit: Int)?

  /// Blanks between columns.
  package let gap: Int

  package init(
    kept: [Int], widths: [Int], isTrailing: [Bool], shortening: (column: Int, limit: Int)? = nil, gap: Int = 2
  ) {
    self.kept = kept
    self.widths = widths
    self.isTrailing = isTrailing
    self.shortening = shortening
    self.gap = gap
  }

  /// Appends a cell, with its padding in front where it stands on the right.
  func append(_ cell: [UInt8], _ column: Int, _ padding: Int, to bytes: inout [UInt8]) {
    if isTrailing[column] { TableText.appendBlanks(padding, to: &bytes) }
    bytes.append(contentsOf: cell)
  }

  /// Appends a line, whose cells `appendCell` appends, without blanks at its end.
  func appendLine(
    to bytes: inout [UInt8], _ appendCell: (_ column: Int, inout [UInt8], _ padding: inout Int) -> Void
  ) {
    let line = bytes.count
    // Blanks are written only once something follows them.
    var blanks = 0
    for column in kept {
      TableText.appendBlanks(blanks, to: &bytes)
      var padding = 0
      appendCell(column, &bytes, &padding)
      blanks = gap + (isTrailing[column] ? 0 : padding)
    }
    while bytes.count > line, bytes[bytes.count - 1] == UInt8(ascii: " ") { bytes.removeLast() }
    bytes.append(UInt8(ascii: "\n"))
  }
}
