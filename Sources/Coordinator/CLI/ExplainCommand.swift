internal import ArgumentParser
internal import Curl
internal import Listing
internal import Model
internal import Wire

struct ExplainCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract:
      "All that is known of one endpoint: who saw what, when and from where, who owns it, and why this verdict.",
    discussion: "Without a port, what is known of the host: whether it is up, gone or down, and who looked when.")
  @Argument(
    help: "HOST, HOST:PORT or HOST:PORT/PROTO; an IPv6 address in brackets. Before it, SITE/ if there are several.")
  var endpoint: String
  @Option(help: "As it was observed by this time: 7d (ago), 2026-01-31, RFC 3339.") var asOf: String?
  @Option(help: "What this zone saw, and nothing of what others did.") var zone: String?
  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var output: OutputOptions

  func run() async throws {
    if let host = Self.host(endpoint) { return try await explain(host.address, site: host.site) }
    let place = try Self.place(endpoint)
    var query: [(name: String, value: String)] = [
      ("address", place.address.description), ("port", place.key.port.description),
      ("protocol", place.key.transport.rawValue),
    ]
    if let site = place.site { query.append(("site", site)) }
    if let asOf { query.append(("asOf", asOf)) }
    if let zone { query.append(("zone", zone)) }
    let page: Page<ExplanationRow> = try await connection.client().get(
      OperatorAPI.basePath + "/explain", query: query)
    try output.print(
      ExplanationListing.listing(page.rows, isForMachines: output.isForMachines))
    HistoryBeginning.tell(page.historySince)
  }

  private func explain(_ host: IPAddress, site: String?) async throws {
    var query: [(name: String, value: String)] = [("address", host.description)]
    if let site { query.append(("site", site)) }
    if let asOf { query.append(("asOf", asOf)) }
    if let zone { query.append(("zone", zone)) }
    let page: Page<HostExplanationRow> = try await connection.client().get(
      OperatorAPI.basePath + "/explain/host", query: query)
    try output.print(HostExplanationListing.listing(page.rows, isForMachines: output.isForMachines))
    HistoryBeginning.tell(page.historySince)
  }

  /// Nil: more than an address stands there.
  static func host(_ text: String) -> (site: String?, address: IPAddress)? {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count <= 2, var host = parts.last else { return nil }
    // Without brackets the end of an IPv6 address cannot be told from a port.
    if host.first == "[", host.last == "]" {
      host = host.dropFirst().dropLast()
    } else if host.contains(":") {
      return nil
    }
    return IPAddress(host).map { (parts.count == 2 ? String(parts[0]) : nil, $0) }
  }

  /// Throws a `CommandFailure` that says what is expected.
  static func place(_ text: String) throws -> (site: String?, address: IPAddress, key: ProtocolPort) {
    let failure = CommandFailure(
      "\"\(text)\": expected HOST, HOST:PORT or HOST:PORT/PROTO, such as 10.0.0.5:443 or [fe80::1]:53/udp",
      status: .usage)
    var rest = text[...]
    var transport = TransportProtocol.tcp
    if let slash = rest.lastIndex(of: "/"),
      let named = TransportProtocol(rawValue: rest[rest.index(after: slash)...].lowercased())
    {
      transport = named
      rest = rest[..<slash]
    }
    var site: String?
    if let slash = rest.firstIndex(of: "/") {
      site = String(rest[..<slash])
      rest = rest[rest.index(after: slash)...]
    }
    guard let colon = rest.lastIndex(of: ":"), let port = UInt16(rest[rest.index(after: colon)...]) else {
      throw failure
    }
    var host = rest[..<colon]
    if host.first == "[", host.last == "]" {
      host = host.dropFirst().dropLast()
    } else if host.contains(":") {
      throw failure
    }
    guard let address = IPAddress(host) else { throw failure }
    return (site, address, ProtocolPort(transport, Port(port)))
  }
}
