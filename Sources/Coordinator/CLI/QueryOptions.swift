internal import ArgumentParser
internal import Curl
internal import Listing
internal import LocalSystem
internal import Model
internal import Report
internal import Wire

/// What a question about the chart takes.
struct QueryOptions: ParsableArguments {
  @Argument(
    help: "A query: port:443 net:10.0.0.0/8 proc:nginx not verdict:exposed seen:7d (port:80 or port:8080) …")
  var terms: [String] = []
  @Option(help: "As it was observed by this time: 7d (ago), 2026-01-31, RFC 3339.") var asOf: String?
  @Option(help: "At most so many rows.") var limit: Int?
  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var output: OutputOptions

  /// Prints the rows of a list, in pieces where the format allows it: what was read is printed before the rest is asked for.
  /// Tables are measured first and need all rows.
  ///
  /// Returns since when the history is whole, where the list is of the past and something of it was purged.
  ///
  /// - Throws: a `CommandFailure`, and what reading throws.
  @discardableResult
  func print<Row: Codable & Sendable>(
    _ path: String, asking more: [(name: String, value: String)] = [], _ listing: ([Row]) -> Listing
  ) async throws -> Timestamp? {
    if output.sort != nil { return try await printSorted(path, asking: more, listing) }
    if let format = output.output.listing, let columns = try columns(listing, format),
      var stream = ListingStream(
        columns.chosen.map { columns.all[$0] }, format, showHeaders: !output.noHeaders)
    {
      let standardOutput = BufferedOutput()
      let write = { (append: (inout [UInt8]) -> Void) in standardOutput.write(appending: append) }
      stream.begin(write)
      let since = try await eachPage(path, asking: more, to: standardOutput) { rows in
        for row in listing(rows).rows {
          stream.add(columns.chosen.map { $0 < row.count ? row[$0] : .absent }, write)
        }
      }
      stream.end(write)
      try ExportPrinting.finish(standardOutput)
      return since
    }
    var rows: [Row] = []
    let since = try await PageReading.eachPage(
      connection.client(), path, query: parameters + more, limit: try checkedLimit()
    ) {
      rows += $0
    }
    try output.print(listing(rows))
    return since
  }

  /// Prints endpoints in a format for programs as the coordinator writes it, octet by octet.
  func printExport(_ path: String, _ format: PortExport.Format) async throws {
    // A column that there is not is told before anybody is asked.
    if format != .nmap, let listing = output.output.listing {
      _ = try columns({ PortListing.listing($0, isForMachines: true) }, listing)
    }
    // The past looks at endpoints one by one, and may look for long before one fits.
    try await ExportPrinting.print(
      connection.client(), path,
      query: parameters
        + output.exportParameters(format.rawValue, limit: try checkedLimit(), hasColumns: format != .nmap),
      silence: asOf == nil ? .seconds(120) : .seconds(3_600))
  }

  /// Prints counts; they are no pages: the most first, at most a page of them.
  func printCounts(_ path: String, by field: String) async throws {
    // In another order the first may be among the rarest.
    let wanted = output.sort == nil ? try checkedLimit() : nil
    let page = try await CountReading.counts(
      connection.client(), path, by: field, query: parameters,
      limit: min(wanted ?? WireLimits.pageRows, WireLimits.pageRows))
    if let at = page.countedAt {
      StandardStream.error.print("counted at \(at), the last time before: counts of the past are kept once a day")
    }
    guard let sort = output.sort else {
      return try output.printAsIs(
        CountListing.listing(page.rows, at: page.countedAt, by: field, isForMachines: output.isForMachines))
    }
    guard page.rows.count < WireLimits.pageRows else {
      throw CommandFailure(
        "--sort: \(WireLimits.pageRows) or more counts, of which only the greatest are told; narrow the query")
    }
    let cells = CountListing.listing(page.rows, at: page.countedAt, by: field, isForMachines: true)
    var rows = try SortedRows<CountRow>(ListingOrder(sort, of: cells.columns), limit: try checkedLimit())
    for (row, values) in zip(page.rows, cells.rows) { try rows.add(row, values) }
    try output.printAsIs(
      CountListing.listing(
        rows.finish(), at: page.countedAt, by: field, isForMachines: output.isForMachines))
  }

  var parameters: [(name: String, value: String)] {
    [("query", terms.joined(separator: " "))] + (asOf.map { [("asOf", $0)] } ?? [])
  }

  func checkedLimit() throws -> Int? {
    if let limit, limit < 1 { throw CommandFailure("--limit: expected a positive number", status: .usage) }
    return limit
  }

  /// A listing's columns without rows, and which of them are printed; nil for tables.
  private func columns<Row>(
    _ listing: ([Row]) -> Listing, _ format: ListingFormat
  ) throws -> (all: [ListingColumn], chosen: [Int])? {
    let columns = listing([]).columns
    do {
      return (columns, try ListingPrinter.choose(output.keys, of: columns, format))
    } catch {
      throw CommandFailure(error)
    }
  }

  /// Every page is written whole before the next one is printed, so that a reader sees it; reading ends with the first failure.
  private func eachPage<Row: Codable & Sendable>(
    _ path: String, asking more: [(name: String, value: String)] = [], to standardOutput: BufferedOutput,
    _ body: ([Row]) -> Void
  ) async throws -> Timestamp? {
    try await PageReading.eachPage(
      connection.client(), path, query: parameters + more, limit: try checkedLimit()
    ) { rows in
      body(rows)
      standardOutput.flush()
      if let failure = standardOutput.failure { throw CommandFailure(failure.description) }
    }
  }
}
