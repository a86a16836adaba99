internal import ArgumentParser
internal import Curl
internal import LocalSystem
internal import Model
internal import Wire

struct SubmitScan: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "submit", abstract: "Ask for a scan.",
    discussion:
      "Targets: addresses, 10.0.0-3.1,5, 10.0.0.0/24, 10.0.0.5-10.0.1.9, host names, IPv6 addresses and networks.")

  @OptionGroup var scan: ScanOptions
  @Option(help: "A name for it.") var name: String?
  @Flag(help: "Say what it would cost, and do nothing.") var dryRun = false
  @Flag(help: "Follow it until it is over.") var watch = false
  @Flag(help: "Wait silently until it is over; exits 5 if it ended incomplete.") var wait = false
  @Option(help: "Stop waiting after this long and exit 8.") var waitTimeout: String?
  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var output: OutputOptions

  func run() async throws {
    let submission = try submission()
    let timeout = try waitTimeout.map { text in
      guard let duration = DurationText.read(text) else {
        throw CommandFailure("--wait-timeout \"\(text)\": expected a duration such as 30m", status: .usage)
      }
      return duration
    }
    let client = try connection.client()
    let receipt: SubmissionReceipt = try await client.post(OperatorAPI.basePath + "/scans", submission)
    for (name, addresses) in receipt.resolved.sorted(by: { $0.key < $1.key }) {
      StandardStream.error.print("\(name) is \(addresses.joined(separator: ", "))")
    }
    for part in receipt.excluded {
      StandardStream.error.print(
        "rule \"\(part.rule)\" leaves out \(part.addresses) addresses: \(part.networks.joined(separator: ", "))")
    }
    for blackout in receipt.blackouts ?? [] {
      StandardStream.error.print(
        "blackout \"\(blackout.name)\" is in its way from \(blackout.from) to \(blackout.until)")
    }
    guard let scan = receipt.scan else {
      try output.print(ScanListing.listing(receipt))
      return
    }
    StandardStream.error.print(
      "\(scan.id): \(receipt.addresses) addresses, \(receipt.portsPerAddress) ports each, \(receipt.probes) probes\(receipt.identifies ? ", identifying services" : "")"
    )
    guard watch || wait else {
      try output.print(ScanListing.listing([scan]))
      return
    }
    let row = try await ScanFollowing.follow(scan.id, client, showsProgress: watch, timeout: timeout)
    try output.print(ScanListing.details(row, isForMachines: output.isForMachines))
    try ScanFollowing.demandComplete(row)
  }

  func submission() throws -> ScanSubmission {
    guard !(watch && wait) else { throw CommandFailure("--watch and --wait exclude each other", status: .usage) }
    var submission = try scan.submission()
    guard !submission.targets.isEmpty else { throw CommandFailure("name at least one target", status: .usage) }
    submission.name = name
    submission.isDryRun = dryRun ? true : nil
    return submission
  }
}
