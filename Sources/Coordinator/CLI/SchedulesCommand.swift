internal import ArgumentParser
internal import Curl
internal import LocalSystem
internal import Model
internal import Wire

struct SchedulesCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "schedules", abstract: "Scans that run by themselves.",
    subcommands: [
      List.self, AddSchedule.self, EditSchedule.self, Show.self, NextRuns.self, Runs.self, Run.self, Pause.self,
      Resume.self, Lint.self, Remove.self, ClockChanges.self,
    ], defaultSubcommand: List.self, aliases: ["schedule"])

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List the schedules.")
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
      try output.print(ScheduleListing.listing(try await ScheduleFinding.all(connection.client())))
    }
  }

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show a schedule.")
    @Argument(help: "Its name, schedule:3, or 3.") var schedule: String
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
      let row = try await ScheduleFinding.one(schedule, connection.client())
      try output.print(
        output.isForMachines || output.keys != nil
          ? ScheduleListing.listing([row]) : ScheduleListing.details(row))
    }
  }

  struct Runs: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List what became of each planned run, newest first, and why.")
    @Argument(help: "Its name, schedule:3, or 3.") var schedule: String
    @Option(help: "At most so many.") var limit: Int = 50
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
      let client = try connection.client()
      let row = try await ScheduleFinding.one(schedule, client)
      try await output.printRows(
        client, "/schedules/\(row.id.rawValue)/runs", limit: limit, sortedLimit: limit
      ) { (runs: [ScheduleRunRow]) in ScheduleListing.listing(runs) }
    }
  }

  struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Start its scan now, besides its planned runs.")
    @Argument(help: "Its name, schedule:3, or 3.") var schedule: String
    @Option(help: .init("A time; the past is refused with its reason.", visibility: .hidden)) var at: String?
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
      let client = try connection.client()
      let row = try await ScheduleFinding.one(schedule, client)
      let time = try at.map { try ZoneClock.read($0, in: ZoneClock.rules(of: row.timeZone), option: "--at") }
      let scan: ScanRow = try await client.post(
        OperatorAPI.basePath + "/schedules/\(row.id.rawValue)/run", ScheduleRunRequest(at: time))
      try output.print(ScanListing.listing([scan]))
    }
  }

  struct Pause: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Let nothing of it be due until it is resumed.")
    @Argument(help: "Its name, schedule:3, or 3.") var schedule: String
    @OptionGroup var connection: ConnectionOptions

    func run() async throws { try await ScheduleFinding.change(schedule, "pause", connection) }
  }

  struct Resume: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Go on with a paused schedule, from now.")
    @Argument(help: "Its name, schedule:3, or 3.") var schedule: String
    @OptionGroup var connection: ConnectionOptions

    func run() async throws { try await ScheduleFinding.change(schedule, "resume", connection) }
  }

  struct Remove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Remove a schedule and its list of runs; its scans stay.", aliases: ["rm"])
    @Argument(help: "Its name, schedule:3, or 3.") var schedule: String
    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
      let client = try connection.client()
      let row = try await ScheduleFinding.one(schedule, client)
      try await client.delete(OperatorAPI.basePath + "/schedules/\(row.id.rawValue)")
    }
  }

  struct Lint: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Warn of schedules that take longer than their interval, have ended, or would fail.")
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
      let page: Page<ScheduleRemark> = try await connection.client().get(OperatorAPI.basePath + "/schedules/lint")
      try output.print(ScheduleListing.listing(page.rows))
    }
  }
}

/// Finds schedules by what operators call them.
enum ScheduleFinding {
  static func all(_ client: CoordinatorClient) async throws -> [ScheduleRow] {
    try await PageReading.rows(client, "/schedules")
  }

  /// Throws a `CommandFailure` for a name or id that there is not.
  static func one(_ text: String, _ client: CoordinatorClient) async throws -> ScheduleRow {
    // A name may look like a number; then the name is meant.
    let found = try await all(client)
    guard let row = found.first(where: { $0.name == text }) ?? found.first(where: { ScheduleID(text) == $0.id }) else {
      throw CommandFailure("there is no schedule \"\(text)\"")
    }
    return row
  }

  static func change(_ schedule: String, _ verb: String, _ connection: ConnectionOptions) async throws {
    let client = try connection.client()
    let id = try await one(schedule, client).id
    let row: ScheduleRow = try await client.post(OperatorAPI.basePath + "/schedules/\(id.rawValue)/\(verb)")
    StandardStream.error.print(
      "\(row.name) \(row.isPaused ? "is paused" : "runs next at \(row.nextAt?.description ?? "no time")")")
  }
}
