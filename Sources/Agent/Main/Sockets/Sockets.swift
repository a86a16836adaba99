internal import ArgumentParser
internal import Listing

/// `periplus-agent sockets`: the sockets of this host and who holds them, in the manner of ss, netstat and lsof -i. What it
/// does is `SocketRequest`'s; lines of the usual kind never come here (`SocketCommandLine`).
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

  var request: SocketRequest {
    SocketRequest(
      choice: selection.choice, resolve: resolve, summary: summary, count: count, watch: watch,
      interval: interval?.duration, columns: columns, format: format, noHeaders: noHeaders)
  }

  func run() throws {
    try unavailable.refuse()
    try request.run()
  }
}
