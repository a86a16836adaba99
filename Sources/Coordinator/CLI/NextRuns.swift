internal import ArgumentParser
internal import Curl
internal import Listing
internal import LocalSystem
internal import Model
internal import Schedules
internal import Wire

/// `schedules next`: coming runs, without a coordinator for an expression.
struct NextRuns: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "next", abstract: "Print when an expression, or a schedule, is due next; one time a line.",
    discussion: """
      An expression has five fields, or is @daily and the like, or "every 15m"; it needs no coordinator. Anything else \
      names a schedule. With --batch each line of a file is COUNT FROM TIME-ZONE EXPRESSION, and is answered by one line.
      """)

  @Argument(help: "'EXPR', or a schedule's name or id.") var what: String?
  @Option(help: "Whose clock: Europe/Berlin, UTC; default: this machine's.") var timeZone: String?
  @Option(help: "Runs later than this; default: now.") var from: String = "now"
  @Option(name: .customShort("n"), help: "So many.") var count: Int = 10
  @Flag(help: "With UTC beside, and what the clock does to them.") var notes = false
  @Option(help: .init("A file of questions, - for standard input.", visibility: .hidden)) var batch: String?
  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var output: OutputOptions

  private static let countLimit = 100_000
  private static let batchBytes = 64 << 20

  func run() async throws {
    if let batch { return try Self.answer(batch) }
    guard let what else { throw CommandFailure("name an expression or a schedule", status: .usage) }
    guard (1...Self.countLimit).contains(count) else {
      throw CommandFailure("-n \(count): 1 to \(Self.countLimit) are expected", status: .usage)
    }
    // A name has no blanks, an expression has, or begins with @.
    guard what.contains(where: { $0.isWhitespace }) || what.hasPrefix("@") else { return try await schedule(what) }
    let rules = try ZoneClock.rules(of: timeZone)
    let start = try ZoneClock.read(from, in: rules, option: "--from")
    let runs = try Self.runs(what, rules, start, count)
    guard notes || output.isForMachines else {
      return try Self.print(runs.map { rules.text(of: $0.time) }.joined(separator: "\n") + (runs.isEmpty ? "" : "\n"))
    }
    try output.print(RunListing.listing(runs, rules))
  }

  private func schedule(_ name: String) async throws {
    let client = try connection.client()
    let row = try await ScheduleFinding.one(name, client)
    let rules = try ZoneClock.rules(of: row.timeZone)
    let start = try ZoneClock.read(from, in: rules, option: "--from")
    let page: Page<ComingRunRow> = try await client.get(
      OperatorAPI.basePath + "/schedules/\(row.id.rawValue)/next",
      query: [("from", start.description), ("limit", String(min(count, WireLimits.pageRows)))])
    try output.print(ScheduleListing.listing(page.rows, row.timeZone))
  }

  private static func runs(
    _ text: String, _ rules: TimeZoneRules, _ start: Timestamp, _ count: Int
  ) throws -> [ScheduledRun] {
    do {
      return Array(ScheduleRuns(try ScheduleExpression(text), in: rules, after: start).prefix(count))
    } catch {
      throw CommandFailure(error.description, status: .usage)
    }
  }

  private static func print(_ text: String) throws {
    let stream = BufferedOutput()
    stream.write(text)
    do {
      try stream.finish()
    } catch {
      throw CommandFailure(error.description)
    }
  }

  /// A line `refused: REASON` where the expression is none.
  private static func answer(_ file: String) throws {
    let text: String
    do {
      text = try TextFile.read(file, maximumBytes: batchBytes)
    } catch {
      throw CommandFailure("\(error)", status: .usage)
    }
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ", maxSplits: 3).map(String.init)
      guard words.count == 4, let count = Int(words[0]), (0...countLimit).contains(count) else {
        throw CommandFailure("--batch: expected COUNT FROM TIME-ZONE EXPRESSION, not \"\(line)\"", status: .usage)
      }
      let rules = try ZoneClock.rules(of: words[2])
      let start = try ZoneClock.read(words[1], in: rules, option: "--batch")
      do {
        let found = try runs(words[3], rules, start, count)
        try print(found.map { rules.text(of: $0.time) }.joined(separator: " ") + "\n")
      } catch {
        try print("refused: \(error)\n")
      }
    }
  }
}

/// `schedules clock`: when a zone's clock is changed.
struct ClockChanges: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "clock", abstract: "Print when a time zone's clock changes, as this machine's zone files say.")

  @Argument(help: "Europe/Berlin, for one.") var timeZone: String
  @Option(help: "From this time on; default: now.") var from: String = "now"
  @Option(help: "Until this time; default: ten years later.") var to: String?
  @OptionGroup var output: OutputOptions

  func run() async throws {
    let rules = try ZoneClock.rules(of: timeZone)
    let start = try ZoneClock.read(from, in: rules, option: "--from")
    let end = try to.map { try ZoneClock.read($0, in: rules, option: "--to") } ?? start + .seconds(3_653 * 86_400)
    try output.print(
      Listing(
        columns: [
          .init("at", title: "AT"), .init("offsetSeconds", title: "OFFSET", alignment: .trailing),
          .init("abbreviation", title: "NAME"), .init("isDaylight", title: "SUMMER"),
        ],
        rows: rules.changes(from: start, to: end).map { change in
          [
            .time(change.start * 1_000), .integer(change.offset), .text(change.abbreviation),
            .boolean(change.isDaylight),
          ]
        }))
  }
}

enum RunListing {
  static func listing(_ runs: [ScheduledRun], _ rules: TimeZoneRules, notes: [String?] = []) -> Listing {
    Listing(
      columns: [
        .init("local", title: rules.name.uppercased()), .init("at", title: "UTC"), .init("note", title: "NOTE"),
      ],
      rows: runs.enumerated().map { index, run in
        let words = [run.note, index < notes.count ? notes[index] : nil].compactMap(\.self)
        return [
          .text(rules.text(of: run.time)), .time(run.time.milliseconds),
          .text(ifPresent: words.isEmpty ? nil : words.joined(separator: "; ")),
        ]
      })
  }
}
