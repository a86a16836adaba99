internal import ArgumentParser
internal import Curl
internal import Listing
internal import Model
internal import Wire

struct BaselinesCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "baselines", abstract: "Times with a name, to compare with.",
    subcommands: [List.self, Add.self, Remove.self], defaultSubcommand: List.self, aliases: ["baseline"])

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List the baselines.")
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
      let rows: [BaselineRow] = try await PageReading.rows(connection.client(), "/baselines")
      try output.print(BaselinesCommand.listing(rows))
    }
  }

  struct Add: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Give a time a name; diff baseline:NAME.. tells what changed since.")
    @Argument(help: "The name.") var name: String
    @Argument(help: "What it is about: a query, as that of ports.") var terms: [String] = []
    @Option(help: "The time: 7d (ago), 2026-01-31, RFC 3339; now if left out.") var at: String?
    @Option(help: "Only this site.") var site: String?
    @Option(help: "Why.") var note: String?
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
      var baseline = NewBaseline(name: name)
      baseline.at = at
      baseline.query = terms.joined(separator: " ")
      baseline.site = site
      baseline.note = note
      let row: BaselineRow = try await connection.client().post(OperatorAPI.basePath + "/baselines", baseline)
      try output.print(BaselinesCommand.listing([row]))
    }
  }

  struct Remove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Forget a baseline; the chart's history stays.")
    @Argument(help: "baseline:NUMBER, the number alone, or the name.") var baseline: String
    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
      let client = try connection.client()
      let rows: [BaselineRow] = try await PageReading.rows(client, "/baselines")
      let id: BaselineID =
        try rows.first { $0.name == baseline }?.id ?? IdentifierArgument.read(baseline)
      try await client.delete(OperatorAPI.basePath + "/baselines/\(id.rawValue)")
    }
  }

  private static func listing(_ rows: [BaselineRow]) -> Listing {
    Listing(
      columns: [
        .init("id", title: "ID"), .init("name", title: "NAME"), .init("at", title: "AT"),
        .init("query", title: "QUERY"), .init("site", title: "SITE"), .init("note", title: "NOTE", dropPriority: 5),
        .init("createdBy", title: "BY", isWideOnly: true), .init("createdAt", title: "CREATED", isWideOnly: true),
      ],
      rows: rows.map { row in
        [
          .text(row.id.description), .text(row.name), .time(row.at.milliseconds), .text(row.query),
          .text(row.site ?? "*"), .text(ifPresent: row.note), .text(row.createdBy), .time(row.createdAt.milliseconds),
        ]
      })
  }
}
