/// A table of cells, fitted to a width: its columns are measured in one pass over the cells, and written in another.
struct TableLayout<Cells: TableCells> {
  private let cells: Cells
  private let columns: [ListingColumn]
  private let fit: TableFit
  private let showHeaders: Bool

  /// How many lines are handed over at once.
  private static var linesAtOnce: Int { 64 }

  /// - Parameters:
  ///   - columns: the columns wished for, those of the cells.
  ///   - cells: what stands in the table.
  ///   - width: the terminal's columns, nil for no limit: then nothing is dropped and nothing shortened.
  ///   - showHeaders: whether headings count and show.
  ///   - gap: blanks between columns.
  init(columns: [ListingColumn], cells: Cells, width: Int?, showHeaders: Bool, gap: Int = 2) {
    var widths = columns.map { showHeaders ? PrintableText.width($0.title) : 0 }
    var kept = Array(columns.indices)
    var shortening: (column: Int, limit: Int)?
    let isTrailing = columns.map { $0.alignment == .trailing }
    if let width {
      let haveAddresses = Self.measure(cells, &widths)
      func total() -> Int { kept.reduce(0) { $0 + widths[$1] } + gap * max(0, kept.count - 1) }
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
        widths[column] = max(
          showHeaders ? PrintableText.width(columns[column].title) : 0, Self.width(of: column, cells, limit))
      }
    } else {
      // Nothing stands behind the last column, so that its width matters only where it stands on the right.
      cells.widen(&widths, count: columns.count - (isTrailing.last == false ? 1 : 0))
    }
    self.cells = cells
    self.columns = columns
    self.showHeaders = showHeaders
    fit = TableFit(kept: kept, widths: widths, isTrailing: isTrailing, shortening: shortening, gap: gap)
  }

  /// Widens each column to its cells, and says which of them have IPv6 addresses.
  private static func measure(_ cells: Cells, _ widths: inout [Int]) -> [Bool] {
    var haveAddresses = widths.map { _ in false }
    var cell: [UInt8] = []
    for row in 0..<cells.rowCount {
      for column in widths.indices {
        cell.removeAll(keepingCapacity: true)
        cells.append(row: row, column: column, to: &cell)
        widths[column] = max(widths[column], PrintableText.width(cell))
        if !haveAddresses[column], TableText.isIPv6(cell) { haveAddresses[column] = true }
      }
    }
    return haveAddresses
  }

  /// The width of a column whose addresses are shortened.
  private static func width(of column: Int, _ cells: Cells, _ limit: Int) -> Int {
    var widest = 0
    var cell: [UInt8] = []
    for row in 0..<cells.rowCount {
      cell.removeAll(keepingCapacity: true)
      cells.append(row: row, column: column, to: &cell)
      TableText.shorten(&cell, to: limit)
      widest = max(widest, PrintableText.width(cell))
    }
    return widest
  }

  /// Hands the table's lines to `write`, some at once, each with its line break and without blanks before it.
  func write(_ write: ((inout [UInt8]) -> Void) -> Void) {
    if showHeaders {
      write { bytes in
        fit.appendLine(to: &bytes) { column, bytes, padding in
          let cell = Array(columns[column].title.utf8)
          padding = fit.widths[column] - PrintableText.width(cell)
          fit.append(cell, column, padding, to: &bytes)
        }
      }
    }
    for start in stride(from: 0, to: cells.rowCount, by: Self.linesAtOnce) {
      write { cells.appendLines(start..<min(start + Self.linesAtOnce, cells.rowCount), fit, to: &$0) }
    }
  }
}
