/// Cells of a table as octets, made each time they are asked for: a table of any length costs no memory for them.
package protocol TableCells {
  var rowCount: Int { get }

  /// Appends a cell's UTF-8; what could steer a terminal is escaped (`PrintableText`). Cells are asked for row by row.
  func append(row: Int, column: Int, to bytes: inout [UInt8])

  /// Makes each of `widths`, which are by column, at least the width of the widest cell of its column, those of the first
  /// `count` columns alone. Cells with a faster way to their widths than writing them have one of their own.
  func widen(_ widths: inout [Int], count: Int)

  /// Appends the lines of some rows as `fit` wants them. Cells with a faster way than one after the other have one of their own,
  /// of the same result.
  func appendLines(_ rows: Range<Int>, _ fit: TableFit, to bytes: inout [UInt8])
}

extension TableCells {
  package func widen(_ widths: inout [Int], count: Int) { widenCellByCell(&widths, count: count) }

  /// Measures as every kind of cells can.
  package func widenCellByCell(_ widths: inout [Int], count: Int) {
    var cell: [UInt8] = []
    for row in 0..<rowCount {
      for column in 0..<count {
        cell.removeAll(keepingCapacity: true)
        append(row: row, column: column, to: &cell)
        widths[column] = max(widths[column], PrintableText.width(cell))
      }
    }
  }

  package func appendLines(_ rows: Range<Int>, _ fit: TableFit, to bytes: inout [UInt8]) {
    appendCellByCell(rows, fit, to: &bytes)
  }

  /// Appends lines as every kind of cells can.
  package func appendCellByCell(_ rows: Range<Int>, _ fit: TableFit, to bytes: inout [UInt8]) {
    var cell: [UInt8] = []
    for row in rows {
      fit.appendLine(to: &bytes) { column, bytes, padding in
        if !fit.isTrailing[column], fit.shortening?.column != column {
          // The usual cell goes where it belongs at once.
          let start = bytes.count
          append(row: row, column: column, to: &bytes)
          padding = fit.widths[column] - PrintableText.width(bytes, from: start)
          return
        }
        cell.removeAll(keepingCapacity: true)
        append(row: row, column: column, to: &cell)
        if let shortening = fit.shortening, shortening.column == column {
          TableText.shorten(&cell, to: shortening.limit)
        }
        padding = fit.widths[column] - PrintableText.width(cell)
        fit.append(cell, column, padding, to: &bytes)
      }
    }
  }
}
