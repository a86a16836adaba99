internal import ArgumentParser
internal import Curl
internal import Model
internal import Wire

struct ScansCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "scans", abstract: "Surveys of your networks: submit, follow, pause, cancel.",
    subcommands: [
      List.self, SubmitScan.self, Show.self, Watch.self, Coverage.self, Pause.self, Resume.self, Cancel.self,
    ], defaultSubcommand: List.self,
    aliases: ["scan"])

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List the scans, newest first.")
    @Option(help: "At most so many.") var limit: Int?
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
      if let limit, limit < 1 { throw CommandFailure("--limit: expected a positive number", status: .usage) }
      // The newest, or in another order the first of all.
      try await output.printRows(connection.client(), "/scans", limit: limit, sortedLimit: limit) {
        ScanListing.listing($0)
      }
    }
  }

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show one scan with its lanes and its coverage.")
    @Argument(help: "scan:48, 48, or last.") var scan: String
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
      let client = try connection.client()
      let row = try await ScanFollowing.scan(ScanFollowing.id(scan, client), client)
      try output.print(ScanListing.details(row, isForMachines: output.isForMachines))
    }
  }

  struct Watch: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Follow a scan until it is over; Ctrl-C stops following, not the scan.")
    @Argument(help: "scan:48, 48, or last.") var scan: String
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
      let client = try connection.client()
      let row = try await ScanFollowing.follow(
        ScanFollowing.id(scan, client), client, showsProgress: true, timeout: nil)
      try output.print(ScanListing.details(row, isForMachines: output.isForMachines))
      try ScanFollowing.demandComplete(row)
    }
  }

  struct Coverage: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "What a scan has looked at, lane by lane: probed, skipped, failed (by whom and why), not reached.")
    @Argument(help: "scan:48, 48, or last.") var scan: String
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
      let client = try connection.client()
      let row = try await ScanFollowing.scan(ScanFollowing.id(scan, client), client)
      try output.print(CoverageListing.listing(row))
    }
  }

  struct Pause: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Give out no more of a scan; running jobs are given back with what they have found.")
    @Argument(help: "scan:48, 48, or last.") var scan: String
    @OptionGroup var connection: ConnectionOptions

    func run() async throws { try await ScanFollowing.change(scan, "pause", connection) }
  }

  struct Resume: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Go on with a paused scan.")
    @Argument(help: "scan:48, 48, or last.") var scan: String
    @OptionGroup var connection: ConnectionOptions

    func run() async throws { try await ScanFollowing.change(scan, "resume", connection) }
  }

  struct Cancel: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "End a scan now; what it has found stays.")
    @Argument(help: "scan:48, 48, or last.") var scan: String
    @OptionGroup var connection: ConnectionOptions

    func run() async throws { try await ScanFollowing.change(scan, "cancel", connection) }
  }
}
