internal import LinuxSystem
internal import Listing
internal import LocalSystem
internal import SocketInventory

/// What `periplus-agent sockets` was asked for, and how it is done.
struct SocketRequest: Equatable {
  var choice = SocketChoice()

  /// Whether tables show names of hosts and services.
  var resolve = false

  /// Whether sockets are counted by protocol, state and family.
  var summary = false

  /// Whether rows are counted.
  var count = false

  /// Whether to look again and again, and how long to wait between two looks.
  var watch = false
  var interval: Duration?

  /// Keys of the columns to print, joined by commas; nil for the usual ones.
  var columns: String?
  var format = ListingFormat.table
  var noHeaders = false

  private var isForPeople: Bool { [.table, .wide, .name].contains(format) }

  /// - Throws: `CommandFailure`.
  func run() throws(CommandFailure) {
    let chosen = columns?.split(separator: ",", omittingEmptySubsequences: true).map(String.init)
    if chosen?.isEmpty == true {
      throw CommandFailure.usage("--columns names no column; write --columns pid,process,user")
    }
    let showsProcesses = !SocketListing.processColumns.isDisjoint(with: chosen ?? [])
    let query = try choice.query(isSummary: summary, isCounting: summary || count, showsProcesses: showsProcesses)
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
      if watch { SystemCall.pause(interval ?? .seconds(2)) }
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
    } else if format == .table || format == .wide, !isChosen, !resolve, !choice.listeners {
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
    choice.listeners
      ? AnyRandomAccessCollection(snapshot.rows.filter(\.isListener)) : AnyRandomAccessCollection(snapshot.rows)
  }

  /// What the rows cannot say: what is missing, and why.
  private func tell(_ snapshot: SocketSnapshot, _ query: SocketQuery) {
    let hidden =
      !query.includesProcesses
      ? 0
      : choice.listeners
        ? shown(snapshot).count { $0.ownership == .unknown(reason: .needsPrivilege) } : snapshot.countOfHiddenOwners
    if hidden > 0 {
      CommandFailure.say("\(hidden) sockets without owner: \(ProcessOwnership.Reason.needsPrivilege.rawValue)")
    }
    if snapshot.unjudged > 0 {
      let isPrivilegeMissing = snapshot.owners?.hasUnreadable ?? false
      let reason = choice.reasonOfUnjudged(query, isPrivilegeMissing: isPrivilegeMissing)
      CommandFailure.say("\(snapshot.unjudged) sockets left out: \(reason)")
    }
    for namespace in snapshot.namespaces {
      guard let failure = namespace.failure else { continue }
      let name = namespace.name ?? namespace.inode.map { "net:[\($0)]" } ?? "?"
      CommandFailure.say("the sockets of namespace \(name) are missing: \(failure)")
    }
    if let hint = choice.hint { CommandFailure.say(hint) }
  }
}
