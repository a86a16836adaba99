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
    let chosen = try choose(columns, of: listing.columns, format)
    print(
      chosen.map { listing.columns[$0] },
      listing.rows.lazy.map { row in chosen.map { $0 < row.count ? row[$0] : .absent } }, format,
      terminalWidth: terminalWidth, showHeaders: showHeaders
    ) { append in
      var bytes: [UInt8] = []
      append(&bytes)
      write(String(decoding: bytes, as: UTF8.self))
    }
  }

  /// Writes rows of exactly these columns, each made when it is printed, so that a listing of any length costs no memory.
  /// `write` lets its argument append octets to the output: a piece ending in a line break.
  package static func print(
    _ columns: [ListingColumn], _ rows: some RandomAccessCollection<[ListingValue]>, _ format: ListingFormat,
    terminalWidth: Int? = nil, showHeaders: Bool = true, write: ((inout [UInt8]) -> Void) -> Void
  ) {
    switch format {
    case .table, .wide:
      printTable(
        columns, ListingCells(rows), terminalWidth: format == .table ? terminalWidth : nil, showHeaders: showHeaders,
        write: write)
    case .json, .ndjson, .csv, .name:
      guard var stream = ListingStream(columns, format, showHeaders: showHeaders) else { return }
      stream.begin(write)
      for row in rows { stream.add(row, write) }
      stream.end(write)
    }
  }

  /// Writes a table of cells that somebody else writes.
  package static func printTable(
    _ columns: [ListingColumn], _ cells: some TableCells, terminalWidth: Int?, showHeaders: Bool,
    write: ((inout [UInt8]) -> Void) -> Void
  ) {
    TableLayout(columns: columns, cells: cells, width: terminalWidth, showHeaders: showHeaders).write(write)
  }

  /// One row as a JSON object on one line, for output that streams.
  package static func object(_ columns: [ListingColumn], _ row: [ListingValue]) -> String {
    var bytes: [UInt8] = []
    JSONText.append(JSONText.beginnings(columns), row, to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Indices of the columns with these keys; without keys those that the format shows unasked.
  package static func choose(
    _ keys: [String]?, of columns: [ListingColumn], _ format: ListingFormat
  ) throws(ListingError) -> [Int] {
    guard let keys else {
      return columns.indices.filter { format != .table || !columns[$0].isWideOnly }
    }
    let known = columns.map(\.key)
    let unknown = keys.filter { !known.contains($0) }
    guard unknown.isEmpty else { throw ListingError(unknownColumns: unknown, knownColumns: known) }
    return keys.compactMap { known.firstIndex(of: $0) }
  }
}
