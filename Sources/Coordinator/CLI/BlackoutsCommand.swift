internal import ArgumentParser
internal import Curl
internal import Listing
internal import LocalSystem
internal import Model
internal import Schedules
internal import Wire

struct BlackoutsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "blackouts", abstract: "When and where nothing is probed.",
    subcommands: [List.self, Add.self, Remove.self], defaultSubcommand: List.self, aliases: ["blackout"])

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List the blackouts.", aliases: ["show"])
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
      let rows: [BlackoutRow] = try await PageReading.rows(connection.client(), "/blackouts")
      try output.print(BlackoutListing.listing(rows))
    }
  }

  struct Add: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Forbid probing for a time: scans that run there pause and go on.")
    @Argument(help: "Its name.") var name: String
    @Option(help: "Again and again from these times: '0 8 * * 1-5'.") var cron: String?
    @Option(help: "For so long each time: 10h.") var duration: String?
    @Option(help: "Once, from this time.") var from: String?
    @Option(help: "Until this time.") var to: String?
    @Option(help: "Whose clock: Europe/Berlin, UTC; default: this machine's.") var timeZone: String?
    @Option(help: "Only in this site.") var site: String?
    @Option(help: "Only for agents of this zone.") var zone: String?
    @Option(help: "Only these networks, joined by commas.") var net: String?
    @Option(help: "Why.") var note: String?
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
      let row: BlackoutRow = try await connection.client().post(OperatorAPI.basePath + "/blackouts", try blackout())
      try output.print(BlackoutListing.listing([row]))
    }

    private func blackout() throws -> NewBlackout {
      var wanted = NewBlackout(name: name)
      let rules = try ZoneClock.rules(of: timeZone)
      switch (cron, duration, from, to) {
      case (let cron?, let duration?, nil, nil):
        wanted.cron = cron
        wanted.timeZone = rules.name
        wanted.durationSeconds = try ScheduleOptions.seconds(duration, "--duration")
      case (nil, nil, let from?, let to?):
        wanted.from = try ZoneClock.read(from, in: rules, option: "--from")
        wanted.to = try ZoneClock.read(to, in: rules, option: "--to")
      default:
        throw CommandFailure("say when: --cron with --duration, or --from with --to", status: .usage)
      }
      wanted.site = site
      wanted.zone = zone
      wanted.networks = net.map { $0.split(separator: ",").map(String.init) }
      wanted.note = note
      return wanted
    }
  }

  struct Remove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Remove a blackout; what it held up goes on.", aliases: ["rm"])
    @Argument(help: "Its name, blackout:3, or 3.") var blackout: String
    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
      let client = try connection.client()
      let rows: [BlackoutRow] = try await PageReading.rows(client, "/blackouts")
      guard let row = rows.first(where: { $0.name == blackout }) ?? rows.first(where: { BlackoutID(blackout) == $0.id })
      else { throw CommandFailure("there is no blackout \"\(blackout)\"") }
      try await client.delete(OperatorAPI.basePath + "/blackouts/\(row.id.rawValue)")
    }
  }
}

enum BlackoutListing {
  static func listing(_ blackouts: [BlackoutRow]) -> Listing {
    Listing(
      columns: [
        .init("id", title: "BLACKOUT"), .init("name", title: "NAME"), .init("cron", title: "CRON"),
        .init("timeZone", title: "TIME ZONE"), .init("durationSeconds", title: "SECONDS", alignment: .trailing),
        .init("isActive", title: "NOW"), .init("nextFrom", title: "FROM (UTC)"), .init("nextTo", title: "TO (UTC)"),
        .init("site", title: "SITE", dropPriority: 3), .init("zone", title: "ZONE", dropPriority: 2),
        .init("networks", title: "NETWORKS", dropPriority: 1), .init("note", title: "NOTE", dropPriority: 4),
      ],
      rows: blackouts.map { row in
        [
          .text(row.id.description), .text(row.name), .text(ifPresent: row.cron), .text(ifPresent: row.timeZone),
          .integer(ifPresent: row.durationSeconds.map { Int64($0) }), .boolean(row.isActive),
          .time(ifPresent: row.nextFrom), .time(ifPresent: row.nextTo), .text(ifPresent: row.site),
          .text(ifPresent: row.zone), .list(row.networks.map { .text($0) }), .text(ifPresent: row.note),
        ]
      })
  }
}
