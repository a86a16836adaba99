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

  func print(_ listing: Listing) throws {
    let keys = columns?.split(separator: ",").map(String.init)
    do {
      try ListingPrinter.print(
        listing, output, terminalWidth: StandardStream.output.terminalWidth, showHeaders: !noHeaders, columns: keys
      ) { StandardStream.output.write($0) }
    } catch {
      throw CommandFailure(error.description, status: .usage)
    }
  }
}
