internal import ArgumentParser
internal import LinuxSystem
internal import Listing
internal import LocalSystem
internal import Model
internal import SocketInventory

/// `periplus-agent sockets`: the TCP and UDP sockets of this host and who holds them, in the manner of ss.
struct Sockets: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Lists this host's TCP and UDP sockets, with their processes.",
    discussion: """
      Without -l, -a or --listeners: connected sockets, as ss. Other users' processes are seen with CAP_SYS_PTRACE and \
      CAP_DAC_READ_SEARCH; where that is missing, the row says so. In machine formats, processes is null where the owner \
      is not known or was not asked for.
      """)

  @Flag(name: .customShort("t"), help: "TCP sockets.")
  var tcp = false

  @Flag(name: .customShort("u"), help: "UDP sockets.")
  var udp = false

  @Flag(name: .customShort("l"), help: "Only what waits: listening TCP, unconnected UDP.")
  var listening = false

  @Flag(name: .customShort("a"), help: "Sockets in every state.")
  var all = false

  @Flag(name: .customShort("n"), help: "Numbers instead of names: what this version does anyway.")
  var numeric = false

  @Flag(name: .customShort("p"), help: "The processes that hold each socket.")
  var processes = false

  @Flag(name: .customShort("4"), help: "IPv4 sockets.")
  var ipv4 = false

  @Flag(name: .customShort("6"), help: "IPv6 sockets.")
  var ipv6 = false

  @Flag(name: .customLong("listeners"), help: "Listening TCP and bound UDP sockets with their processes.")
  var listeners = false

  @Flag(name: .customLong("count"), help: "Print how many sockets there are, and no socket.")
  var count = false

  @Option(name: .customShort("o"), help: "table, wide, json, ndjson, csv or name.")
  var format: ListingFormat = .table

  @Flag(name: .customLong("no-headers"), help: "No headings in table and csv.")
  var noHeaders = false

  @OptionGroup var unavailable: UnavailableSocketOptions

  func run() throws {
    try unavailable.refuse()
    let query = query()
    let snapshot: SocketSnapshot
    do throws(SystemError) { snapshot = try InventoryReader.snapshot(query) } catch {
      throw CommandFailure.failed("cannot read the sockets: \(error)")
    }
    // A listener is a TCP socket that listens or a UDP socket that is bound (DESIGN's word); -l shows what ss shows.
    let rows = listeners ? snapshot.rows.filter(\.isListener) : snapshot.rows
    let output = BufferedOutput()
    if count {
      output.write("\(rows.count)\n")
    } else {
      let listing =
        switch format {
        case .table, .wide, .name: SocketListing.forPeople(rows, showsProcesses: query.includesProcesses)
        case .json, .ndjson, .csv: SocketListing.forMachines(rows, namespace: snapshot.namespace)
        }
      try ListingPrinter.print(
        listing, format, terminalWidth: Terminal.width(), showHeaders: !noHeaders
      ) { output.write($0) }
    }
    do { try output.finish() } catch { throw CommandFailure(error) }
    let hidden = rows.count { $0.ownership == .unknown(reason: .needsPrivilege) }
    if hidden > 0 {
      CommandFailure.say("\(hidden) sockets without owner: \(ProcessOwnership.Reason.needsPrivilege.rawValue)")
    }
  }

  private func query() -> SocketQuery {
    var query = SocketQuery()
    if tcp != udp { query.protocols = tcp ? [.tcp] : [.udp] }
    if ipv4 != ipv6 { query.families = ipv4 ? [.ipv4] : [.ipv6] }
    if listeners || listening && !all {
      query.states = .waiting
    } else {
      query.states = all ? .all : .connected
    }
    query.includesProcesses = (processes || listeners) && !count
    return query
  }
}
