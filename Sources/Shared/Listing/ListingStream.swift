/// A listing printed row by row, before its last row is known; for every format but tables, which measure all rows first.
package struct ListingStream {
  private let columns: [ListingColumn]
  private let format: ListingFormat
  private let showHeaders: Bool
  /// Of the rows' objects.
  private let beginnings: [[UInt8]]
  private var isEmpty = true

  /// Nil for a format that cannot be printed so.
  package init?(_ columns: [ListingColumn], _ format: ListingFormat, showHeaders: Bool = true) {
    guard format != .table, format != .wide else { return nil }
    self.columns = columns
    self.format = format
    self.showHeaders = showHeaders
    beginnings = JSONText.beginnings(columns)
  }

  /// Writes what stands before the first row. `write` lets its argument append octets to the output.
  package func begin(_ write: ((inout [UInt8]) -> Void) -> Void) {
    switch format {
    case .json: write { $0.append(UInt8(ascii: "[")) }
    case .csv where showHeaders: write { $0 += CSVText.record(columns.map(\.key)).utf8 }
    case .csv, .ndjson, .name, .table, .wide: break
    }
  }

  /// Writes a row of exactly these columns, as a piece that ends in a line break.
  package mutating func add(_ row: [ListingValue], _ write: ((inout [UInt8]) -> Void) -> Void) {
    switch format {
    case .json:
      write { bytes in
        bytes += (isEmpty ? "\n" : ",\n").utf8
        JSONText.append(beginnings, row, to: &bytes)
      }
    case .ndjson:
      write { bytes in
        JSONText.append(beginnings, row, to: &bytes)
        bytes.append(UInt8(ascii: "\n"))
      }
    case .csv: write { CSVText.append(row, to: &$0) }
    case .name:
      write { bytes in
        PrintableText.append(row.first?.plainText ?? "", to: &bytes)
        bytes.append(UInt8(ascii: "\n"))
      }
    case .table, .wide: break
    }
    isEmpty = false
  }

  /// Writes what stands after the last row.
  package func end(_ write: ((inout [UInt8]) -> Void) -> Void) {
    if format == .json { write { $0 += (isEmpty ? "]\n" : "\n]\n").utf8 } }
  }
}
