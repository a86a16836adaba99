/// A table of cells, fitted to a width: its columns are measured in one pass over the cells, and written in another.
struct TableLayout<Cells: TableCells> {
  private let cells: Cells
  private let columns: [ListingColumn]

  /// Indices of the columns that fit, and how wide each is.
  private let kept: [Int]
  private let widths: [Int]

  /// The column whose addresses give up their middle, and the most that is left of one; nil where all fit.
  private let shortening: (column: Int, limit: Int)?
  private let gap: Int
  private let showHeaders: Bool

  /// - Parameters:
  ///   - columns: the columns wished for, those of the cells.
  ///   - cells: what stands in the table.
  ///   - width: the terminal's columns, nil for no limit: then nothing is dropped and nothing shortened.
  ///   - showHeaders: whether headings count and show.
  ///   - gap: blanks between columns.
  init(columns: [ListingColumn], cells: Cells, width: Int?, showHeaders: Bool, gap: Int = 2) {
    var widths = columns.map { showHeaders ? PrintableText.width($0.title) : 0 }
    var haveAddresses = columns.map { _ in false }
    var cell: [UInt8] = []
    for row in 0..<cells.rowCount {
      for column in columns.indices {
        cell.removeAll(keepingCapacity: true)
        cells.append(row: row, column: column, to: &cell)
        widths[column] = max(widths[column], PrintableText.width(cell))
        if width != nil, !haveAddresses[column], TableText.isIPv6(cell) { haveAddresses[column] = true }
      }
    }
    var kept = Array(columns.indices)
    var shortening: (column: Int, limit: Int)?
    func total() -> Int { kept.reduce(0) { $0 + widths[$1] } + gap * max(0, kept.count - 1) }
    if let width {
      while total() > width,
        let victim = kept.filter({ columns[$0].dropPriority > 0 }).max(by: {
          (columns[$0].dropPriority, $0) < (columns[$1].dropPriority, $1)
        })
      {
        kept.removeAll { $0 == victim }
      }
      // Last of all, IPv6 addresses give up their middle: both ends tell more than the beginning alone.
      if total() > width, let column = kept.filter({ haveAddresses[$0] }).max(by: { widths[$0] < widths[$1] }) {
        let limit = max(15, widths[column] - (total() - width))
        shortening = (column, limit)
        var widest = showHeaders ? PrintableText.width(columns[column].title) : 0
        for row in 0..<cells.rowCount {
          cell.removeAll(keepingCapacity: true)
          cells.append(row: row, column: column, to: &cell)
          TableText.shorten(&cell, to: limit)
          widest = max(widest, PrintableText.width(cell))
        }
        widths[column] = widest
      }
    }
    self.cells = cells
    self.columns = columns
    self.kept = kept
    self.widths = widths
    self.shortening = shortening
    self.gap = gap
    self.showHeaders = showHeaders
  }

  /// Hands the table's lines to `write`, each with its line break and without blanks before it.
  func write(_ write: ((inout [UInt8]) -> Void) -> Void) {
    var cell: [UInt8] = []
    if showHeaders {
      write { bytes in
        appendLine(to: &bytes) { column, bytes, padding in
          cell = Array(columns[column].title.utf8)
          padding = widths[column] - PrintableText.width(cell)
          append(cell, column, padding, to: &bytes)
        }
      }
    }
    for row in 0..<cells.rowCount {
      write { bytes in
        appendLine(to: &bytes) { column, bytes, padding in
          if columns[column].alignment == .leading, shortening?.column != column {
            // The usual cell goes where it belongs at once.
            let start = bytes.count
            cells.append(row: row, column: column, to: &bytes)
            padding = widths[column] - PrintableText.width(bytes, from: start)
            return
          }
          cell.removeAll(keepingCapacity: true)
          cells.append(row: row, column: column, to: &cell)
          if let shortening, shortening.column == column { TableText.shorten(&cell, to: shortening.limit) }
          padding = widths[column] - PrintableText.width(cell)
          append(cell, column, padding, to: &bytes)
        }
      }
    }
  }

  /// Appends a cell, with its padding in front where it stands on the right.
  private func append(_ cell: [UInt8], _ column: Int, _ padding: Int, to bytes: inout [UInt8]) {
    if columns[column].alignment == .trailing { TableText.appendBlanks(padding, to: &bytes) }
    bytes.append(contentsOf: cell)
  }

  private func appendLine(
    to bytes: inout [UInt8], _ appendCell: (_ column: Int, inout [UInt8], _ padding: inout Int) -> Void
  ) {
    let line = bytes.count
    // Blanks are written only once something follows them.
    var blanks = 0
    for column in kept {
      TableText.appendBlanks(blanks, to: &bytes)
      var padding = 0
      appendCell(column, &bytes, &padding)
      blanks = gap + (columns[column].alignment == .leading ? padding : 0)
    }
    while bytes.count > line, bytes[bytes.count - 1] == UInt8(ascii: " ") { bytes.removeLast() }
    bytes.append(UInt8(ascii: "\n"))
  }
}
