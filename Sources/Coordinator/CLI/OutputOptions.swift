internal import ArgumentParser
internal import Listing
internal import LocalSystem

extension ListingFormat: ExpressibleByArgument {}

/// How a listing is printed.
struct OutputOptions: ParsableArguments {
  @Option(name: .shortAndLong, help: "table, wide, json, ndjson, csv or name.")
  var output: ListingFormat = .table

  @Option(help: "Columns to print, joined by commas.")
  var columns: String?

  @Flag(help: "Leave out the headings.")
  var noHeaders = false

  /// Whether programs read the output: then the keys are the stable ones and nothing is shortened.
  var isForMachines: Bool { output != .table && output != .wide && output != .name }

  /// Throws a `CommandFailure` for a column that there is not, and for output that cannot be written.
  func print(_ listing: Listing) throws {
    try Self.print(
      listing, output, columns: columns?.split(separator: ",").map(String.init), showsHeaders: !noHeaders)
  }

  static func print(
    _ listing: Listing, _ format: ListingFormat = .table, columns: [String]? = nil, showsHeaders: Bool = true
  ) throws {
    let stream = BufferedOutput()
    do {
      try ListingPrinter.print(
        listing, format, terminalWidth: StandardStream.output.terminalWidth, showHeaders: showsHeaders, columns: columns
      ) { stream.write($0) }
    } catch {
      throw CommandFailure(error.description, status: .usage)
    }
    do {
      try stream.finish()
    } catch {
      throw CommandFailure(error.description)
    }
  }
}
