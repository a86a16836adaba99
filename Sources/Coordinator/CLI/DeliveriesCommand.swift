internal import ArgumentParser
internal import Curl
internal import Listing
internal import Model
internal import Wire

struct DeliveriesCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "deliveries", abstract: "What became of messages to receivers; the newest first.",
    subcommands: [List.self, Show.self, Replay.self], defaultSubcommand: List.self, aliases: ["delivery"])

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List the deliveries.")
    @Option(help: "pending, delivered or dead.") var state: String?
    @Option(help: "At most so many rows.") var limit: Int?
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
      if let limit, limit < 1 { throw CommandFailure("--limit: expected a positive number", status: .usage) }
      try await output.printRows(
        connection.client(), "/deliveries", query: state.map { [("state", $0)] } ?? [], limit: limit ?? 1_000,
        sortedLimit: limit
      ) { DeliveryListing.listing($0) }
    }
  }

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show a delivery with what it tells.")
    @Argument(help: "delivery:3 or 3.") var delivery: String
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
      let id: DeliveryID = try IdentifierArgument.read(delivery)
      let row: DeliveryRow = try await connection.client().get(OperatorAPI.basePath + "/deliveries/\(id.rawValue)")
      try output.printRecord(DeliveryListing.listing([row]))
    }
  }

  struct Replay: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Send a message again that was delivered or given up, under the id that it had.")
    @Argument(help: "delivery:3 or 3.") var deliveries: [String]
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
      let client = try connection.client()
      var rows: [DeliveryRow] = []
      for text in deliveries {
        let id: DeliveryID = try IdentifierArgument.read(text)
        rows.append(try await client.post(OperatorAPI.basePath + "/deliveries/\(id.rawValue)/replay"))
      }
      try output.print(DeliveryListing.listing(rows))
    }
  }
}

enum DeliveryListing {
  static func listing(_ rows: [DeliveryRow]) -> Listing {
    Listing(
      columns: [
        .init("id", title: "DELIVERY"), .init("createdAt", title: "AT"), .init("alert", title: "ALERT"),
        .init("receiver", title: "RECEIVER"), .init("state", title: "STATE"),
        .init("attempts", title: "TRIES", alignment: .trailing), .init("title", title: "TITLE", dropPriority: 3),
        .init("error", title: "ERROR", dropPriority: 4), .init("nextAt", title: "NEXT", isWideOnly: true),
        .init("triedAt", title: "TRIED", isWideOnly: true), .init("settledAt", title: "SETTLED", isWideOnly: true),
        .init("message", title: "MESSAGE", isWideOnly: true),
        .init("count", title: "NOTICES", alignment: .trailing, isWideOnly: true),
        .init("lines", title: "LINES", isWideOnly: true),
      ],
      rows: rows.map { row in
        [
          .text(row.id.description), .time(row.createdAt.milliseconds), .text(row.alert), .text(row.receiver),
          .text(row.state), .integer(Int64(row.attempts)), .text(row.title), .text(ifPresent: row.error),
          .time(ifPresent: row.nextAt), .time(ifPresent: row.triedAt), .time(ifPresent: row.settledAt),
          .text(row.message), .integer(Int64(row.count)), .list(row.lines.map { .text($0) }),
        ]
      })
  }
}
