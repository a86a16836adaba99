internal import ArgumentParser
internal import Listing
internal import LocalSystem
internal import Model

/// `periplus-agent ports SPEC`: one protocol/port a line.
struct PortsList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "Lists the ports that an expression stands for.")

  @Argument(help: "Ports as for -p: 22,80-90,T:443,U:53, http*, sql, top-100, or - for all.")
  var spec: String?

  @Flag(name: .customShort("F"), help: "The 100 TCP ports found most often.")
  var fast = false

  @Option(name: .customLong("top-ports"), help: "The ports found most often, this many.")
  var topPorts: Int?

  @Option(name: .customLong("exclude-ports"), help: ArgumentHelp("Leave these ports out.", valueName: "spec"))
  var excludePorts: String?

  @Flag(name: .customLong("count"), help: "Print how many ports there are, and no port.")
  var count = false

  @Option(name: .customShort("o"), help: "table, wide, json, ndjson, csv or name; tcp/80 a line where nothing is said.")
  var format: ListingFormat?

  @Flag(name: .customLong("no-headers"), help: "No headings in table and csv.")
  var noHeaders = false

  func run() throws {
    guard spec != nil || fast || topPorts != nil else {
      throw CommandFailure.usage("no port: give an expression such as 22,80-90, or -F, or --top-ports 100")
    }
    let names = SystemServices.load()
    let request = PortRequest(spec: spec, isFast: fast, top: topPorts, excluded: excludePorts)
    let selection = try request.selection(names: names)
    let output = BufferedOutput()
    if count {
      output.write("\(selection.count + ipProtocols(selection).count)\n")
    } else if let format {
      try ListingPrinter.print(
        listing(selection, names), format, terminalWidth: Terminal.width(), showHeaders: !noHeaders
      ) { output.write($0) }
    } else {
      for index in 0..<selection.count { output.write("\(selection.endpoint(at: index))\n") }
      for number in ipProtocols(selection) { output.write("ip/\(number)\n") }
    }
    do { try output.finish() } catch { throw CommandFailure(error) }
  }

  private func ipProtocols(_ selection: PortSelection) -> [UInt8] { Array(selection.ipProtocols.runs.joined()) }

  private func listing(_ selection: PortSelection, _ names: ServiceNames) -> Listing {
    var listing = Listing(columns: [
      ListingColumn("endpoint", title: "ENDPOINT"),
      ListingColumn("protocol", title: "PROTOCOL", isWideOnly: true),
      ListingColumn("port", title: "PORT", alignment: .trailing, isWideOnly: true),
      ListingColumn("service", title: "SERVICE", dropPriority: 2),
      ListingColumn("class", title: "CLASS", dropPriority: 1),
    ])
    for index in 0..<selection.count {
      let endpoint = selection.endpoint(at: index)
      listing.rows.append([
        .text(endpoint.description), .text(endpoint.transport.rawValue), .integer(Int64(endpoint.port.rawValue)),
        .text(ifPresent: names.name(of: endpoint)), .text(endpoint.port.portClass.rawValue),
      ])
    }
    for number in ipProtocols(selection) {
      listing.rows.append([.text("ip/\(number)"), .text("ip"), .integer(Int64(number))])
    }
    return listing
  }
}
