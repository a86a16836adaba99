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
        if width != nil, !haveAddresses[column], Self.isIPv6(cell) { haveAddresses[column] = true }
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
          Self.shorten(&cell, to: limit)
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
    if showHeaders {
      write { bytes in
        appendLine(to: &bytes) { column, cell in cell += columns[column].title.utf8 }
      }
    }
    for row in 0..<cells.rowCount {
      write { bytes in
        appendLine(to: &bytes) { column, cell in
          let start = cell.count
          cells.append(row: row, column: column, to: &cell)
          guard let shortening, shortening.column == column else { return }
          var text = Array(cell[start...])
          Self.shorten(&text, to: shortening.limit)
          cell.replaceSubrange(start..., with: text)
        }
      }
    }
  }

  private func appendLine(to bytes: inout [UInt8], _ appendCell: (_ column: Int, inout [UInt8]) -> Void) {
    let line = bytes.count
    for (position, column) in kept.enumerated() {
      let start = bytes.count
      appendCell(column, &bytes)
      let padding = max(0, widths[column] - PrintableText.width(bytes[start...]))
      if columns[column].alignment == .trailing {
        bytes.insert(contentsOf: repeatElement(UInt8(ascii: " "), count: padding), at: start)
      } else if position + 1 < kept.count {
        bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: padding))
      }
      if position + 1 < kept.count { bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: gap)) }
    }
    while bytes.count > line, bytes.last == UInt8(ascii: " ") { bytes.removeLast() }
    bytes.append(UInt8(ascii: "\n"))
  }

  private static func isIPv6(_ cell: [UInt8]) -> Bool {
    let address = cell.prefix { $0 != UInt8(ascii: "%") && $0 != UInt8(ascii: "/") }
    return address.count { $0 == UInt8(ascii: ":") } >= 2
      && address.allSatisfy { octet in
        switch octet {
        case 0x30...0x39, 0x41...0x46, 0x61...0x66, 0x3a, 0x2e: true
        default: false
        }
      }
  }

  private static func shorten(_ cell: inout [UInt8], to limit: Int) {
    guard isIPv6(cell), cell.count > limit else { return }
    let head = (limit - 1) / 2
    cell = cell.prefix(head) + Array("\u{2026}".utf8) + cell.suffix(limit - 1 - head)
  }
}
