internal import Listing
internal import Model
internal import Wire

/// A report as GitHub's Markdown.
struct MarkdownReport: ReportBody {
  static let beginsWithCounts = true
  static let tellsChanges = true

  let facts: ReportFacts
  private var last: PortRow?
  private var hasChanges = false

  init(_ facts: ReportFacts) { self.facts = facts }

  func beginning(_ summary: ReportSummary) -> String {
    """
    # Ports and who is behind them

    From \(facts.from) to \(facts.to). Query: \(query).

    \(summary.open) open endpoints, \(summary.endpoints - summary.open) others, on \(summary.hosts) hosts; \
    \(summary.changes) changes; \(facts.scans.count) scans.

    ## At a glance

    \(Self.counts("Changes by kind", summary.byChange))
    \(Self.counts("Open endpoints by port and service", summary.byService))
    \(Self.counts("Endpoints by verdict", summary.byVerdict))
    \(Self.counts("Hosts with most open endpoints", summary.byHost))
    ## Scope: what may be scanned, and what must not be

    \(Self.table(ReportTables.rules(facts), empty: "No rule was in force."))
    ## Scans in the time, and what they did not cover

    \(Self.table(ReportTables.scans(facts), empty: "No scan ran in the time."))
    ## Not in this report

    \(ReportFacts.limits.map { "- \(MarkdownText.escaped($0))\n" }.joined())
    ## What changed


    """
  }

  mutating func changes(_ changes: [ChangeRow]) -> String {
    guard !changes.isEmpty else { return "" }
    let beginning = hasChanges ? "" : MarkdownText.heading(ChangeCells.columns)
    hasChanges = true
    return beginning + changes.map { MarkdownText.row(ChangeCells.cells($0)) }.joined()
  }

  mutating func endOfChanges(unlisted: Int) -> String {
    (hasChanges ? "" : "\(MarkdownText.escaped(facts.noChange))\n")
      + (unlisted > 0 ? "\n\(MarkdownText.escaped(facts.unlistedChanges(unlisted)))\n" : "") + """

        ## Endpoints by host

        """
  }

  private var query: String {
    facts.query.isEmpty ? "all that is open or listened on" : MarkdownText.escaped(facts.query)
  }

  mutating func rows(_ rows: [PortRow]) -> String {
    var text = ""
    for row in rows {
      if !EndpointCells.isSameHost(last, row) {
        let place = [row.site, row.scope].filter { !$0.isEmpty }.joined(separator: ", ")
        text +=
          "\n### \(row.address) (\(MarkdownText.escaped(place)))\n\n" + MarkdownText.heading(EndpointCells.columns)
      }
      text += MarkdownText.row(EndpointCells.cells(row))
      last = row
    }
    return text
  }

  mutating func end() -> String {
    let nothing = last == nil ? "\nNo endpoint fits the query and the time.\n" : ""
    return nothing + """

      ---

      Made at \(facts.madeAt) by periplus \(MarkdownText.escaped(facts.version)) with \
      \(MarkdownText.escaped(facts.command)).
      Query: \(query). Time: \(facts.from) to \(facts.to). All times are UTC.
      To check this file: `sed '$d' FILE | sha256sum` gives the digest in its last line.

      """
  }

  func lastLine(digest: String) -> String? { "SHA-256 of the lines above: `\(digest)`\n" }

  private static func counts(_ title: String, _ counts: [ReportCount]) -> String {
    table(
      Listing(
        columns: [.init("name", title: title), .init("count", title: "Count", alignment: .trailing)],
        rows: counts.map { [.text($0.name), .integer(Int64($0.count))] }), empty: "\(title): nothing to show.")
  }

  private static func table(_ listing: Listing, empty: String) -> String {
    listing.rows.isEmpty ? empty + "\n" : MarkdownText.table(listing)
  }
}
