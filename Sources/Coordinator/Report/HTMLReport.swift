internal import Listing
internal import Model
internal import Wire

/// A report as one HTML file with nothing beside it: style and charts inside, no script, nothing loaded. The policy in its head
/// makes a browser hold to that whatever a stranger's text tries.
struct HTMLReport: ReportBody {
  static let beginsWithCounts = true
  static let tellsChanges = true

  let facts: ReportFacts
  private var last: PortRow?
  private var hasChanges = false

  init(_ facts: ReportFacts) { self.facts = facts }

  func beginning(_ summary: ReportSummary) -> String {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8"/>
    <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"/>
    <meta name="viewport" content="width=device-width, initial-scale=1"/>
    <title>Ports from \(facts.from) to \(facts.to)</title>
    <style>
    \(HTMLStyle.text)</style>
    </head>
    <body>
    <header>
    <h1>Ports and who is behind them</h1>
    <p>From \(facts.from) to \(facts.to). Query: \(query)</p>
    <ul class="numbers">
    <li><b>\(summary.open)</b> open endpoints</li>
    <li><b>\(summary.endpoints - summary.open)</b> others</li>
    <li><b>\(summary.hosts)</b> hosts</li>
    <li><b>\(summary.changes)</b> changes</li>
    <li><b>\(facts.scans.count)</b> scans</li>
    </ul>
    </header>
    <section>
    <h2>At a glance</h2>
    \(BarChart.figure("Changes by kind", summary.byChange))\
    \(BarChart.figure("Open endpoints by port and service", summary.byService))\
    \(BarChart.figure("Endpoints by verdict", summary.byVerdict))\
    \(BarChart.figure("Hosts with most open endpoints", summary.byHost))</section>
    <section>
    <h2>Scope: what may be scanned, and what must not be</h2>
    \(Self.table(ReportTables.rules(facts), empty: "No rule was in force."))</section>
    <section>
    <h2>Scans in the time, and what they did not cover</h2>
    \(Self.table(ReportTables.scans(facts), empty: "No scan ran in the time."))</section>
    <section>
    <h2>Not in this report</h2>
    <ul>
    \(ReportFacts.limits.map { "<li>\(MarkupText.escaped($0))</li>\n" }.joined())</ul>
    </section>
    <section>
    <h2>What changed</h2>

    """
  }

  mutating func changes(_ changes: [ChangeRow]) -> String {
    guard !changes.isEmpty else { return "" }
    let beginning = hasChanges ? "" : Self.tableBeginning(ChangeCells.columns)
    hasChanges = true
    return beginning
      + changes.map { Self.row(ChangeCells.cells($0), ChangeCells.columns, isQuiet: false) }.joined()
  }

  mutating func endOfChanges(unlisted: Int) -> String {
    (hasChanges ? Self.tableEnd : "<p>\(MarkupText.escaped(facts.noChange))</p>\n")
      + (unlisted > 0 ? "<p>\(MarkupText.escaped(facts.unlistedChanges(unlisted)))</p>\n" : "") + """
        </section>
        <section>
        <h2>Endpoints by host</h2>

        """
  }

  private var query: String {
    facts.query.isEmpty ? "all that is open or listened on" : "<code>\(MarkupText.escaped(facts.query))</code>"
  }

  mutating func rows(_ rows: [PortRow]) -> String {
    var text = ""
    for row in rows {
      if !EndpointCells.isSameHost(last, row) {
        if last != nil { text += Self.tableEnd }
        let place = [row.site, row.scope].filter { !$0.isEmpty }.map(MarkupText.escaped).joined(separator: ", ")
        text += "<h3>\(row.address) <small>\(place)</small></h3>\n" + Self.tableBeginning(EndpointCells.columns)
      }
      let isOpen = row.state == .open
      text += Self.row(EndpointCells.cells(row), EndpointCells.columns, isQuiet: !isOpen)
      last = row
    }
    return text
  }

  mutating func end() -> String {
    let rows = last == nil ? "<p>No endpoint fits the query and the time.</p>\n" : Self.tableEnd
    last = nil
    return rows + """
      </section>
      <footer>
      <p>Made at \(facts.madeAt) by periplus \(MarkupText.escaped(facts.version)) with \
      <code>\(MarkupText.escaped(facts.command))</code>.</p>
      <p>Query: \(query). Time: \(facts.from) to \(facts.to). All times are UTC.</p>
      <p>To check this file: <code>sed '$d' FILE | sha256sum</code> gives the digest in its last line.</p>

      """
  }

  func lastLine(digest: String) -> String? {
    "<p>SHA-256 of the lines above: <code>\(digest)</code></p></footer></body></html>\n"
  }

  private static func table(_ listing: Listing, empty: String) -> String {
    guard !listing.rows.isEmpty else { return "<p>\(MarkupText.escaped(empty))</p>\n" }
    return tableBeginning(listing.columns)
      + listing.rows.map { row($0, listing.columns, isQuiet: false) }.joined() + tableEnd
  }

  private static func tableBeginning(_ columns: [ListingColumn]) -> String {
    let cells = columns.map { "<th\(alignment($0))>\(MarkupText.escaped($0.title))</th>" }.joined()
    return "<table>\n<thead><tr>\(cells)</tr></thead>\n<tbody>\n"
  }

  private static let tableEnd = "</tbody>\n</table>\n"

  private static func row(_ values: [ListingValue], _ columns: [ListingColumn], isQuiet: Bool) -> String {
    let cells = zip(values, columns).map { "<td\(alignment($1))>\(MarkupText.escaped(text($0)))</td>" }.joined()
    return "<tr\(isQuiet ? " class=\"quiet\"" : "")>\(cells)</tr>\n"
  }

  /// Times to the second: people read them.
  private static func text(_ value: ListingValue) -> String {
    guard case .time(let milliseconds) = value else { return value.plainText }
    let text = Timestamp(milliseconds: milliseconds).description
    return "\(text.prefix(10)) \(text.dropFirst(11).prefix(8))"
  }

  private static func alignment(_ column: ListingColumn) -> String {
    column.alignment == .trailing ? " class=\"n\"" : ""
  }
}
