internal import ArgumentParser
internal import Listing
internal import LocalSystem
internal import Model

/// `periplus-agent targets`: what a target expression stands for, one address a line.
struct Targets: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Lists the addresses that targets stand for, without sending anything.",
    discussion: """
      Order: IPv4 ascending, then IPv6, then addresses on a named interface. Each address comes once. Nothing is held \
      in memory but ranges, so that any network can be listed.
      """)

  @OptionGroup var targetOptions: TargetOptions

  @Flag(name: .customLong("count"), help: "Print how many addresses there are, and no address.")
  var count = false

  @Option(name: .customShort("o"), help: "table, json, ndjson, csv or name; an address a line where nothing is said.")
  var format: ListingFormat?

  @Flag(name: .customLong("no-headers"), help: "No headings in table and csv.")
  var noHeaders = false

  private static let columns = [
    ListingColumn("address", title: "ADDRESS"),
    ListingColumn("interface", title: "INTERFACE"),
  ]

  func run() throws {
    let set = try targetOptions.addresses()
    let space: TargetSpace
    do { space = try TargetSpace(set) } catch {
      throw CommandFailure.usage(error.description)
    }
    let output = BufferedOutput()
    if count {
      output.write("\(space.count)\n")
    } else {
      write(space, to: output)
    }
    do { try output.finish() } catch { throw CommandFailure(error) }
    if space.count == 0 { throw CommandFailure.failed("the exclusions leave no address") }
  }

  private func write(_ space: TargetSpace, to output: BufferedOutput) {
    switch format {
    case .csv where !noHeaders: output.write(CSVText.record(Self.columns.map(\.key)))
    case .table where !noHeaders, .wide where !noHeaders: output.write(Self.columns[0].title + "\n")
    case .json: output.write("[")
    default: break
    }
    var isFirst = true
    // Ranges are all that is held; the loop ends where the reader went away.
    for range in space.ranges(in: 0..<space.count) {
      var offset: UInt128 = 0
      let first = range.addresses.first
      while offset <= range.addresses.span, output.failure == nil {
        let address = IPAddress(family: first.family, value: first.value + offset)
        write(HostAddress(address, interface: range.interface), isFirst: isFirst, to: output)
        isFirst = false
        offset += 1
      }
    }
    if format == .json { output.write(isFirst ? "]\n" : "\n]\n") }
  }

  private func write(_ host: HostAddress, isFirst: Bool, to output: BufferedOutput) {
    var row: [ListingValue] { [.text(host.address.description), .text(ifPresent: host.interface)] }
    switch format {
    case nil, .table, .wide, .name:
      output.write { bytes in
        host.address.append(to: &bytes)
        if let interface = host.interface { bytes.append(contentsOf: "%\(interface)".utf8) }
        bytes.append(UInt8(ascii: "\n"))
      }
    case .json: output.write((isFirst ? "\n" : ",\n") + ListingPrinter.object(Self.columns, row))
    case .ndjson: output.write(ListingPrinter.object(Self.columns, row) + "\n")
    case .csv: output.write(CSVText.record(row.map(\.plainText)))
    }
  }
}
