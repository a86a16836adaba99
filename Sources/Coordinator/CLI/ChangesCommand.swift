internal import ArgumentParser
internal import Listing
internal import Model
internal import Wire

struct ChangesCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "changes", abstract: "What became different, with who saw it; the newest first.",
    discussion: """
      Kinds: found (open when first looked at), opened, reopened, closed, service, certificate, process (another program \
      listens), host-found, host-gone (looked at again as a whole, without an answer), host-back. The query is about the \
      endpoints, as that of ports, whatever their state now; of a whole host no port and no state is known. With --fail-on-change the exit code is 10 if there is any.
      """, aliases: ["change"])
  @Option(help: "From this time on: 7d (ago), 2026-01-31, RFC 3339.") var from: String?
  @Option(help: "Before this time.") var to: String?
  @Option(help: "Kinds of changes, joined by commas.") var kind: String?
  @Flag(help: "Exit with 10 if anything is found.") var failOnChange = false
  @OptionGroup var query: QueryOptions

  func run() async throws {
    let parameters: [(name: String, value: String?)] = [("from", from), ("to", to), ("kinds", kind)]
    var isQuiet = true
    let since = try await query.print(
      "/changes", asking: parameters.compactMap { name, value in value.map { (name, $0) } }
    ) { (rows: [ChangeRow]) in
      isQuiet = isQuiet && rows.isEmpty
      return Self.listing(rows)
    }
    // With a time to begin at the coordinator has answered, or refused.
    if from == nil { HistoryBeginning.tell(since) }
    if failOnChange, !isQuiet { throw ExitCode(10) }
  }

  static func listing(_ rows: [ChangeRow]) -> Listing {
    Listing(
      columns: [
        .init("at", title: "AT"), .init("change", title: "CHANGE"), .init("address", title: "ADDRESS"),
        .init("port", title: "PORT", alignment: .trailing), .init("protocol", title: "PROTO"),
        .init("before", title: "WAS"), .init("now", title: "IS"), .init("zone", title: "ZONE"),
        .init("agent", title: "AGENT"), .init("after", title: "LAST SEEN AS BEFORE", dropPriority: 9),
        .init("scope", title: "SCOPE", isWideOnly: true), .init("site", title: "SITE", dropPriority: 2),
        .init("isSelfView", title: "SELF VIEW", isWideOnly: true), .init("job", title: "JOB", isWideOnly: true),
      ],
      rows: rows.map { row in
        [
          .time(row.at.milliseconds), .text(row.change), .text(row.address.description),
          .integer(ifPresent: row.port.map { Int64($0.rawValue) }), .text(ifPresent: row.protocol?.rawValue),
          .text(ifPresent: row.detailBefore ?? row.stateBefore?.rawValue),
          .text(ifPresent: row.detail ?? row.state?.rawValue), .text(row.zone), .text(row.agent),
          .time(ifPresent: row.after), .text(row.scope), .text(row.site), .boolean(row.isSelfView),
          .text(ifPresent: row.job?.description),
        ]
      })
  }
}
