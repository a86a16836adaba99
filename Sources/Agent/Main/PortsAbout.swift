internal import ArgumentParser
internal import Listing
internal import LocalSystem
internal import Model

/// `periplus-agent ports about 445`: service, class, whether it can be bound here, and known abuse.
struct PortsAbout: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "about",
    abstract: "Tells what a port is: its service, its class, whether it is free here, known abuse.")

  @Argument(help: "A port: 445, tcp/445, U:53, https; or a few.")
  var port: String

  @Option(name: .customShort("o"), help: "table, wide, json, ndjson, csv or name.")
  var format: ListingFormat = .table

  @Flag(name: .customLong("no-headers"), help: "No headings in csv.")
  var noHeaders = false

  /// Each is bound for a moment and told in several lines: more is a listing.
  private static let maximumCount = 64

  func run() throws {
    let names = SystemServices.load()
    let endpoints = try endpoints(names)
    let output = BufferedOutput()
    if format == .table || format == .wide {
      for endpoint in endpoints { output.write(paragraph(endpoint, names)) }
    } else {
      let listing = Listing(columns: Self.columns, rows: endpoints.map { row($0, names) })
      try ListingPrinter.print(listing, format, showHeaders: !noHeaders) { output.write($0) }
    }
    do { try output.finish() } catch { throw CommandFailure(error) }
  }

  private func endpoints(_ names: ServiceNames) throws(CommandFailure) -> [ProtocolPort] {
    if let endpoint = ProtocolPort(port) { return [endpoint] }
    let request = PortRequest(spec: port, activeProtocols: [.tcp, .udp])
    let selection = try request.selection(names: names)
    guard selection.count > 0 else { throw .usage("ports \"\(port)\": IP protocols are no ports") }
    guard selection.count <= Self.maximumCount else {
      throw .usage("ports \"\(port)\": these are \(selection.count); about takes at most \(Self.maximumCount)")
    }
    return (0..<selection.count).map { selection.endpoint(at: $0) }
  }

  private func paragraph(_ endpoint: ProtocolPort, _ names: ServiceNames) -> String {
    let finding = LocalPorts.bindable(endpoint)
    var lines = [
      "\(endpoint)",
      "  service   \(names.name(of: endpoint) ?? "none is known")",
      "  class     \(endpoint.port.portClass.rawValue)",
      "  bindable  \(finding.obstacle.map { "no: \($0.rawValue)" } ?? "yes")\(remarks(finding))",
    ]
    let advice = PortAdvice.about(endpoint)
    if advice.isEmpty { lines.append("  abuse     none is known to us") }
    for entry in advice {
      lines.append("  abuse     \(entry.abuse)")
      lines.append("            (\(entry.sources.joined(separator: "; ")))")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func remarks(_ finding: LocalPorts.Finding) -> String {
    if finding.isReserved { return ", reserved (ip_local_reserved_ports)" }
    return finding.isEphemeral ? ", ephemeral (ip_local_port_range): an outgoing connection may take it" : ""
  }

  private static let columns = [
    ListingColumn("endpoint", title: "ENDPOINT"),
    ListingColumn("protocol", title: "PROTOCOL"),
    ListingColumn("port", title: "PORT", alignment: .trailing),
    ListingColumn("service", title: "SERVICE"),
    ListingColumn("class", title: "CLASS"),
    ListingColumn("bindable", title: "BINDABLE"),
    ListingColumn("obstacle", title: "OBSTACLE"),
    ListingColumn("ephemeral", title: "EPHEMERAL"),
    ListingColumn("reserved", title: "RESERVED"),
    ListingColumn("abuse", title: "ABUSE"),
  ]

  private func row(_ endpoint: ProtocolPort, _ names: ServiceNames) -> [ListingValue] {
    let finding = LocalPorts.bindable(endpoint)
    return [
      .text(endpoint.description), .text(endpoint.transport.rawValue), .integer(Int64(endpoint.port.rawValue)),
      .text(ifPresent: names.name(of: endpoint)), .text(endpoint.port.portClass.rawValue),
      .boolean(finding.obstacle == nil), .text(ifPresent: finding.obstacle?.rawValue), .boolean(finding.isEphemeral),
      .boolean(finding.isReserved),
      .list(
        PortAdvice.about(endpoint).map { advice in
          .object(["text": .text(advice.abuse), "sources": .list(advice.sources.map { .text($0) })])
        }),
    ]
  }
}
