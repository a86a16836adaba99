internal import ArgumentParser
internal import Curl
internal import Listing
internal import LocalSystem
internal import Model
internal import Wire

struct AgentsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "agents", abstract: "The agents that have enrolled.",
    subcommands: [
      List.self, Show.self, Drain.self, Resume.self, Tag.self, Wait.self, Rekey.self, Replace.self, Remove.self,
    ],
    defaultSubcommand: List.self,
    aliases: ["agent"])

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List the agents.")
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
      let agents: [AgentRow] = try await PageReading.rows(connection.client(), "/agents")
      try output.print(AgentListing.listing(agents))
    }
  }

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show one agent.")
    @Argument(help: "agent:3 or 3.") var agent: String
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
      let id: AgentID = try IdentifierArgument.read(agent)
      let row: AgentRow = try await connection.client().get(OperatorAPI.basePath + "/agents/\(id.rawValue)")
      try output.print(AgentListing.details(row, isForMachines: output.isForMachines))
    }
  }

  struct Remove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Remove an agent: its secret stops working and its inside view leaves the chart.", aliases: ["rm"])
    @Argument(help: "agent:3 or 3.") var agent: String
    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
      let id: AgentID = try IdentifierArgument.read(agent)
      try await connection.client().delete(OperatorAPI.basePath + "/agents/\(id.rawValue)")
    }
  }
}

extension AgentsCommand {
  struct Drain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Give an agent no more jobs; it ends what it works on. Its inventory goes on.")
    @Argument(help: "agent:3 or 3.") var agent: String
    @OptionGroup var connection: ConnectionOptions

    func run() async throws { try await AgentListing.change(agent, "drain", connection) }
  }

  struct Resume: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Give a drained agent jobs again.")
    @Argument(help: "agent:3 or 3.") var agent: String
    @OptionGroup var connection: ConnectionOptions

    func run() async throws { try await AgentListing.change(agent, "resume", connection) }
  }

  struct Tag: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Give an agent tags, or take some from it: scans may be placed by them.")
    @Argument(help: "agent:3 or 3.") var agent: String
    @Argument(help: "Tags to give.") var tags: [String] = []
    @Option(help: "A tag to take away; may come several times.") var remove: [String] = []
    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
      guard !tags.isEmpty || !remove.isEmpty else {
        throw CommandFailure("expected tags to give, or --remove TAG", status: .usage)
      }
      let id: AgentID = try IdentifierArgument.read(agent)
      let row: AgentRow = try await connection.client().post(
        OperatorAPI.basePath + "/agents/\(id.rawValue)/tags", TagChange(add: tags, remove: remove))
      print(row.tags.isEmpty ? "\(row.id) has no tags" : "\(row.id): \(row.tags.joined(separator: " "))")
    }
  }

  struct Wait: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Wait until an agent has no job: after a drain, until it may be stopped; exits 8 after the timeout.")
    @Argument(help: "agent:3 or 3.") var agent: String
    @Option(help: "Wait at most so long: 30m.") var timeout: String?
    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
      let id: AgentID = try IdentifierArgument.read(agent)
      let limit = try timeout.map { text in
        guard let duration = DurationText.read(text) else {
          throw CommandFailure("--timeout \"\(text)\": expected a duration such as 30m", status: .usage)
        }
        return ContinuousClock.now + duration
      }
      let client = try connection.client()
      while true {
        let row: AgentRow = try await client.get(OperatorAPI.basePath + "/agents/\(id.rawValue)")
        if row.currentJob == nil { return }
        if let limit, ContinuousClock.now >= limit {
          throw CommandFailure("\(row.id) still works on \(row.currentJob?.description ?? "a job")", status: .timedOut)
        }
        try await Task.sleep(for: .milliseconds(500))
      }
    }
  }
}

enum AgentListing {
  static func change(_ agent: String, _ verb: String, _ connection: ConnectionOptions) async throws {
    let id: AgentID = try IdentifierArgument.read(agent)
    let row: AgentRow = try await connection.client().post(OperatorAPI.basePath + "/agents/\(id.rawValue)/\(verb)")
    StandardStream.error.print("\(row.id) is \(row.presence.rawValue)")
  }

  private static let columns: [ListingColumn] = [
    .init("id", title: "AGENT"), .init("name", title: "NAME"), .init("presence", title: "PRESENCE"),
    .init("site", title: "SITE", dropPriority: 2), .init("zone", title: "ZONE"),
    .init("duties", title: "DUTIES", dropPriority: 3), .init("currentJob", title: "JOB", dropPriority: 4),
    .init("probesPerSecond", title: "PROBES/S", dropPriority: 5, alignment: .trailing),
    .init("lastSeen", title: "SEEN", dropPriority: 9), .init("inventoryAt", title: "INVENTORY", isWideOnly: true),
    .init("version", title: "VERSION", isWideOnly: true), .init("hostName", title: "HOST", isWideOnly: true),
    .init("operatingSystem", title: "SYSTEM", isWideOnly: true), .init("tags", title: "TAGS", isWideOnly: true),
    .init("addresses", title: "ADDRESSES", isWideOnly: true),
    .init("capabilities", title: "CAPABILITIES", isWideOnly: true),
    .init("clockSkewMilliseconds", title: "CLOCK SKEW MS", alignment: .trailing, isWideOnly: true),
    .init("spoolRecords", title: "UNDELIVERED", alignment: .trailing, isWideOnly: true),
    .init("lostRecords", title: "LOST", alignment: .trailing, isWideOnly: true),
    .init("duplicates", title: "COPIES ON", isWideOnly: true),
    .init("enrolledAt", title: "ENROLLED", isWideOnly: true),
  ]

  static func listing(_ agents: [AgentRow]) -> Listing { Listing(columns: columns, rows: agents.map(row)) }

  private static func row(_ agent: AgentRow) -> [ListingValue] {
    [
      .text(agent.id.description), .text(agent.name), .text(agent.presence.rawValue), .text(agent.site),
      .text(agent.zone), .list(agent.duties.map { .text($0.rawValue) }),
      .text(ifPresent: agent.currentJob?.description), .integer(ifPresent: agent.probesPerSecond.map { Int64($0) }),
      .time(ifPresent: agent.lastSeen), .time(ifPresent: agent.inventoryAt), .text(agent.version),
      .text(agent.hostName), .text(agent.operatingSystem), .list(agent.tags.map { .text($0) }),
      .list(agent.addresses.map { .text($0) }), .list((agent.capabilities ?? []).map { .text($0) }),
      .integer(ifPresent: agent.clockSkewMilliseconds.map { Int64($0) }),
      .integer(ifPresent: agent.spool.map { Int64($0.records) }),
      .integer(ifPresent: agent.spool.map { Int64($0.lostRecords) }),
      .list(agent.duplicates.map { .text($0) }), .time(agent.enrolledAt.milliseconds),
    ]
  }

  /// One record, a field a line for people.
  static func details(_ agent: AgentRow, isForMachines: Bool) -> Listing {
    isForMachines ? listing([agent]) : .fields(columns, row(agent))
  }
}
