internal import Listing
internal import Wire

/// A report's endpoints as nmap's XML, its digest in a comment behind the root.
struct NmapReportBody: ReportBody {
  static let beginsWithCounts = false

  private var chart: NmapChart
  private let facts: ReportFacts

  init(_ facts: ReportFacts) {
    self.facts = facts
    chart = NmapChart(version: facts.version, command: facts.command, at: facts.madeAt)
  }

  func beginning(_ summary: ReportSummary) -> String { chart.begin() }

  mutating func rows(_ rows: [PortRow]) -> String { chart.add(rows) }

  mutating func end() -> String { chart.end(at: facts.madeAt) }

  func lastLine(digest: String) -> String? { "<!-- SHA-256 of the lines above: \(digest) -->\n" }
}
