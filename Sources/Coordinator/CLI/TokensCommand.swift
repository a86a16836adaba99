internal import ArgumentParser
internal import Curl
internal import Listing
internal import LocalSystem
internal import Model
internal import Wire

struct TokensCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tokens", abstract: "Credentials for agents to join and for people to ask.",
    subcommands: [List.self, Add.self, Remove.self], defaultSubcommand: List.self, aliases: ["token"])

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List the tokens; secrets are not kept.")
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
      let tokens: [TokenRow] = try await PageReading.rows(connection.client(), "/tokens")
      try output.print(TokenListing.listing(tokens))
    }
  }

  struct Add: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make a token; its secret is printed once.", subcommands: [Join.self, API.self])
  }

  struct Join: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "A token with which agents enrol.")
    @Option(help: "Site; may be left out while there is only one.") var site: String?
    @Option(help: "Zone the agents stand in.") var zone: String?
    @Flag(help: "Make the zone if there is none of that name.") var createZone = false
    @Option(help: "scan, inventory, or both joined by a comma.") var duties = "scan,inventory"
    @Option(help: "How many agents may enrol with it.") var uses = 1
    @Option(help: "How long it is valid: 30m, 8h, 7d.") var expires = "1h"
    @Option(name: .customLong("tag"), help: "A tag for the agents; may be repeated.") var tags: [String] = []
    @Option(help: "What it is for.") var note: String?
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
      var token = NewToken(use: .join)
      token.site = site
      token.zone = zone
      token.createZone = createZone ? true : nil
      token.duties = try duties.split(separator: ",").map { word in
        guard let duty = Duty(rawValue: String(word)) else {
          throw CommandFailure("--duties \"\(word)\": expected scan, inventory, or both", status: .usage)
        }
        return duty
      }
      token.tags = tags
      token.uses = uses
      token.expiresInSeconds = try TokenListing.seconds(expires)
      token.note = note
      try await TokenListing.issue(token, connection, output)
    }
  }

  struct API: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "api", abstract: "A token for the operator's API and command line.")
    @Option(help: "viewer, operator or admin.") var role = "viewer"
    @Option(help: "Only this site.") var site: String?
    @Option(help: "How long it is valid: 30m, 8h, 90d. Without it, until it is removed.") var expires: String?
    @Option(help: "What it is for.") var note: String?
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
      var token = NewToken(use: .api)
      guard let role = AccessRole(rawValue: role) else {
        throw CommandFailure("--role \"\(role)\": expected viewer, operator or admin", status: .usage)
      }
      token.role = role
      token.site = site
      token.expiresInSeconds = try expires.map(TokenListing.seconds)
      token.note = note
      try await TokenListing.issue(token, connection, output)
    }
  }

  struct Remove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Revoke a token. Agents that enrolled with it stay.", aliases: ["rm"])
    @Argument(help: "token:3 or 3.") var token: String
    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
      let id: TokenID = try IdentifierArgument.read(token)
      try await connection.client().delete(OperatorAPI.basePath + "/tokens/\(id.rawValue)")
    }
  }
}

enum TokenListing {
  static func seconds(_ text: String) throws -> Int {
    guard let duration = DurationText.read(text), duration > .zero else {
      throw CommandFailure("--expires \"\(text)\": expected a duration such as 30m, 8h or 7d", status: .usage)
    }
    return Int(duration.components.seconds)
  }

  /// Prints the secret alone for people and pipes, and everything as an object for programs.
  static func issue(_ token: NewToken, _ connection: ConnectionOptions, _ output: OutputOptions) async throws {
    try show(try await connection.client().post(OperatorAPI.basePath + "/tokens", token), output)
  }

  static func show(_ issued: IssuedToken, _ output: OutputOptions) throws {
    if output.isForMachines {
      var listing = listing([issued.token])
      listing.columns.append(.init("secret", title: "SECRET"))
      listing.rows[0].append(.text(issued.secret))
      try output.print(listing)
    } else {
      try OutputOptions.printSecret(issued.secret, again: "make another")
      let expiry = issued.token.expiresAt.map { "valid until \($0)" } ?? "valid until it is removed"
      StandardStream.error.print(
        "\(issued.token.id), \(expiry). The secret is shown this once: keep it in a file only you can read.")
    }
  }

  static func listing(_ tokens: [TokenRow]) -> Listing {
    Listing(
      columns: [
        .init("id", title: "TOKEN"), .init("use", title: "USE"), .init("condition", title: "CONDITION"),
        .init("role", title: "ROLE"), .init("site", title: "SITE", dropPriority: 2), .init("zone", title: "ZONE"),
        .init("duties", title: "DUTIES", dropPriority: 3), .init("tags", title: "TAGS", isWideOnly: true),
        .init("usesMade", title: "USED", alignment: .trailing),
        .init("usesAllowed", title: "OF", alignment: .trailing),
        .init("expiresAt", title: "EXPIRES", dropPriority: 4), .init("createdAt", title: "CREATED", isWideOnly: true),
        .init("note", title: "NOTE", dropPriority: 5), .init("replaces", title: "REPLACES", isWideOnly: true),
      ],
      rows: tokens.map { token in
        [
          .text(token.id.description), .text(token.use.rawValue), .text(token.condition.rawValue),
          .text(ifPresent: token.role?.rawValue), .text(ifPresent: token.site), .text(ifPresent: token.zone),
          .list(token.duties.map { .text($0.rawValue) }), .list(token.tags.map { .text($0) }),
          .integer(Int64(token.usesMade)), .integer(ifPresent: token.usesAllowed.map { Int64($0) }),
          .time(ifPresent: token.expiresAt), .time(token.createdAt.milliseconds), .text(ifPresent: token.note),
          .text(ifPresent: token.replaces?.description),
        ]
      })
  }
}
