internal import ArgumentParser
internal import Curl
internal import Listing
internal import LocalSystem
internal import Model
internal import Wire

struct FindingsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "findings", abstract: "What a person should look at, with what to do about it.",
    subcommands: [List.self, Show.self, Ack.self, Unack.self], defaultSubcommand: List.self, aliases: ["finding"])

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List findings; the query is about their endpoints.",
      discussion: """
        Rules: cleartext, unexpected-process, unexpected-service, forwarded, differing-views, certificate-expiring, unused, \
        several-hosts, new-exposure, tarpit, flapping, drift, missing. Acknowledged ones and those that are so no more are left out without \
        --all. With --fail-on-finding the exit code is 10 if there is any. With --as-of TIME: those that were so at that time and not \
        acknowledged then, with their endpoints as of then.
        """)
    @Option(help: "Rules, joined by commas.") var rule: String?
    @Flag(help: "Acknowledged ones and those that are so no more, too.") var all = false
    @Flag(help: "Exit with 10 if there is any.") var failOnFinding = false
    @OptionGroup var query: QueryOptions

    func run() async throws {
      var parameters: [(name: String, value: String)] = all ? [("all", "true")] : []
      if let rule { parameters.append(("rules", rule)) }
      var isQuiet = true
      try await query.print("/findings", asking: parameters) { (rows: [FindingRow]) in
        isQuiet = isQuiet && rows.isEmpty
        return FindingsCommand.listing(rows, isForMachines: query.output.isForMachines)
      }
      if failOnFinding, !isQuiet { throw ExitCode(10) }
    }
  }

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show one finding with its evidence and advice; the advice is printed, never run.")
    @Argument(help: "finding:NUMBER or the number.") var finding: String
    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
      let id: FindingID = try IdentifierArgument.read(finding)
      let rows: [FindingRow] = try await PageReading.rows(
        connection.client(), "/findings", query: [("all", "true")])
      guard let row = rows.first(where: { $0.id == id }) else { throw CommandFailure("there is no \(id)") }
      StandardStream.output.print(FindingText.lines(row).joined(separator: "\n"))
    }
  }

  struct Ack: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Take a finding as it is until a time; then it is listed again.")
    @Argument(help: "finding:NUMBER or the number.") var finding: String
    @Option(help: "A time (RFC 3339, 2026-12-31), or for so long from now: 30d.") var until: String
    @Option(help: "Why.") var note: String
    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
      let id: FindingID = try IdentifierArgument.read(finding)
      let time: Timestamp
      if let span = DurationText.read(until) {
        time = Clock.now + span
      } else {
        time = try TimeArgument.read(until, .end, now: Clock.now, option: "--until")
      }
      try await connection.client().post(
        OperatorAPI.basePath + "/findings/\(id.rawValue)/acknowledgement", NewAcknowledgement(until: time, note: note))
    }
  }

  struct Unack: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Take an acknowledgement back.")
    @Argument(help: "finding:NUMBER or the number.") var finding: String
    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
      let id: FindingID = try IdentifierArgument.read(finding)
      try await connection.client().delete(OperatorAPI.basePath + "/findings/\(id.rawValue)/acknowledgement")
    }
  }

  static func listing(_ rows: [FindingRow], isForMachines: Bool) -> Listing {
    var listing = Listing(columns: [
      .init("id", title: "ID"), .init("rule", title: "RULE"), .init("address", title: "ADDRESS"),
      .init("port", title: "PORT", alignment: .trailing), .init("protocol", title: "PROTO", isWideOnly: true),
      .init("detail", title: "WHAT"), .init("verdict", title: "VERDICT", dropPriority: 6),
      .init("agent", title: "AGENT", dropPriority: 4), .init("since", title: "SINCE", dropPriority: 8),
      .init("site", title: "SITE", dropPriority: 2), .init("scope", title: "SCOPE", isWideOnly: true),
      .init("subject", title: "SUBJECT", isWideOnly: true), .init("goneAt", title: "GONE", isWideOnly: true),
      .init("acknowledgedUntil", title: "ACKNOWLEDGED UNTIL", isWideOnly: true),
      .init("note", title: "NOTE", isWideOnly: true), .init("acknowledgedBy", title: "BY", isWideOnly: true),
    ])
    if isForMachines {
      listing.columns += [
        .init("processes", title: "PROCESSES"), .init("unit", title: "UNIT"), .init("lastSeen", title: "SEEN"),
        .init("inventoryAt", title: "INVENTORY"), .init("advice", title: "ADVICE"),
      ]
    }
    listing.rows = rows.map { row in
      let endpoint = row.endpoint
      let machine: [ListingValue] = [
        endpoint.map { .processes($0.processes) } ?? .absent, .text(ifPresent: endpoint?.unit),
        .time(ifPresent: endpoint?.lastSeen), .time(ifPresent: endpoint?.inventoryAt),
        .list(row.advice.map { .text($0) }),
      ]
      return [
        .text(row.id.description), .text(row.rule), .text(ifPresent: endpoint?.address.description),
        .integer(ifPresent: endpoint.map { Int64($0.port.rawValue) }), .text(ifPresent: endpoint?.protocol.rawValue),
        .text(row.detail), .text(ifPresent: endpoint?.verdict?.rawValue), .text(ifPresent: endpoint?.agent),
        .time(row.since.milliseconds), .text(row.site), .text(ifPresent: endpoint?.scope), .text(row.subject),
        .time(ifPresent: row.goneAt), .time(ifPresent: row.acknowledgedUntil), .text(ifPresent: row.note),
        .text(ifPresent: row.acknowledgedBy),
      ] + (isForMachines ? machine : [])
    }
    return listing
  }
}
