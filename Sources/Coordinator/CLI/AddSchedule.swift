internal import ArgumentParser
internal import Curl
internal import LocalSystem
internal import Model
internal import Wire

/// How a schedule deals with what comes in its way; what is not said stays as it is, or as it usually is.
struct ScheduleOptions: ParsableArguments {
  @Option(help: "When: 'MINUTE HOUR DAY MONTH WEEKDAY', @daily, 'every 15m'.") var cron: String?
  @Option(help: "Whose clock: Europe/Berlin, UTC; default: this machine's.") var timeZone: String?
  @Option(help: "While the last scan still runs: skip, queue-one or replace; default: skip.") var overlap: String?
  @Option(help: "In a blackout: wait (within the catch-up window) or skip; default: wait.") var onBlackout: String?
  @Option(help: "How late the latest missed run may start: 12h, 0s for never; default: 1h.") var catchUp: String?
  @Option(help: "Put its runs off by up to this, always by the same: 10m.") var jitter: String?
  @Option(help: "No run from this time on.") var expires: String?
  @Option(help: "What the schedule is for.") var scheduleNote: String?

  /// Throws a `CommandFailure` that names the option.
  func apply(to schedule: inout ScheduleSubmission) throws {
    if let cron { schedule.cron = cron }
    if let timeZone { schedule.timeZone = timeZone }
    if let overlap { schedule.overlap = try Self.word(overlap, "--overlap") }
    if let onBlackout { schedule.onBlackout = try Self.word(onBlackout, "--on-blackout") }
    if let catchUp { schedule.catchUpSeconds = try Self.seconds(catchUp, "--catch-up") }
    if let jitter { schedule.jitterSeconds = try Self.seconds(jitter, "--jitter") }
    if let expires {
      schedule.expiresAt = try ZoneClock.read(expires, in: ZoneClock.rules(of: schedule.timeZone), option: "--expires")
    }
    if let scheduleNote { schedule.note = scheduleNote }
  }

  private static func word<Word: RawRepresentable<String> & CaseIterable>(
    _ text: String, _ option: String
  ) throws -> Word {
    guard let word = Word(rawValue: text) else {
      throw CommandFailure(
        "\(option) \"\(text)\": expected \(Word.allCases.map(\.rawValue).joined(separator: ", "))", status: .usage)
    }
    return word
  }

  static func seconds(_ text: String, _ option: String) throws -> Int {
    guard let duration = DurationText.read(text) else {
      throw CommandFailure("\(option) \"\(text)\": expected a duration such as 90m", status: .usage)
    }
    return Int(duration.components.seconds)
  }
}

struct AddSchedule: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "add", abstract: "Add a schedule; its next runs are shown.",
    discussion: "Takes the flags of scans submit; names are resolved anew at each run.")

  @Argument(help: "Its name.") var name: String
  @OptionGroup var scan: ScanOptions
  @OptionGroup var schedule: ScheduleOptions
  @Flag(help: "Show its next runs, and add nothing.") var dryRun = false
  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var output: OutputOptions

  func run() async throws {
    guard let cron = schedule.cron else {
      throw CommandFailure("say when with --cron, such as --cron '30 2 * * *' or --cron 'every 6h'", status: .usage)
    }
    let submission = try scan.submission()
    guard !submission.targets.isEmpty else { throw CommandFailure("name at least one target", status: .usage) }
    var wanted = ScheduleSubmission(name: name, cron: cron, scan: submission)
    wanted.timeZone = ZoneFiles.localName
    try schedule.apply(to: &wanted)
    wanted.isDryRun = dryRun ? true : nil
    let receipt: ScheduleReceipt = try await connection.client().post(OperatorAPI.basePath + "/schedules", wanted)
    try ScheduleListing.print(receipt, output)
  }
}

struct EditSchedule: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "edit", abstract: "Change a schedule; what is not named stays.",
    discussion: "What was said is taken away again with --no-…: --no-rate, --no-expires.")

  @Argument(help: "Its name, schedule:3, or 3.") var which: String
  @OptionGroup var scan: ScanOptions
  @OptionGroup var schedule: ScheduleOptions
  @Flag(help: "As if it had never been said.") var withdrawn: [WithdrawnOption] = []
  @Option(help: "Another name.") var rename: String?
  @Flag(help: "Show its next runs, and change nothing.") var dryRun = false
  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var output: OutputOptions

  func run() async throws {
    let client = try connection.client()
    let row = try await ScheduleFinding.one(which, client)
    var wanted = ScheduleSubmission(row)
    for option in withdrawn { option.withdraw(from: &wanted) }
    wanted.scan.change(by: try scan.submission(), zonesToo: scan.zone != "any")
    if let rename { wanted.name = rename }
    try schedule.apply(to: &wanted)
    wanted.isDryRun = dryRun ? true : nil
    let receipt: ScheduleReceipt = try await client.put(
      OperatorAPI.basePath + "/schedules/\(row.id.rawValue)", wanted)
    try ScheduleListing.print(receipt, output)
  }
}

extension ScanSubmission {
  /// Takes over what was said; zones have a usual value, which is no word of anybody's.
  fileprivate mutating func change(by other: ScanSubmission, zonesToo: Bool) {
    if !other.targets.isEmpty { targets = other.targets }
    if zonesToo { zones = other.zones }
    func take<Value>(_ field: WritableKeyPath<ScanSubmission, Value?>, _ submission: inout ScanSubmission) {
      if let value = other[keyPath: field] { submission[keyPath: field] = value }
    }
    take(\.exclusions, &self)
    take(\.ports, &self)
    take(\.excludedPorts, &self)
    take(\.transports, &self)
    take(\.identifies, &self)
    take(\.looksUpNames, &self)
    take(\.site, &self)
    take(\.timing, &self)
    take(\.rate, &self)
    take(\.ratePerAgent, &self)
    take(\.ratePerHost, &self)
    take(\.priority, &self)
    take(\.maximumJobs, &self)
    take(\.agents, &self)
    take(\.tags, &self)
    take(\.maximumSeconds, &self)
    take(\.note, &self)
    take(\.ignoresBlackouts, &self)
    take(\.isConfirmed, &self)
  }
}
