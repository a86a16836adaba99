internal import ArgumentParser
internal import Curl
internal import Listing
internal import LocalSystem
internal import Report
internal import Wire

struct DiffCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff", abstract: "What differs between two times, scans or zones, or since a baseline.",
    discussion: """
      FROM and TO are each a time (7d ago, 2026-01-31, RFC 3339), scan:ID, zone:NAME or baseline:NAME; TO is now if left \
      out: diff 7d.. | diff scan:41..scan:48 | diff zone:dmz..zone:office | diff baseline:release.. port:443

      Kinds: found (open when first looked at), opened, reopened, closed, service, certificate, process, host-found, host-gone, \
      host-back, not-covered (open before, and not looked at since; of a host: one side had an answer, and a scan on the other \
      did not look where), ignored (acknowledged for now, or an \
      ephemeral UDP port's program) and unchanged (both only counted unless asked for). With --fail-on-change the exit code is 10 if anything but those three is found.
      """)
  @Argument(help: "FROM..[TO]") var sides: String
  @Argument(help: "A query, as that of ports; endpoints that fit on either side are compared.") var terms: [String] = []
  @Option(help: "Kinds to list, joined by commas.") var kind: String?
  @Flag(help: "Exit with 10 if anything changed.") var failOnChange = false
  @Option(help: "At most so many rows.") var limit: Int?
  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var output: OutputOptions

  func run() async throws {
    let (from, to) = try Self.sides(sides)
    var parameters: [(name: String, value: String)] = [
      ("from", from), ("to", to), ("query", terms.joined(separator: " ")),
    ]
    if let kind { parameters.append(("kinds", kind)) }
    if let limit, limit < 1 { throw CommandFailure("--limit: expected a positive number", status: .usage) }
    if let format = streamed { return try await printStreamed(format, parameters) }
    let client = try connection.client()
    var rows: [DiffRow] = []
    var sorted = try output.sort.map {
      try SortedRows<DiffRow>(ListingOrder($0, of: DiffListing.listing([]).columns), limit: limit)
    }
    try output.check(DiffListing.listing([]))
    var counts: [String: Int] = [:]
    var cursor: String?
    repeat {
      let page: DiffPage = try await client.get(
        OperatorAPI.basePath + "/diff",
        query: parameters + [("limit", String(WireLimits.pageRows))] + (cursor.map { [("cursor", $0)] } ?? []),
        timeout: .seconds(120))
      if sorted == nil {
        rows += page.rows
      } else {
        for (row, cells) in zip(page.rows, DiffListing.listing(page.rows).rows) { try sorted?.add(row, cells) }
      }
      counts.merge(page.counts, uniquingKeysWith: +)
      cursor = page.nextCursor
      // In another order the first may come last.
    } while cursor != nil && (sorted != nil || limit.map { rows.count < $0 } ?? true)
    if let limit { rows = Array(rows.prefix(limit)) }
    try output.printAsIs(DiffListing.listing(sorted?.finish() ?? rows))
    if !output.isForMachines { StandardStream.error.print(Self.summary(counts)) }
    let quiet: Set<String> = ["unchanged", "not-covered", "ignored"]
    if failOnChange, counts.contains(where: { !quiet.contains($0.key) && $0.value > 0 }) { throw ExitCode(10) }
  }

  /// The format in which the coordinator writes the rows itself; nil where all of them are needed here, be it to be counted.
  private var streamed: DiffExport.Format? {
    output.sort != nil || failOnChange ? nil : DiffExport.Format(rawValue: output.output.rawValue)
  }

  private func printStreamed(
    _ format: DiffExport.Format, _ parameters: [(name: String, value: String)]
  ) async throws {
    // A column that there is not is told before anybody is asked.
    try output.check(DiffListing.listing([]))
    // A comparison of times looks at endpoints one by one, and may look for long before one differs.
    try await ExportPrinting.print(
      connection.client(), "/diff/export",
      query: parameters + output.exportParameters(format.rawValue, limit: limit),
      silence: .seconds(3_600))
  }

  /// Throws a `CommandFailure` that says what is expected.
  static func sides(_ text: String) throws -> (from: String, to: String) {
    guard let dots = text.firstRange(of: ".."), dots.lowerBound > text.startIndex else {
      throw CommandFailure(
        "\"\(text)\": expected FROM..[TO], such as 7d.., scan:41..scan:48 or baseline:NAME..now", status: .usage)
    }
    let to = text[dots.upperBound...]
    return (String(text[..<dots.lowerBound]), to.isEmpty ? "now" : String(to))
  }

  /// `2 opened, 1 closed, 240 unchanged`, what changed first.
  static func summary(_ counts: [String: Int]) -> String {
    let order = [
      "found", "opened", "reopened", "closed", "service", "certificate", "process", "host-found", "host-gone",
      "host-back", "not-covered", "ignored", "unchanged",
    ]
    let parts = order.compactMap { kind in counts[kind].map { "\($0) \(kind)" } }
    return parts.isEmpty ? "nothing is open on either side" : parts.joined(separator: ", ")
  }
}
