import Model
import Testing
import Wire

@testable import Report

@Suite("The chart as nmap's XML")
struct NmapChartTests {
  private func text(_ pages: [[PortRow]]) -> String {
    var chart = NmapChart(version: "0.1.0", command: "periplus ports", at: ReportRows.time)
    var text = chart.begin()
    for page in pages { text += chart.add(page) }
    return text + chart.end(at: ReportRows.time + .seconds(2))
  }

  @Test("A host is told once, however its rows fall into pages, and sites stay apart")
  func gathersHosts() {
    let rows = [
      ReportRows.port("10.0.0.5", 80, site: "a"), ReportRows.port("10.0.0.5", 443, site: "a"),
      ReportRows.port("10.0.0.5", 443, site: "b"), ReportRows.port("10.0.0.6", 443, site: "b"),
    ]
    let whole = text([rows])
    #expect(whole.split(separator: "<host ").count == 4)
    #expect(whole.contains(#"comment="site a""#) && whole.contains(#"<hosts up="3" down="0" total="3"/>"#))
    for size in 1...3 {
      let pages = stride(from: 0, to: rows.count, by: size).map { Array(rows[$0..<min($0 + size, rows.count)]) }
      #expect(text(pages) == whole)
    }
    #expect(text([]).contains(#"<hosts up="0" down="0" total="0"/>"#))
  }

  @Test("A host leaves as soon as the next one comes")
  func streams() {
    var chart = NmapChart(version: "0.1.0", command: "periplus ports", at: ReportRows.time)
    #expect(chart.add([ReportRows.port("10.0.0.5")]) == "")
    #expect(chart.add([ReportRows.port("10.0.0.6")]).contains(#"addr="10.0.0.5""#))
  }

  @Test("Owner, verdict and zone stand where importers look; ports come in order")
  func tellsProof() {
    var row = ReportRows.port("10.0.0.5", 443)
    row.protocol = .udp
    row.processes = [
      ListeningProcess(pid: 9, name: "nginx", user: "root"), ListeningProcess(pid: 10, name: "nginx", user: "www-data"),
    ]
    row.unit = "nginx.service"
    row.otherZones = ["lan"]
    let text = text([[row, ReportRows.port("10.0.0.5", 80, service: nil)]])
    #expect(
      text.contains(
        #"<port protocol="tcp" portid="80"><state state="open" reason="syn-ack" reason_ttl="0"/><service name="unknown" extrainfo="verdict: exposed; zone: dmz" method="table" conf="3"/></port>"#
          + "\n" + #"<port protocol="udp" portid="443"><state state="open" reason="syn-ack" reason_ttl="0"/>"#
          + #"<owner name="nginx (pid 9 and 1 more, user root,www-data)"/><service name="https" extrainfo="verdict: exposed; zone: dmz; differs in: lan; unit: nginx.service" method="table" conf="3"/></port>"#
      ))
    #expect(
      text.contains(#"<host starttime="1795474503" endtime="1795474503" comment="site default"><status state="up""#))
  }

  @Test("A host that answers an echo alone is up for that, and one of which a port answers for the port")
  func tellsEchoes() {
    var silent = ReportRows.port("10.0.0.5", 80)
    (silent.state, silent.reason, silent.hostReason) = (.filtered, .noResponse, .echoReply)
    #expect(text([[silent]]).contains(#"<status state="up" reason="echo-reply" reason_ttl="0"/>"#))
    #expect(text([[silent]]).contains(#"<hosts up="1" down="0" total="1"/>"#))
    let open = ReportRows.port("10.0.0.5", 443)
    #expect(text([[silent, open]]).contains(#"<status state="up" reason="syn-ack" reason_ttl="0"/>"#))
    let both = text([[silent], [ReportRows.port("10.0.0.6", 443)]])
    #expect(both.split(separator: "echo-reply").count == 2, "it is not told of the next host")
  }

  @Test("What nobody looked at is unknown, and what gave no answer makes no host up")
  func tellsStates() {
    var listener = ReportRows.port("10.0.0.5", state: nil)
    listener.verdict = .unverified
    #expect(text([[listener]]).contains(#"<state state="unknown" reason="not-covered" reason_ttl="0"/>"#))
    #expect(text([[listener]]).contains(#"<hosts up="1" down="0" total="1"/>"#))
    let silent = text([[ReportRows.port("10.0.0.5", state: .filtered)]])
    #expect(silent.contains(#"<status state="unknown" reason="no-response" reason_ttl="0"/>"#))
    #expect(silent.contains(#"<hosts up="0" down="1" total="1"/>"#))
  }

  @Test("Hostile texts stay in their attributes")
  func holdsHostileTexts() {
    let text = text([[ReportRows.hostileRow]])
    #expect(!text.contains("<script") && !text.contains("\u{1b}") && !text.contains("\u{fffe}") && !text.contains("\r"))
    #expect(text.contains("&lt;/td&gt;&lt;script&gt;&quot;&apos;&amp;--]]&gt;\\x1b[31m\\u{fffe}\\r\\n"))
  }
}
