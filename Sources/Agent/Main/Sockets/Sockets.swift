internal import ArgumentParser
internal import LinuxSystem
internal import Listing
internal import LocalSystem
internal import Model
internal import SocketInventory

/// `periplus-agent sockets`: the TCP and UDP sockets of this host and who holds them, in the manner of ss and lsof -i.
struct Sockets: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Lists this host's TCP and UDP sockets, with their processes.",
    discussion: """
      Without -l, -a, -i, --listeners or a state: connected sockets, as ss. FILTER is ss's language: \
      state established '( dport = :22 or sport = :22 )'; docs/sockets.md has its grammar. -i takes lsof's addresses: \
      -i :80, -i 4TCP@127.0.0.1:80. Other users' processes are seen with CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH; where \
      that is missing, the row says so. In machine formats, processes is null where the owner is not known or was not \
      asked for.
      """)

  @OptionGroup var selection: SocketSelection

  @Flag(name: .customShort("r"), help: "Names of hosts and services in the table; the resolver may take its time.")
  var resolve = false

  @Flag(name: .customShort("s"), help: "How many sockets there are, by protocol, state and family.")
  var summary = false

  @Flag(name: .customLong("count"), help: "Print how many sockets there are, and no socket.")
  var count = false

  @Option(
    name: .customLong("columns"),
    help: ArgumentHelp("Columns to print, such as pid,process,user.", valueName: "list"))
  var columns: String?

  @Option(name: .customShort("o"), help: "table, wide, json, ndjson, csv or name.")
  var format: ListingFormat = .table

  @Flag(name: .customLong("no-headers"), help: "No headings in table and csv.")
  var noHeaders = false

  @OptionGroup var unavailable: UnavailableSocketOptions

  func run() throws {
    try unavailable.refuse()
    let chosen = columns?.split(separator: ",", omittingEmptySubsequences: true).map(String.init)
    let showsProcesses = !SocketListing.processColumns.isDisjoint(with: chosen ?? [])
    let query = try selection.query(isSummary: summary, isCounting: summary || count, showsProcesses: showsProcesses)
    let snapshot: SocketSnapshot
    do throws(SystemError) { snapshot = try InventoryReader.snapshot(query) } catch {
      throw CommandFailure.failed("cannot read the sockets: \(error)")
    }
    // A listener is a TCP socket that listens or a UDP socket that is bound (DESIGN's word); -l shows what ss shows.
    let rows = selection.listeners ? snapshot.rows.filter(\.isListener) : snapshot.rows
    let output = BufferedOutput()
    if count {
      output.write("\(rows.count)\n")
    } else {
      let listing = listing(rows, query, snapshot, hasColumns: chosen != nil)
      do throws(ListingError) {
        try ListingPrinter.print(
          listing, format, terminalWidth: Terminal.width(), showHeaders: !noHeaders, columns: chosen
        ) { output.write($0) }
      } catch {
        throw CommandFailure.usage("\(error)")
      }
    }
    do { try output.finish() } catch { throw CommandFailure(error) }
    tell(rows, snapshot, query)
  }

  private func listing(
    _ rows: [SocketRow], _ query: SocketQuery, _ snapshot: SocketSnapshot, hasColumns: Bool
  ) -> Listing {
    if summary { return SocketSummary.listing(rows) }
    let isForPeople = [.table, .wide, .name].contains(format)
    let names = resolve ? EndpointNames() : nil
    if hasColumns {
      return SocketListing.every(rows, namespace: snapshot.namespace, isForPeople: isForPeople, names: names)
    }
    return isForPeople
      ? SocketListing.forPeople(rows, showsProcesses: query.includesProcesses, names: names)
      : SocketListing.forMachines(rows, namespace: snapshot.namespace)
  }

  /// What the rows cannot say: what is missing, and why.
  private func tell(_ rows: [SocketRow], _ snapshot: SocketSnapshot, _ query: SocketQuery) {
    let hidden = query.includesProcesses ? rows.count { $0.ownership == .unknown(reason: .needsPrivilege) } : 0
    if hidden > 0 {
      CommandFailure.say("\(hidden) sockets without owner: \(ProcessOwnership.Reason.needsPrivilege.rawValue)")
    }
    if snapshot.unjudged > 0 {
      CommandFailure.say("\(snapshot.unjudged) sockets left out: \(selection.reasonOfUnjudged(query))")
    }
    if let hint = selection.hint { CommandFailure.say(hint) }
  }
}
