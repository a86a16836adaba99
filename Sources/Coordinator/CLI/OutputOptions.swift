internal import ArgumentParser
internal import Listing
internal import LocalSystem

/// How a listing is printed.
struct OutputOptions: ParsableArguments {
  @Option(name: .shortAndLong, help: "table, wide, json, ndjson, csv, name or md; ports also nmap (its XML).")
  var output: OutputFormat = .table

  @Option(help: "Columns to print, joined by commas.")
  var columns: String?

  @Flag(help: "Leave out the headings.")
  var noHeaders = false

  /// Whether programs read the output: then the keys are the stable ones and nothing is shortened.
  var isForMachines: Bool {
    switch output {
    case .json, .ndjson, .csv, .nmap: true
    case .table, .wide, .name, .markdown: false
    }
  }

  var keys: [String]? { columns?.split(separator: ",").map(String.init) }

  /// Throws a `CommandFailure` for a column that there is not, for a format that this listing has not, and for output that
  /// cannot be written.
  func print(_ listing: Listing) throws {
    if output == .markdown { return try printMarkdown(listing) }
    guard let format = output.listing else {
      throw CommandFailure("-o \(output.rawValue): only ports have this format", status: .usage)
    }
    try Self.print(listing, format, columns: keys, showsHeaders: !noHeaders)
  }

  static func print(
    _ listing: Listing, _ format: ListingFormat = .table, columns: [String]? = nil, showsHeaders: Bool = true
  ) throws {
    try write { stream in
      try ListingPrinter.print(
        listing, format, terminalWidth: StandardStream.output.terminalWidth, showHeaders: showsHeaders, columns: columns
      ) { stream.write($0) }
    }
  }

  /// The columns of a table, whatever their width.
  private func printMarkdown(_ listing: Listing) throws {
    try Self.write { stream in
      let chosen = try ListingPrinter.choose(keys, of: listing.columns, .table)
      stream.write(MarkdownText.heading(chosen.map { listing.columns[$0] }))
      for row in listing.rows {
        stream.write(MarkdownText.row(chosen.map { $0 < row.count ? row[$0] : .absent }))
      }
    }
  }

  private static func write(_ body: (BufferedOutput) throws -> Void) throws {
    let stream = BufferedOutput()
    do {
      try body(stream)
    } catch let error as ListingError {
      throw CommandFailure(error)
    }
    do {
      try stream.finish()
    } catch {
      throw CommandFailure(error.description)
    }
  }
}

extension CommandFailure {
  init(_ error: ListingError) { self.init(error.description, status: .usage) }
}
