package import Listing
package import Model
package import Wire

/// Rows of a comparison in a format for programs: what `periplus diff -o` prints, and what the operator's API streams.
package struct DiffExport: RowExport {
  package enum Format: String, CaseIterable, Sendable {
    case json, ndjson, csv
  }

  private var stream: ListingStream
  /// Indices of the columns; none: all.
  private let chosen: [Int]

  /// - Parameters:
  ///   - format: how rows are written.
  ///   - columns: keys of the columns in their order; nil: all.
  ///   - showsHeaders: whether CSV begins with the keys.
  /// - Throws: `ListingError` for a column that there is not.
  package init(_ format: Format, columns: [String]?, showsHeaders: Bool) throws(ListingError) {
    let listing: ListingFormat =
      switch format {
      case .json: .json
      case .ndjson: .ndjson
      case .csv: .csv
      }
    let chosen = try ListingPrinter.choose(columns, of: DiffListing.columns, listing)
    guard
      let stream = ListingStream(chosen.map { DiffListing.columns[$0] }, listing, showHeaders: showsHeaders)
    else { preconditionFailure("every format for programs is written row by row") }
    self.stream = stream
    self.chosen = columns == nil ? [] : chosen
  }

  package func begin(_ bytes: inout [UInt8]) { stream.begin { $0(&bytes) } }

  package mutating func add(_ rows: [DiffRow], to bytes: inout [UInt8]) {
    var values: [ListingValue] = []
    for row in rows {
      DiffListing.append(row, to: &values)
      stream.add(chosen.isEmpty ? values : chosen.map { values[$0] }) { $0(&bytes) }
      values.removeAll(keepingCapacity: true)
    }
  }

  package func end(_ bytes: inout [UInt8], at time: Timestamp) { stream.end { $0(&bytes) } }
}
