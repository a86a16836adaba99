/// Cells of a table, fitted to a width.
struct TableLayout {
  private let columns: [ListingColumn]
  private let cells: [[String]]
  private let widths: [Int]

  private let gap: Int

  /// - Parameters:
  ///   - columns: the columns wished for.
  ///   - rows: values in the columns' order.
  ///   - width: the terminal's columns, nil for no limit: then nothing is dropped and nothing shortened.
  ///   - showHeaders: whether headings count and show.
  ///   - gap: blanks between columns.
  init(columns: [ListingColumn], rows: [[ListingValue]], width: Int?, showHeaders: Bool, gap: Int = 2) {
    var kept = Array(columns.indices)
    var cells = rows.map { row in
      columns.indices.map { $0 < row.count ? PrintableText.escaped(row[$0].plainText) : "" }
    }
    if showHeaders { cells.insert(columns.map(\.title), at: 0) }
    var widths = columns.indices.map { column in cells.reduce(0) { max($0, PrintableText.width($1[column])) } }
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
      if total() > width {
        let excess = total() - width
        let addresses = kept.filter { column in cells.contains { Self.isIPv6($0[column]) } }
        if let column = addresses.max(by: { widths[$0] < widths[$1] }) {
          let limit = max(15, widths[column] - excess)
          for row in cells.indices where Self.isIPv6(cells[row][column]) {
            cells[row][column] = Self.shortened(cells[row][column], to: limit)
          }
          widths[column] = cells.reduce(0) { max($0, PrintableText.width($1[column])) }
        }
      }
    }
    self.gap = gap
    self.columns = kept.map { columns[$0] }
    self.cells = cells.map { row in kept.map { row[$0] } }
    self.widths = kept.map { widths[$0] }
  }

  /// The table, a line for each row, without blanks at the ends.
  var lines: [String] {
    cells.map { row in
      var line = ""
      for (position, cell) in row.enumerated() {
        let padding = String(repeating: " ", count: max(0, widths[position] - PrintableText.width(cell)))
        line += columns[position].alignment == .trailing ? padding + cell : cell + padding
        if position + 1 < row.count { line += String(repeating: " ", count: gap) }
      }
      while line.last == " " { line.removeLast() }
      return line
    }
  }

  private static func isIPv6(_ cell: String) -> Bool {
    let address = cell.prefix { $0 != "%" && $0 != "/" }
    return address.count { $0 == ":" } >= 2 && address.allSatisfy { $0.isHexDigit || $0 == ":" || $0 == "." }
  }

  private static func shortened(_ address: String, to limit: Int) -> String {
    guard address.count > limit else { return address }
    let head = (limit - 1) / 2
    return address.prefix(head) + "\u{2026}" + address.suffix(limit - 1 - head)
  }
}
