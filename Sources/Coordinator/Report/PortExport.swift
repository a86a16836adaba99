package import Listing
package import Model
package import Wire

/// Merged rows in a format for programs, octets as they come: what `periplus ports -o` prints, and what the operator's API streams.
package struct PortExport: RowExport {
  package enum Format: String, CaseIterable, Sendable {
    case json, ndjson, csv
    /// nmap's XML.
    case nmap
  }

  private enum Writer {
    case listing(ListingStream, chosen: [Int])
    case nmap(NmapChart)
  }

  private var writer: Writer

  /// - Parameters:
  ///   - format: how rows are written.
  ///   - columns: keys of the columns in their order; nil: all. nmap's XML has none to choose.
  ///   - showsHeaders: whether CSV begins with the keys.
  ///   - version: this program's, for nmap's XML.
  ///   - command: the command as it was typed, for nmap's XML.
  ///   - time: when the chart was asked.
  /// - Throws: `ListingError` for a column that there is not.
  package init(
    _ format: Format, columns: [String]?, showsHeaders: Bool, version: String, command: String, at time: Timestamp
  ) throws(ListingError) {
    let all = PortListing.listing([], isForMachines: true).columns
    let listing: ListingFormat
    switch format {
    case .json: listing = .json
    case .ndjson: listing = .ndjson
    case .csv: listing = .csv
    case .nmap:
      writer = .nmap(NmapChart(version: version, command: command, at: time))
      return
    }
    let chosen = try ListingPrinter.choose(columns, of: all, listing)
    guard let stream = ListingStream(chosen.map { all[$0] }, listing, showHeaders: showsHeaders) else {
      preconditionFailure("every format for programs is written row by row")
    }
    writer = .listing(stream, chosen: columns == nil ? [] : chosen)
  }

  package mutating func begin(_ bytes: inout [UInt8]) {
    switch writer {
    case .listing(let stream, _): stream.begin { $0(&bytes) }
    case .nmap(let chart): bytes += chart.begin().utf8
    }
  }

  /// Appends rows, which follow those of before in the list's order.
  package mutating func add(_ rows: [PortRow], to bytes: inout [UInt8]) {
    switch writer {
    case .listing(var stream, let chosen):
      var values: [ListingValue] = []
      for row in rows {
        PortListing.append(row, to: &values)
        stream.add(chosen.isEmpty ? values : chosen.map { values[$0] }) { $0(&bytes) }
        values.removeAll(keepingCapacity: true)
      }
      writer = .listing(stream, chosen: chosen)
    case .nmap(var chart):
      chart.add(rows, to: &bytes)
      writer = .nmap(chart)
    }
  }

  package mutating func end(_ bytes: inout [UInt8], at time: Timestamp) {
    switch writer {
    case .listing(let stream, _): stream.end { $0(&bytes) }
    case .nmap(var chart): bytes += chart.end(at: time).utf8
    }
  }
}
