/// Prints listings in every format.
package enum ListingPrinter {
  /// Writes `listing` in `format`, piece by piece, each piece ending in a line break.
  ///
  /// - Parameters:
  ///   - listing: what is printed.
  ///   - format: how.
  ///   - terminalWidth: the terminal's columns for `table`; nil where the output is no terminal, and nothing is dropped.
  ///   - showHeaders: whether `table`, `wide` and `csv` begin with headings.
  ///   - columns: keys of the columns to print, in this order; nil for the listing's own.
  ///   - write: takes each piece.
  /// - Throws: `ListingError` for a column that there is not, before anything is written.
  package static func print(
    _ listing: Listing, _ format: ListingFormat, terminalWidth: Int? = nil, showHeaders: Bool = true,
    columns: [String]? = nil, write: (String) -> Void
  ) throws(ListingError) {
    let chosen = try choose(columns, of: listing, format)
    let wanted = chosen.map { listing.columns[$0] }
    func values(_ row: [ListingValue]) -> [ListingValue] { chosen.map { $0 < row.count ? row[$0] : .absent } }
    switch format {
    case .table, .wide:
      let layout = TableLayout(
        columns: wanted, rows: listing.rows.map(values), width: format == .table ? terminalWidth : nil,
        showHeaders: showHeaders)
      for line in layout.lines { write(line + "\n") }
    case .json:
      write("[")
      for (index, row) in listing.rows.enumerated() {
        write((index > 0 ? ",\n" : "\n") + object(wanted, values(row)))
      }
      write(listing.rows.isEmpty ? "]\n" : "\n]\n")
    case .ndjson:
      for row in listing.rows { write(object(wanted, values(row)) + "\n") }
    case .csv:
      if showHeaders { write(CSVText.record(wanted.map(\.key))) }
      for row in listing.rows { write(CSVText.record(values(row).map(\.plainText))) }
    case .name:
      for row in listing.rows { write(PrintableText.escaped(values(row).first?.plainText ?? "") + "\n") }
    }
  }

  /// One row as a JSON object on one line, for output that streams.
  package static func object(_ columns: [ListingColumn], _ row: [ListingValue]) -> String {
    var text = ""
    let members = columns.enumerated().map { position, column in
      ListingValue.Member(column.key, position < row.count ? row[position] : .absent)
    }
    JSONText.append(members, to: &text)
    return text
  }

  private static func choose(_ keys: [String]?, of listing: Listing, _ format: ListingFormat) throws(ListingError)
    -> [Int]
  {
    guard let keys else {
      return listing.columns.indices.filter { format != .table || !listing.columns[$0].isWideOnly }
    }
    let known = listing.columns.map(\.key)
    let unknown = keys.filter { !known.contains($0) }
    guard unknown.isEmpty else { throw ListingError(unknownColumns: unknown, knownColumns: known) }
    return keys.compactMap { known.firstIndex(of: $0) }
  }
}
