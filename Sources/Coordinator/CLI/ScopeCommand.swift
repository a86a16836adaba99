internal import ArgumentParser
internal import Curl
internal import Listing
internal import Model
internal import Wire

struct ScopeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "scope", abstract: "What may be scanned, and what must not be.",
    subcommands: [List.self, Allow.self, Exclude.self, Limit.self, Test.self, Remove.self], defaultSubcommand: List.self
  )

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List the rules; exclusions always win.")
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
      let rules: [ScopeRuleRow] = try await PageReading.rows(connection.client(), "/scope")
      try output.print(ScopeListing.listing(rules))
    }
  }

  struct RuleOptions: ParsableArguments {
    @Argument(help: "Addresses, CIDR networks or ranges.") var networks: [String]
    @Option(help: "The rule's name.") var name: String
    @Option(help: "Why.") var note: String
    @Option(help: "Only this site.") var site: String?
    @Option(help: "Only these ports.") var ports: String?
    @Option(help: "Until this time (RFC 3339), or for so long from now: 8h, 7d.") var until: String?

    func rule(_ action: ScopeAction) throws -> NewScopeRule {
      var rule = NewScopeRule(action: action, networks: networks, name: name, note: note)
      rule.site = site
      rule.ports = ports
      rule.until = try until.map { text in
        if let time = Timestamp(text) { return time }
        guard let duration = DurationText.read(text) else {
          throw CommandFailure(
            "--until \"\(text)\": expected a time such as 2027-01-31T18:00:00Z or a duration such as 7d", status: .usage
          )
        }
        return Clock.now + duration
      }
      return rule
    }
  }

  struct Allow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Permit scanning of networks that are yours.")
    @OptionGroup var rule: RuleOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws { try await ScopeListing.add(rule.rule(.allow), connection, output) }
  }

  struct Exclude: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Forbid scanning, whatever else permits it.")
    @OptionGroup var rule: RuleOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws { try await ScopeListing.add(rule.rule(.exclude), connection, output) }
  }

  struct Limit: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Bound how fast networks are probed, all agents together; permits nothing.")
    @OptionGroup var rule: RuleOptions
    @Option(help: "Probes a second, divided among the agents that work there.") var rate: Int?
    @Option(help: "Jobs there at once.") var maxJobs: Int?
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
      var limit = try rule.rule(.limit)
      limit.rate = rate
      limit.maximumJobs = maxJobs
      try await ScopeListing.add(limit, connection, output)
    }
  }

  struct Test: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Say which rule decides on an address; exits 7 if it may not be scanned.")
    @Argument(help: "ADDRESS, ADDRESS:PORT or [IPV6]:PORT.") var address: String
    @Option(help: "Site; may be left out while there is only one.") var site: String?
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
      let (host, port) = try ScopeListing.endpoint(address)
      var query = [(name: "address", value: host)]
      if let port { query.append(("port", port)) }
      if let site { query.append(("site", site)) }
      let decision: ScopeDecision = try await connection.client().get(
        OperatorAPI.basePath + "/scope/test", query: query)
      try output.print(ScopeListing.listing(decision))
      if !decision.isAllowed {
        throw CommandFailure(
          decision.rule.map { "rule \"\($0.name)\" excludes \(address)" } ?? "no rule allows \(address)",
          status: .refused)
      }
    }
  }

  struct Remove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Remove a rule.", aliases: ["rm"])
    @Argument(help: "rule:3 or 3.") var rule: String
    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
      let id: ScopeRuleID = try IdentifierArgument.read(rule)
      try await connection.client().delete(OperatorAPI.basePath + "/scope/\(id.rawValue)")
    }
  }
}

enum ScopeListing {
  static func add(_ rule: NewScopeRule, _ connection: ConnectionOptions, _ output: OutputOptions) async throws {
    let row: ScopeRuleRow = try await connection.client().post(OperatorAPI.basePath + "/scope", rule)
    try output.print(listing([row]))
  }

  /// Splits `ADDRESS:PORT`; a bare IPv6 address has no port.
  static func endpoint(_ text: String) throws -> (host: String, port: String?) {
    if HostAddress(text) != nil { return (text, nil) }
    if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
      let host = String(text[text.index(after: text.startIndex)..<end])
      let rest = text[text.index(after: end)...]
      if rest.isEmpty { return (host, nil) }
      if rest.hasPrefix(":") { return (host, String(rest.dropFirst())) }
    } else if let colon = text.lastIndex(of: ":") {
      return (String(text[..<colon]), String(text[text.index(after: colon)...]))
    }
    throw CommandFailure("\"\(text)\": expected ADDRESS, ADDRESS:PORT or [IPV6]:PORT", status: .usage)
  }

  static func listing(_ rules: [ScopeRuleRow]) -> Listing {
    Listing(
      columns: [
        .init("id", title: "RULE"), .init("name", title: "NAME"), .init("action", title: "ACTION"),
        .init("networks", title: "NETWORKS"), .init("ports", title: "PORTS"),
        .init("rate", title: "RATE", dropPriority: 5, alignment: .trailing),
        .init("maximumJobs", title: "MAX JOBS", dropPriority: 6, alignment: .trailing),
        .init("site", title: "SITE", dropPriority: 2), .init("until", title: "UNTIL", dropPriority: 3),
        .init("note", title: "NOTE", dropPriority: 4), .init("createdAt", title: "CREATED", isWideOnly: true),
      ],
      rows: rules.map { rule in
        [
          .text(rule.id.description), .text(rule.name), .text(rule.action.rawValue),
          .list(rule.networks.map { .text($0) }), .text(ifPresent: rule.ports),
          .integer(ifPresent: rule.rate.map { Int64($0) }), .integer(ifPresent: rule.maximumJobs.map { Int64($0) }),
          .text(ifPresent: rule.site),
          .time(ifPresent: rule.until), .text(rule.note), .time(rule.createdAt.milliseconds),
        ]
      })
  }

  static func listing(_ decision: ScopeDecision) -> Listing {
    Listing(
      columns: [
        .init("address", title: "ADDRESS"), .init("port", title: "PORT", alignment: .trailing),
        .init("isAllowed", title: "ALLOWED"), .init("rule", title: "RULE"), .init("note", title: "NOTE"),
      ],
      rows: [
        [
          .text(decision.address.description), .integer(ifPresent: decision.port.map { Int64($0.rawValue) }),
          .boolean(decision.isAllowed), .text(ifPresent: decision.rule?.name), .text(ifPresent: decision.rule?.note),
        ]
      ])
  }
}
