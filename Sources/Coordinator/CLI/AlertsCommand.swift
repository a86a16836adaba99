internal import ArgumentParser
internal import Curl
internal import Listing
internal import LocalSystem
internal import Model
internal import Wire

struct AlertsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "alerts", abstract: "What is told to whom when something changes.",
    subcommands: [List.self, Show.self, Add.self, Edit.self, Remove.self, Test.self], defaultSubcommand: List.self,
    aliases: ["alert"])

  /// What an alert is made of.
  struct Options: ParsableArguments {
    @Option(
      name: .customLong("kind"),
      help:
        "What it is about: opened, closed, found, agent-silent …; joined by commas. Without it, every change but found."
    )
    var kinds: String?
    @Option(help: "Only what fits a query, in the language of docs/query.md.") var query: String?
    @Option(name: .customLong("to"), help: "A receiver; may be repeated.") var receivers: [String] = []
    @Option(help: "Only this site; * for every one.") var site: String?
    @Option(help: "info, warning or critical.") var severity: String?
    @Option(help: "What becomes one message: none (each is one), host, network (a /24 or /64) or alert.") var group:
      String?
    @Option(help: "How long a group waits for more: 10s.") var wait: String?
    @Option(help: "Gather for so long instead: 1h. 0s for none.") var digest: String?
    @Option(help: "Send nothing then: '22:00-06:00 Europe/Berlin'; without a zone by UTC; none for never.")
    var quiet: String?
    @Option(
      name: .customLong("certificate-days"),
      help: "Of certificate-expiring: how long before the end; 0 for the usual 21.")
    var certificateDays: Int?

    func specification() throws -> AlertSpecification {
      var alert = AlertSpecification()
      alert.kinds = kinds?.split(separator: ",").map(String.init)
      alert.query = query
      alert.receivers = receivers.isEmpty ? nil : receivers.flatMap { $0.split(separator: ",").map(String.init) }
      alert.site = site
      alert.severity = severity
      alert.grouping = group
      alert.waitSeconds = try wait.map { try Self.seconds($0, "--wait") }
      alert.digestSeconds = try digest.map { try Self.seconds($0, "--digest") }
      alert.quietHours = quiet
      alert.certificateDays = certificateDays
      return alert
    }

    private static func seconds(_ text: String, _ option: String) throws -> Int {
      guard let duration = DurationText.read(text) else {
        throw CommandFailure("\(option) \"\(text)\": expected a duration such as 30s, 15m or 1h", status: .usage)
      }
      return Int(duration.components.seconds)
    }
  }

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List the alerts.")
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
      let rows: [AlertRow] = try await PageReading.rows(connection.client(), "/alerts")
      try output.print(AlertListing.listing(rows))
    }
  }

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show all of an alert.")
    @Argument(help: "Its name, alert:3 or 3.") var alert: String
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
      try output.printRecord(AlertListing.listing([try await AlertListing.find(alert, connection.client())]))
    }
  }

  struct Add: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Make an alert.")
    @Argument(help: "Its name.") var name: String
    @OptionGroup var options: Options
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
      var alert = try options.specification()
      alert.name = name
      let row: AlertRow = try await connection.client().post(OperatorAPI.basePath + "/alerts", alert)
      try output.print(AlertListing.listing([row]))
    }
  }

  struct Edit: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Change an alert; what is not named stays.")
    @Argument(help: "Its name, alert:3 or 3.") var alert: String
    @OptionGroup var options: Options
    @Flag(inversion: .prefixedNo, help: "Match nothing until it goes on.") var pause: Bool?
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
      var change = try options.specification()
      change.isPaused = pause
      let client = try connection.client()
      let id = try await AlertListing.find(alert, client).id
      let row: AlertRow = try await client.put(OperatorAPI.basePath + "/alerts/\(id.rawValue)", change)
      try output.print(AlertListing.listing([row]))
    }
  }

  struct Remove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Remove an alert. What is on its way is delivered.", aliases: ["rm"])
    @Argument(help: "Its name, alert:3 or 3.") var alert: String
    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
      let client = try connection.client()
      let id = try await AlertListing.find(alert, client).id
      try await client.delete(OperatorAPI.basePath + "/alerts/\(id.rawValue)")
    }
  }

  struct Test: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Send a test message to an alert's receivers, by the way that real ones go.",
      discussion: "Prints the deliveries; periplus deliveries show says what became of each.")
    @Argument(help: "Its name, alert:3 or 3.") var alert: String
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
      let client = try connection.client()
      let id = try await AlertListing.find(alert, client).id
      let test: AlertTest = try await client.post(OperatorAPI.basePath + "/alerts/\(id.rawValue)/test")
      var rows: [DeliveryRow] = []
      for id in test.deliveries {
        rows.append(try await client.get(OperatorAPI.basePath + "/deliveries/\(id.rawValue)"))
      }
      try output.print(DeliveryListing.listing(rows))
    }
  }
}

enum AlertListing {
  static func find(_ text: String, _ client: CoordinatorClient) async throws -> AlertRow {
    let rows: [AlertRow] = try await PageReading.rows(client, "/alerts")
    guard let row = rows.first(where: { $0.name == text }) ?? rows.first(where: { $0.id == AlertID(text) }) else {
      let nearest = NearestWord.to(text, among: rows.map(\.name)).map { "; did you mean \($0)?" } ?? ""
      throw CommandFailure("there is no alert \"\(text)\"\(nearest)")
    }
    return row
  }

  static func listing(_ rows: [AlertRow]) -> Listing {
    Listing(
      columns: [
        .init("id", title: "ALERT"), .init("name", title: "NAME"), .init("kinds", title: "KINDS"),
        .init("query", title: "QUERY", dropPriority: 5), .init("receivers", title: "TO"),
        .init("severity", title: "SEVERITY"), .init("grouping", title: "GROUP", dropPriority: 3),
        .init("waitSeconds", title: "WAIT S", alignment: .trailing, isWideOnly: true),
        .init("digestSeconds", title: "DIGEST S", alignment: .trailing, isWideOnly: true),
        .init("quietHours", title: "QUIET", dropPriority: 4), .init("site", title: "SITE", dropPriority: 2),
        .init("certificateDays", title: "CERT DAYS", alignment: .trailing, isWideOnly: true),
        .init("isPaused", title: "PAUSED"), .init("createdAt", title: "CREATED", isWideOnly: true),
        .init("changedAt", title: "CHANGED", isWideOnly: true),
      ],
      rows: rows.map { row in
        [
          .text(row.id.description), .text(row.name),
          row.kinds.map { .list($0.map { .text($0) }) } ?? .text("every change but found"),
          .text(ifPresent: row.query), .list(row.receivers.map { .text($0) }), .text(row.severity),
          .text(row.grouping), .integer(Int64(row.waitSeconds)),
          .integer(ifPresent: row.digestSeconds.map { Int64($0) }),
          .text(ifPresent: row.quietHours), .text(ifPresent: row.site),
          .integer(ifPresent: row.certificateDays.map { Int64($0) }), .boolean(row.isPaused),
          .time(row.createdAt.milliseconds), .time(row.changedAt.milliseconds),
        ]
      })
  }
}

extension OutputOptions {
  /// One record: a field a line for people, a row for programs.
  func printRecord(_ listing: Listing) throws {
    if isForMachines {
      try print(listing)
    } else if let row = listing.rows.first {
      try print(.fields(listing.columns, row))
    }
  }
}
