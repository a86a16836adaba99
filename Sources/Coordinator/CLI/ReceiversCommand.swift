internal import ArgumentParser
internal import Curl
internal import Listing
internal import LocalSystem
internal import Model
internal import Wire

struct ReceiversCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "receivers", abstract: "Where alerts send their messages.",
    subcommands: [List.self, Show.self, Add.self, Edit.self, Remove.self, Test.self], defaultSubcommand: List.self,
    aliases: ["receiver"])

  /// What a receiver is made of. Secrets come from files: command lines are there for everybody to see.
  struct Options: ParsableArguments {
    @Option(help: "The URL: https://…; smtp://HOST:PORT of a mail relay; an Alertmanager's without /api.")
    var destination: String?
    @Option(help: "File with the URL, where that is a credential; - for standard input.") var destinationFile: String?
    @Option(
      name: .customLong("secret-file"),
      help: "File with a whsec_ secret that signs; repeated, each signs. Without it a webhook gets a new one.")
    var secretFiles: [String] = []
    @Option(help: "File with a bearer token for the receiver.") var receiverTokenFile: String?
    @Option(help: "User at the receiver.") var user: String?
    @Option(help: "File with the user's password.") var passwordFile: String?
    @Option(help: "Of e-mail: the sender's address.") var from: String?
    @Option(name: .customLong("to"), help: "Of e-mail: an address; may be repeated.") var to: [String] = []
    @Option(help: "The path of a command that the coordinator's configuration lists.") var command: String?
    @Option(help: "Of an Alertmanager: how long an alert stays active that nothing ends: 8h.") var active: String?
    @Option(help: "What it is for.") var note: String?

    func specification() throws -> ReceiverSpecification {
      var receiver = ReceiverSpecification()
      guard destination == nil || destinationFile == nil else {
        throw CommandFailure("--destination and --destination-file say the same: give one", status: .usage)
      }
      receiver.url = try destination ?? destinationFile.map(ConnectionOptions.token)
      receiver.secrets = secretFiles.isEmpty ? nil : try secretFiles.map(ConnectionOptions.token)
      receiver.token = try receiverTokenFile.map(ConnectionOptions.token)
      receiver.user = user
      receiver.password = try passwordFile.map(ConnectionOptions.token)
      receiver.from = from
      receiver.to = to.isEmpty ? nil : to.flatMap { $0.split(separator: ",").map(String.init) }
      receiver.command = command
      receiver.activeSeconds = try active.map { text in
        guard let duration = DurationText.read(text) else {
          throw CommandFailure("--active \"\(text)\": expected a duration such as 30m or 8h", status: .usage)
        }
        return Int(duration.components.seconds)
      }
      receiver.note = note
      return receiver
    }
  }

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List the receivers; of secrets, which are set.")
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
      let rows: [ReceiverRow] = try await PageReading.rows(connection.client(), "/receivers")
      try output.print(ReceiverListing.listing(rows))
    }
  }

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show all of a receiver but its secrets.")
    @Argument(help: "Its name, receiver:3 or 3.") var receiver: String
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
      try output.printRecord(ReceiverListing.listing([try await ReceiverListing.find(receiver, connection.client())]))
    }
  }

  struct Add: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make a receiver. A webhook's new secret is printed once.")
    @Argument(help: "Its name.") var name: String
    @Option(help: "webhook, slack, teams, alertmanager, email, syslog, journal or command.") var kind: String
    @OptionGroup var options: Options
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
      var receiver = try options.specification()
      receiver.name = name
      receiver.kind = kind
      let added: AddedReceiver = try await connection.client().post(OperatorAPI.basePath + "/receivers", receiver)
      var listing = ReceiverListing.listing([added.receiver])
      if let secret = added.secret {
        if output.isForMachines {
          listing.columns.append(.init("secret", title: "SECRET"))
          listing.rows[0].append(.text(secret))
        } else {
          print(secret)
          StandardStream.error.print("The secret is shown this once: give it to whoever checks the signatures.")
          return
        }
      }
      try output.print(listing)
    }
  }

  struct Edit: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Change a receiver; what is not named stays.")
    @Argument(help: "Its name, receiver:3 or 3.") var receiver: String
    @OptionGroup var options: Options
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
      let change = try options.specification()
      let client = try connection.client()
      let id = try await ReceiverListing.find(receiver, client).id
      let row: ReceiverRow = try await client.put(OperatorAPI.basePath + "/receivers/\(id.rawValue)", change)
      try output.print(ReceiverListing.listing([row]))
    }
  }

  struct Remove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Remove a receiver that no alert sends to. What is on its way to it is given up.", aliases: ["rm"])
    @Argument(help: "Its name, receiver:3 or 3.") var receiver: String
    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
      let client = try connection.client()
      let id = try await ReceiverListing.find(receiver, client).id
      try await client.delete(OperatorAPI.basePath + "/receivers/\(id.rawValue)")
    }
  }

  struct Test: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Send a test message now; exits 1 and says why if it does not arrive.")
    @Argument(help: "Its name, receiver:3 or 3.") var receiver: String
    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
      let client = try connection.client()
      let row = try await ReceiverListing.find(receiver, client)
      let test: ReceiverTest = try await client.post(OperatorAPI.basePath + "/receivers/\(row.id.rawValue)/test")
      guard test.isDelivered else { throw CommandFailure("\(row.name): \(test.error ?? "not delivered")") }
      StandardStream.error.print("\(row.name): delivered")
    }
  }
}

enum ReceiverListing {
  static func find(_ text: String, _ client: CoordinatorClient) async throws -> ReceiverRow {
    let rows: [ReceiverRow] = try await PageReading.rows(client, "/receivers")
    guard let row = rows.first(where: { $0.name == text }) ?? rows.first(where: { $0.id == ReceiverID(text) }) else {
      let nearest = NearestWord.to(text, among: rows.map(\.name)).map { "; did you mean \($0)?" } ?? ""
      throw CommandFailure("there is no receiver \"\(text)\"\(nearest)")
    }
    return row
  }

  static func listing(_ rows: [ReceiverRow]) -> Listing {
    Listing(
      columns: [
        .init("id", title: "RECEIVER"), .init("name", title: "NAME"), .init("kind", title: "KIND"),
        .init("destination", title: "DESTINATION"), .init("from", title: "FROM", isWideOnly: true),
        .init("to", title: "TO", dropPriority: 4), .init("user", title: "USER", isWideOnly: true),
        .init("command", title: "COMMAND", dropPriority: 5),
        .init("activeSeconds", title: "ACTIVE S", alignment: .trailing, isWideOnly: true),
        .init("secretsSet", title: "SECRETS SET", dropPriority: 2), .init("note", title: "NOTE", dropPriority: 3),
        .init("createdAt", title: "CREATED", isWideOnly: true), .init("changedAt", title: "CHANGED", isWideOnly: true),
      ],
      rows: rows.map { row in
        [
          .text(row.id.description), .text(row.name), .text(row.kind), .text(ifPresent: row.destination),
          .text(ifPresent: row.from), row.to.map { .list($0.map { .text($0) }) } ?? .absent,
          .text(ifPresent: row.user), .text(ifPresent: row.command),
          .integer(ifPresent: row.activeSeconds.map { Int64($0) }), .list(row.secretsSet.map { .text($0) }),
          .text(ifPresent: row.note), .time(row.createdAt.milliseconds), .time(row.changedAt.milliseconds),
        ]
      })
  }
}
