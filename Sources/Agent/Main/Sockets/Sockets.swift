internal import ArgumentParser
internal import Glibc
internal import LinuxSystem
internal import Listing
internal import LocalSystem
internal import Model
internal import SocketInventory

/// `periplus-agent sockets`: the sockets of this host and who holds them, in the manner of ss, netstat and lsof -i.
struct Sockets: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Lists this host's sockets, with their processes.",
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

  @Flag(name: .customLong("watch"), help: "Again and again until Ctrl-C; a terminal is cleared each time.")
  var watch = false

  @Option(
    name: .customLong("every"),
    help: ArgumentHelp("How long --watch waits between two looks; 2s unless given.", valueName: "time"))
  var interval: DurationArgument?

  @Option(
    name: .customLong("columns"),
    help: ArgumentHelp("Columns to print, such as pid,process,user.", valueName: "list"))
  var columns: String?

  @Option(name: .customShort("o"), help: "table, wide, json, ndjson, csv or name.")
  var format: ListingFormat = .table

  @Flag(name: .customLong("no-headers"), help: "No headings in table and csv.")
  var noHeaders = false

  @OptionGroup var unavailable: UnavailableSocketOptions

  private var isForPeople: Bool { [.table, .wide, .name].contains(format) }

  func run() throws {
    try unavailable.refuse()
    let chosen = columns?.split(separator: ",", omittingEmptySubsequences: true).map(String.init)
    if chosen?.isEmpty == true {
      throw CommandFailure.usage("--columns names no column; write --columns pid,process,user")
    }
    let showsProcesses = !SocketListing.processColumns.isDisjoint(with: chosen ?? [])
    let query = try selection.query(isSummary: summary, isCounting: summary || count, showsProcesses: showsProcesses)
    // A misspelt column is found before anything is read.
    let listed = try columns(chosen, query)
    let output = BufferedOutput()
    repeat {
      let snapshot: SocketSnapshot
      do throws(SystemError) { snapshot = try InventoryReader.snapshot(query) } catch {
        throw CommandFailure.failed("cannot read the sockets: \(error)")
      }
      if watch, StandardStream.output.isTerminal { output.write("\u{1b}[H\u{1b}[2J") }
      print(snapshot, listed, isChosen: chosen != nil, to: output)
      do { try output.finish() } catch { throw CommandFailure(error) }
      tell(snapshot, query)
      if watch { SystemCall.pause(interval?.duration ?? .seconds(2)) }
    } while watch
  }

  private func columns(_ chosen: [String]?, _ query: SocketQuery) throws(CommandFailure) -> [SocketColumn] {
    let names = resolve ? EndpointNames() : nil
    do throws(ListingError) {
      if let chosen {
        let every = SocketListing.every(isForPeople: isForPeople, names: names)
        return try ListingPrinter.choose(chosen, of: every.map(\.column), format).map { every[$0] }
      }
      guard isForPeople else { return SocketListing.forMachines }
      let people = SocketListing.forPeople(names: names)
      return try ListingPrinter.choose(nil, of: people.map(\.column), format).map { people[$0] }.filter { column in
        switch column.column.key {
        case "processes": query.includesProcesses
        case "namespaceName": query.spansNamespaces
        default: true
        }
      }
    } catch {
      throw .usage("\(error)")
    }
  }

  private func print(
    _ snapshot: SocketSnapshot, _ columns: [SocketColumn], isChosen: Bool, to output: BufferedOutput
  ) {
    let width = Terminal.width()
    let write: ((inout [UInt8]) -> Void) -> Void = { output.write(appending: $0) }
    if count {
      output.write("\(shown(snapshot).count)\n")
    } else if summary {
      let listing = SocketSummary.listing(snapshot)
      ListingPrinter.print(
        listing.columns, listing.rows, format, terminalWidth: width, showHeaders: !noHeaders, write: write)
    } else if format == .table || format == .wide, !isChosen, !resolve, !selection.listeners {
      let cells = SocketTableCells(
        snapshot,
        columns: columns.compactMap { column in
          SocketTableColumn.allCases.first { $0.column.key == column.column.key }
        })
      ListingPrinter.printTable(
        columns.map(\.column), cells, terminalWidth: format == .table ? width : nil, showHeaders: !noHeaders,
        write: write)
    } else {
      ListingPrinter.print(
        columns.map(\.column), shown(snapshot).lazy.map { row in columns.map { $0.value(row) } }, format,
        terminalWidth: width, showHeaders: !noHeaders, write: write)
    }
  }

  /// A listener is a TCP socket that listens or a UDP socket that is bound (DESIGN's word); -l shows what ss shows.
  private func shown(_ snapshot: SocketSnapshot) -> AnyRandomAccessCollection<SocketRow> {
    selection.listeners
      ? AnyRandomAccessCollection(snapshot.rows.filter(\.isListener)) : AnyRandomAccessCollection(snapshot.rows)
  }

  /// What the rows cannot say: what is missing, and why.
  private func tell(_ snapshot: SocketSnapshot, _ query: SocketQuery) {
    let hidden =
      !query.includesProcesses
      ? 0
      : selection.listeners
        ? shown(snapshot).count { $0.ownership == .unknown(reason: .needsPrivilege) } : snapshot.countOfHiddenOwners
    if hidden > 0 {
      CommandFailure.say("\(hidden) sockets without owner: \(ProcessOwnership.Reason.needsPrivilege.rawValue)")
    }
    if snapshot.unjudged > 0 {
      let isPrivilegeMissing = snapshot.owners?.hasUnreadable ?? false
      let reason = selection.reasonOfUnjudged(query, isPrivilegeMissing: isPrivilegeMissing)
      CommandFailure.say("\(snapshot.unjudged) sockets left out: \(reason)")
    }
    for namespace in snapshot.namespaces {
      guard let failure = namespace.failure else { continue }
      let name = namespace.name ?? namespace.inode.map { "net:[\($0)]" } ?? "?"
      CommandFailure.say("the sockets of namespace \(name) are missing: \(failure)")
    }
    if let hint = selection.hint { CommandFailure.say(hint) }
  }
}
