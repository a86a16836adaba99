internal import ArgumentParser
internal import FreePorts
internal import Glibc
internal import LinuxSystem
internal import Listing
internal import LocalSystem
internal import Model
internal import SocketInventory

/// `periplus-agent free-ports`: which ports can still be bound on this host, and why not the others.
struct ListFreePorts: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "free-ports",
    abstract: "Tells which ports can still be bound here, and why not the others.",
    discussion: """
      Each port that no socket uses is bound for a moment, without listening, and let go of: a program that wants it in \
      that moment meets it in use. A port that is used is judged by the sockets on it and not touched. Without --address: on \
      every address of the host, IPv4 and IPv6 together, as most servers bind.
      """)

  /// A protocol with ports to be bound.
  enum Transport: String, CaseIterable, ExpressibleByArgument {
    case tcp, udp
  }

  @Option(help: ArgumentHelp("Ports to look at: 8000-8100, or several, joined by commas.", valueName: "a-b"))
  var range: PortRangeArgument = PortRangeArgument(ports: .all)

  @Option(name: .customLong("proto"), help: "tcp or udp; both unless given.")
  var transport: Transport?

  @Option(
    help: ArgumentHelp(
      "Bind this address alone: 127.0.0.1, fe80::1%eth0; 0.0.0.0 is IPv4 alone, :: IPv6 alone.", valueName: "address"))
  var address: String?

  @Flag(help: "In the table, every port and range, free ones too, and nothing drawn together.")
  var all = false

  @Option(name: .customShort("o"), help: "table, wide, json, ndjson, csv or name (free ports alone).")
  var format: ListingFormat = .table

  @Flag(name: .customLong("no-headers"), help: "No headings in table and csv.")
  var noHeaders = false

  func run() throws {
    let place = try bindAddress()
    let transports = transport.map { [$0] } ?? Transport.allCases
    let survey: PortSurvey
    do throws(SystemError) {
      survey = try PortSurvey.take(
        transports.map { $0 == .tcp ? .tcp : .udp }, ports: range.ports, at: place)
    } catch {
      if error.errno == EADDRNOTAVAIL, let address {
        throw CommandFailure.failed("--address \(address) is no address of this host")
      }
      throw CommandFailure.failed("cannot look at the ports: \(error)")
    }
    let output = BufferedOutput()
    let write: ((inout [UInt8]) -> Void) -> Void = { output.write(appending: $0) }
    switch format {
    case .table, .wide:
      let table = FreePortTable(survey: survey, isWhole: all)
      for line in table.summary { output.write(line + "\n") }
      if !table.rows.isEmpty {
        output.write("\n")
        ListingPrinter.print(
          FreePortTable.columns, table.rows, format, terminalWidth: Terminal.width(), showHeaders: !noHeaders,
          write: write)
      }
    case .name:
      for span in survey.spans where span.finding.status == .free {
        output.write("\(span.transport.rawValue)/\(FreePortTable.text(span.ports))\n")
      }
    case .json, .ndjson, .csv:
      let listing = FreePortListing(survey: survey, address: address)
      ListingPrinter.print(
        FreePortListing.columns, survey.spans.lazy.map(listing.row), format, showHeaders: !noHeaders, write: write)
    }
    do { try output.finish() } catch { throw CommandFailure(error) }
    let hidden = survey.spans.count { $0.finding.sockets.contains { survey.isHidden($0) } }
    if hidden > 0 {
      CommandFailure.say(
        "\(hidden) ports in use without owner: \(ProcessOwnership.Reason.needsPrivilege.rawValue)")
    }
  }

  private func bindAddress() throws(CommandFailure) -> BindAddress {
    guard let text = address else { return .everywhere }
    let parts = text.split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false)
    guard let address = parts.first.flatMap({ IPAddress($0) })?.unmapped else {
      throw .usage("--address \(text): expected an IPv4 or IPv6 address")
    }
    let isScoped = address.family == .ipv6 && address.isLinkLocal
    guard parts.count == 2 else {
      if isScoped { throw .usage("--address \(text) is on one link: name its interface, \(text)%eth0") }
      return .address(address, interfaceIndex: 0)
    }
    let index = if_nametoindex(String(parts[1]))
    guard isScoped else { throw .usage("--address \(text): only a link-local IPv6 address has an interface") }
    guard index != 0 else { throw .usage("--address \(text): there is no interface \(parts[1])") }
    return .address(address, interfaceIndex: index)
  }
}

extension PortSurvey {
  /// Whether the owner of a socket, by its place, could not be read for want of privilege.
  func isHidden(_ place: Int) -> Bool { snapshot.rows[place].ownership == .unknown(reason: .needsPrivilege) }
}
