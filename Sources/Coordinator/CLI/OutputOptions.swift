internal import ArgumentParser
internal import Curl
internal import Listing
internal import LocalSystem
internal import Model

/// How a listing is printed.
struct OutputOptions: ParsableArguments {
  @Option(name: .shortAndLong, help: "table, wide, json, ndjson, csv, name or md; ports also nmap (its XML).")
  var output: OutputFormat = .table

  @Option(help: "Columns to print, joined by commas.")
  var columns: String?

  // A minus begins the value, not an option.
  @Option(
    parsing: .unconditional,
    help:
      "Fields to sort by, joined by commas, a minus before those of which the greatest goes first: lastSeen or -openPorts,address."
  )
  var sort: String?

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

  /// In the order that is asked for; with a limit the first of all rows. Throws a `CommandFailure` for a column or a field that
  /// there is not, for a format that this listing has not, and for output that cannot be written.
  func print(_ listing: Listing, limit: Int? = nil) throws {
    guard let sort else { return try printAsIs(listing) }
    var rows = try SortedRows<[ListingValue]>(ListingOrder(sort, of: listing.columns), limit: limit)
    for row in listing.rows { try rows.add(row, row) }
    try printAsIs(Listing(columns: listing.columns, rows: rows.finish()))
  }

  /// Prints a list as it is read: as many rows as the limit allows, or in the order that is asked for the first of all. Returns since
  /// when the history is whole, where something of it was purged.
  ///
  /// - Throws: a `CommandFailure`, and what reading throws.
  @discardableResult
  func printRows<Row: Codable & Sendable>(
    _ client: CoordinatorClient, _ path: String, query: [(name: String, value: String)] = [], limit: Int?,
    sortedLimit: Int?, by sorted: (([Row]) -> Listing)? = nil, _ listing: ([Row]) -> Listing
  ) async throws -> Timestamp? {
    guard let sort else {
      var rows: [Row] = []
      let since = try await PageReading.eachPage(client, path, query: query, limit: limit) { rows += $0 }
      try printAsIs(listing(rows))
      return since
    }
    var rows = try SortedRows<Row>(
      ListingOrder(sort, of: (sorted?([]) ?? listing([])).columns), limit: sortedLimit)
    // Before anything is read: a column that there is not.
    try check(listing([]))
    let since = try await PageReading.eachPage(client, path, query: query) { (page: [Row]) in
      for (row, cells) in zip(page, (sorted?(page) ?? listing(page)).rows) { try rows.add(row, cells) }
    }
    try printAsIs(listing(rows.finish()))
    return since
  }

  /// Throws a `CommandFailure` for columns that the listing has not, before it has rows.
  func check(_ listing: Listing) throws {
    do {
      _ = try ListingPrinter.choose(keys, of: listing.columns, output.listing ?? .table)
    } catch {
      throw CommandFailure(error)
    }
  }

  /// In the order in which the rows are.
  func printAsIs(_ listing: Listing) throws {
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

  /// A secret is told this once: throws a `CommandFailure` that says what to do where it could not be written.
  static func printSecret(_ secret: String, again: String) throws {
    let stream = BufferedOutput()
    stream.write(secret + "\n")
    do {
      try stream.finish()
    } catch {
      throw CommandFailure("\(error.description); the secret is lost: \(again)")
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
