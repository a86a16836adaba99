import Foundation
import Model
import Testing
import Wire

@testable import Report

@Suite("What a report says")
struct ReportTextTests {
  private func text(_ body: some ReportBody, _ rows: [PortRow], changes: [ChangeRow] = []) -> String {
    var body = body
    var summary = ReportSummary()
    for change in changes { summary.add(change) }
    for row in rows { summary.add(row) }
    // Page by page, as they come.
    let listed = changes.map { body.changes([$0]) }.joined() + body.endOfChanges(unlisted: 0)
    let text = body.beginning(summary) + listed + body.rows(rows) + body.end()
    return text + (body.lastLine(digest: "abc") ?? "")
  }

  @Test("HTML holds hostile texts as text: no element, attribute or line of theirs")
  func html() {
    let text = text(
      HTMLReport(ReportRows.facts()), [ReportRows.hostileRow, ReportRows.port()],
      changes: [ReportRows.hostileChange, ReportRows.change()])
    let withoutOurs = text.replacing("'none'", with: "").replacing("'unsafe-inline'", with: "").replacing(
      "'$d'", with: "")
    #expect(!withoutOurs.contains("'") && !text.contains("<script"))
    #expect(!text.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" } && !text.contains("\u{fffe}"))
    #expect(text.contains("&lt;/td&gt;&lt;script&gt;"))
    for line in text.split(separator: "\n").drop(while: { !$0.hasPrefix("<body") }) {
      #expect(line.hasPrefix("<"), "a line that a stranger began: \(line)")
    }
    #expect(text.contains("<title>9/tcp") == false && text.contains("default-src 'none'"))
    #expect(text.hasSuffix("<p>SHA-256 of the lines above: <code>abc</code></p></footer></body></html>\n"))
  }

  @Test("Gaps of coverage are told with who made them, what is not there yet in a line")
  func gaps() {
    #expect(
      CoverageGaps.text(ReportRows.gaps)
        == "40 skipped: rule \"printers\"; 1 skipped: policy of the host of web1; 1 skipped: no rule allows it any more; "
        + "3 failed: local-resources (agent web1); 5 not reached")
    var earlier = ReportRows.gaps
    (earlier.skips, earlier.failures, earlier.notReached) = (nil, [], "0")
    #expect(CoverageGaps.text(earlier) == "42 skipped: a rule of scope or policy")
    let whole = CoverageReceipt(
      size: "1", probed: "1", skipped: "0", failed: "0", notReached: "0", failures: [], skips: [])
    #expect(CoverageGaps.text(whole) == "none")
    for text in [text(HTMLReport(ReportRows.facts()), []), text(MarkdownReport(ReportRows.facts()), [])] {
      #expect(text.contains("5 not reached") && text.contains("Audit log: there is none yet"))
      #expect(text.contains("No endpoint fits"))
    }
  }

  @Test("Markdown holds hostile texts in their cells")
  func markdown() {
    let text = text(
      MarkdownReport(ReportRows.facts()), [ReportRows.hostileRow, ReportRows.port()],
      changes: [ReportRows.hostileChange, ReportRows.change()])
    #expect(!text.contains("<script") && !text.contains("\u{1b}"))
    for table in text.split(separator: "\n\n") where table.hasPrefix("|") {
      let widths = table.split(separator: "\n").filter { $0.hasPrefix("|") }.map { line in
        line.replacing("\\|", with: "").count { $0 == "|" }
      }
      #expect(Set(widths).count == 1, "\(table)")
    }
    #expect(text.hasSuffix("SHA-256 of the lines above: `abc`\n"))
  }

  @Test("What changed stands before the endpoints, counted by kind; nothing is said to be nothing")
  func changes() throws {
    let changes = [ReportRows.change(), ReportRows.change("closed", port: 80), ReportRows.change("closed", port: 81)]
    for (text, row) in [
      (
        text(HTMLReport(ReportRows.facts()), [ReportRows.port()], changes: changes),
        "<td>closed</td><td>10.0.0.5</td><td class=\"n\">80</td><td>tcp</td>"
      ),
      (
        text(MarkdownReport(ReportRows.facts()), [ReportRows.port()], changes: changes),
        "| closed | 10.0.0.5 | 80 | tcp |"
      ),
    ] {
      let place = try #require(text.range(of: row), "\(text)")
      let endpoints = try #require(text.range(of: "Endpoints by host"))
      #expect(place.lowerBound < endpoints.lowerBound)
      #expect(text.contains("Changes by kind") && !text.contains("was another than before"))
      #expect(text.replacing("<b>3</b>", with: "3").contains("3 changes"))
    }
    for text in [text(HTMLReport(ReportRows.facts()), []), text(MarkdownReport(ReportRows.facts()), [])] {
      #expect(text.contains("Of what fits the query now, nothing that was seen in the time was another than before."))
    }
  }

  @Test("CSV has a record a row, none of whose cells is a formula")
  func csv() {
    let text = text(CSVReport(), [ReportRows.hostileRow, ReportRows.port()])
    let records = text.split(separator: "\r\n")
    #expect(records.count == 3)
    #expect(records[1].hasPrefix("10.0.0.5,\"'=1|"))
    #expect(
      records[2]
        == "10.0.0.5,default,,443,tcp,open,https,,exposed,dmz,,,,2026-11-23T22:55:03.000Z,2026-11-23T22:55:03.000Z,")
    #expect(!text.contains("\u{1b}"))
  }

  @Test("Charts shorten long names and draw what is small")
  func charts() {
    let chart = BarChart.figure(
      "A & B",
      [ReportCount(name: String(repeating: "<", count: 99), count: 1_000_000), ReportCount(name: "few", count: 1)])
    #expect(chart.contains("A &amp; B") && chart.contains("\u{2026}</text>") && !chart.contains("<<"))
    #expect(chart.contains(#"width="300" height="16""#) && chart.contains(#"width="2" height="16""#))
    #expect(BarChart.figure("None", []).contains("Nothing to show"))
  }

  @Test("Counts are by service, verdict and host, whichever way the rows fall")
  func counts() {
    var summary = ReportSummary()
    for number in 1...20 {
      for port in 1...number {
        summary.add(ReportRows.port("10.0.0.\(number)", Port(UInt16(port)), service: port == 1 ? "tcpmux" : nil))
      }
    }
    summary.add(ReportRows.port("10.0.0.21", state: .filtered))
    #expect((summary.endpoints, summary.open, summary.hosts) == (211, 210, 21))
    #expect(summary.byHost.first == ReportCount(name: "10.0.0.20", count: 20) && summary.byHost.count == 15)
    #expect(summary.byService.first == ReportCount(name: "1/tcp tcpmux", count: 20))
    #expect(summary.byVerdict == [ReportCount(name: "exposed", count: 211)])
  }

  @Test("Rules, scans and endpoints of other times are not told")
  func times() {
    let (time, hour) = (ReportRows.time, Duration.seconds(3_600))
    let facts = ReportRows.facts(rules: [
      ReportRows.rule(), ReportRows.rule(createdAt: time + hour), ReportRows.rule(createdAt: time - hour),
      ReportRows.rule(createdAt: time - hour, until: time - .seconds(61)),
    ])
    #expect(facts.rules.count == 2)
    var row = ReportRows.port()
    #expect(facts.isInTime(row) && facts.isInTime(ReportRows.port(state: nil)))
    row.lastSeen = time - hour
    #expect(!facts.isInTime(row))
    (row.firstSeen, row.lastSeen) = (time + hour, time + hour)
    #expect(!facts.isInTime(row))
    func isInTime(_ created: Timestamp, _ finished: Timestamp?) -> Bool {
      ReportFacts.isInTime(
        ReportRows.scan(ReportRows.gaps, createdAt: created, finishedAt: finished), from: facts.from, to: facts.to)
    }
    #expect(isInTime(time - hour, nil) && isInTime(time - hour, time + hour) && isInTime(time, time))
    #expect(!isInTime(time - hour, time - hour) && !isInTime(time + hour, nil))
  }
}
