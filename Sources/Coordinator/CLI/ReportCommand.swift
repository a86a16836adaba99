internal import ArgumentParser
internal import Curl
internal import Listing
internal import LocalSystem
internal import Model
internal import Report
internal import Wire

extension ReportFormat: ExpressibleByArgument {}

struct ReportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "One file that tells a time's scope, scans, gaps, changes and endpoints; see docs/reports.md.",
    discussion: """
      Times: RFC 3339, 2026-01-31, 2026-01-31T08:30 (UTC), an age such as 7d, now. html is one page with charts and nothing \
      beside it; csv is for spreadsheets; nmap is nmap's XML.
      """)
  @Argument(help: "A query, as for ports: port:443 net:10.0.0.0/8 …") var terms: [String] = []
  @Option(help: "The time's beginning.") var from: String
  @Option(help: "The time's end.") var to = "now"
  @Option(help: "html, md, nmap or csv.") var format: ReportFormat = .html
  @Option(help: "The file, which is made or replaced.") var out: String
  @OptionGroup var connection: ConnectionOptions

  func run() async throws {
    let client = try connection.client()
    let status: CoordinatorStatus = try await client.get(OperatorAPI.basePath + "/status")
    let begin = try TimeArgument.read(from, .beginning, now: status.now, option: "--from")
    let end = try TimeArgument.read(to, .end, now: status.now, option: "--to")
    guard begin <= end else {
      throw CommandFailure("--from is later than --to: \(begin) and \(end)", status: .usage)
    }
    let query = terms.joined(separator: " ")
    do {
      // First of all: what cannot be written need not be asked for.
      let file = try ReplacedFile(out)
      let facts = ReportFacts(
        version: ProgramVersion.text, command: command(query), query: query, from: begin, to: end, madeAt: status.now,
        rules: try await PageReading.rows(client, "/scope"), scans: try await scans(client, from: begin, to: end))
      let writer = try ReportWriter(format, facts, to: file)
      if writer.tellsChanges {
        // Of a day that is not over, until now.
        let time = [(name: "from", value: begin.description), ("asOf", min(end, status.now).description)]
        try await PageReading.eachPage(client, "/changes", query: [("query", query)] + time) { (changes: [ChangeRow]) in
          try writer.add(changes)
        }
      }
      // The present needs no search of the past.
      let time: [(name: String, value: String)] = end < status.now ? [("asOf", end.description)] : []
      try await PageReading.eachPage(client, "/ports", query: [("query", query)] + time) { (rows: [PortRow]) in
        try writer.add(rows)
      }
      Self.tell(try writer.finish(), out)
    } catch let error as ReportError {
      throw CommandFailure(error.description)
    }
  }

  /// As it was typed, without what is said of the connection.
  private func command(_ query: String) -> String {
    let words = ["periplus report", query, "--from", from, "--to", to, "--format", format.rawValue]
    return words.filter { !$0.isEmpty }.joined(separator: " ")
  }

  private func scans(_ client: CoordinatorClient, from: Timestamp, to: Timestamp) async throws -> [ScanRow] {
    var scans: [ScanRow] = []
    try await PageReading.eachPage(client, "/scans") { (rows: [ScanRow]) in
      scans += rows.filter { ReportFacts.isInTime($0, from: from, to: to) }
    }
    return scans
  }

  private static func tell(_ receipt: ReportWriter.Receipt, _ path: String) {
    let summary = receipt.summary
    let part = receipt.isStated ? "without its last line" : "of the file"
    StandardStream.output.print(
      "\(PrintableText.escaped(path)): \(summary.endpoints) endpoints (\(summary.open) open) on \(summary.hosts) hosts; SHA-256 \(part): \(receipt.digest)"
    )
  }
}
