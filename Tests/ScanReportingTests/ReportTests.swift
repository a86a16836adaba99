import Glibc
import Listing
import LocalSystem
import Model
import ScanEngine
import Testing

@testable import ScanReporting

/// What was written.
private final class Sink {
  private let descriptor: Int32
  let output: BufferedOutput

  init() {
    // A file without a name, which is gone with its descriptor.
    var template = Array("/tmp/periplus-report-XXXXXX\0".utf8CString)
    descriptor = mkstemp(&template)
    unlink(template)
    output = BufferedOutput(descriptor: descriptor)
  }

  deinit { close(descriptor) }

  var text: String {
    output.flush()
    var bytes = [UInt8](repeating: 0, count: 1 << 20)
    let count = pread(descriptor, &bytes, bytes.count, 0)
    return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
  }
}

@Suite("Reports of a scan")
struct ReportTests {
  private func address(_ last: UInt32) -> HostAddress { HostAddress(IPAddress(ipv4: 0x0a00_0000 + last)) }

  private func row(
    _ host: UInt32, _ port: UInt16, _ state: EndpointState = .open, _ reason: ProbeReason = .synAck
  ) -> ScanRow {
    ScanRow(host: address(host), port: ProtocolPort(.tcp, Port(port)), state: state, reason: reason)
  }

  private func summary(
    _ presence: HostObservation.Presence, _ reason: ProbeReason = .synAck,
    _ ending: HostObservation.Ending = .complete
  ) -> HostSummary {
    HostSummary(
      presence: presence, reason: reason, ending: ending, isSelf: false, roundTrip: nil,
      startedAt: Timestamp(milliseconds: 0), endedAt: Timestamp(milliseconds: 5))
  }

  private func table(verbosity: Int = 0, to sink: Sink) -> ScanTable {
    ScanTable(
      ScanTable.Options(
        format: .table, showHeaders: true, showReason: false, onlyOpen: false, verbosity: verbosity,
        services: .builtIn), to: sink.output)
  }

  private func end(_ reporter: ScanReporter, failure: String? = nil) {
    reporter.end(
      startedAt: Timestamp(milliseconds: 0), endedAt: Timestamp(milliseconds: 5), failure: failure)
  }

  @Test("A /16 of silent hosts takes one line of a table")
  func silentNetwork() {
    let sink = Sink()
    let reporter = ScanReporter(rows: [], hosts: [table(to: sink)])
    for host in 0..<UInt32(65_536) {
      reporter.add(row(host, 80, .filtered, .noResponse), tries: 2)
      reporter.add(row(host, 81, .unchecked, .hostSilent), tries: 0)
      reporter.finish(address(host), summary(.silent, .noResponse, .silent))
    }
    end(reporter)
    #expect(
      sink.text == """
        ADDRESS  PORT  STATE  SERVICE
        65536 hosts silent: 65536 ports filtered (no-response), 65536 ports unchecked (host-silent)

        """)
    #expect(reporter.unchecked == 0)
    #expect(reporter.counts == ProgressMeter.Counts(settled: 131_072, probes: 131_072, open: 0))
  }

  @Test("With -v closed ports have rows and silent hosts their addresses")
  func verboseTable() {
    let sink = Sink()
    let reporter = ScanReporter(rows: [], hosts: [table(verbosity: 1, to: sink)])
    reporter.add(row(2, 22), tries: 1)
    reporter.add(row(2, 23, .closed, .connectionRefused), tries: 1)
    for port in UInt16(100)..<130 { reporter.add(row(2, port, .filtered, .noResponse), tries: 1) }
    reporter.finish(address(2), summary(.up))
    for host in UInt32(3)..<6 { reporter.finish(address(host), summary(.silent, .noResponse)) }
    end(reporter)
    #expect(
      sink.text == """
        ADDRESS   PORT    STATE   SERVICE
        10.0.0.2  22/tcp  open    ssh
        10.0.0.2  23/tcp  closed  telnet
        10.0.0.2: 1 closed (conn-refused), 30 filtered (no-response), 1 open (syn-ack)
        3 hosts silent: no-response
          10.0.0.3-10.0.0.5

        """)
  }

  @Test("Hosts that were not done when a scan was interrupted are told as partial")
  func interruption() {
    let sink = Sink()
    let scan = NmapScan(
      version: "1", commandLine: "c", startedAt: Timestamp(milliseconds: 0),
      kind: .ports(PortSelection(tcp: PortSet([22...23]))))
    let options = NmapReport.Options(
      scan: scan, onlyOpen: false, discovery: .on, userNames: [:], services: .builtIn)
    let reporter = ScanReporter(
      rows: [], hosts: [NmapReport(.xml, to: sink.output, options)],
      ports: PortSelection(tcp: PortSet([20...25]), udp: PortSet([53...53])))
    reporter.begin()
    reporter.add(row(1, 23, .closed, .connectionRefused), tries: 1)
    end(reporter, failure: "interrupted")
    #expect(
      sink.text.contains(
        #"<host comment="partial: interrupted, 6 ports not reached"><status state="up" reason="conn-refused""#))
    #expect(sink.text.contains(#"exit="error" errormsg="interrupted"/><hosts up="1" down="0" total="1"/>"#))
    #expect(sink.text.hasSuffix("</nmaprun>\n"))
  }

  @Test("A host's rows are forgotten when it is done")
  func ledger() {
    var ledger = HostLedger()
    for host in 0..<UInt32(1000) {
      ledger.add(row(host, 1, .closed, .connectionRefused))
      ledger.add(address(host), 5...9, .tcp, ScanOutcome(state: .filtered, reason: .noResponse))
      let result = ledger.finish(address(host), summary(.up))
      #expect(result.counts.map(\.count) == [1, 5])
      #expect(result.open.isEmpty)
    }
    ledger.add(row(7, 1))
    #expect(ledger.takeUnfinished().map(\.host) == [address(7)])
    #expect(ledger.takeUnfinished().isEmpty)
  }

  @Test("Many ports of one state are counted, more of them with -v, none with -vvv")
  func collapse() {
    var host = HostResult(host: address(1))
    host.add(1...30, .tcp, ScanOutcome(state: .closed, reason: .connectionRefused))
    host.add(40...64, .tcp, ScanOutcome(state: .filtered, reason: .noResponse))
    host.add(row(1, 80))
    func listed(_ verbosity: Int, onlyOpen: Bool = false) -> Int {
      PortCollapse(verbosity: verbosity, onlyOpen: onlyOpen).split(host).listed.count
    }
    #expect(listed(0) == 26)
    #expect(listed(2) == 56)
    #expect(listed(0, onlyOpen: true) == 1)
    // What the network calls unreachable and what it swallows are one state to nmap.
    host.add(65...65, .tcp, ScanOutcome(state: .unreachable, reason: .hostUnreachable))
    #expect(listed(0) == 1)
    #expect(listed(3) == 57)
  }

  @Test("Names come beside the scan, and their host is told when they are there")
  func names() async throws {
    let sink = Sink()
    let names = NameLookups { $0 == IPAddress(ipv4: 0x0a00_0001) ? .name("one\u{1b}.example") : .noName }
    let reporter = ScanReporter(rows: [], hosts: [table(to: sink)], names: names)
    for host in UInt32(1)...2 {
      reporter.add(row(host, 22), tries: 1)
      reporter.finish(address(host), summary(.up))
    }
    while reporter.awaitsNames {
      reporter.takeNames()
      await Task.yield()
    }
    end(reporter)
    #expect(
      sink.text.hasSuffix(
        "10.0.0.1 (one\\x1b.example): 1 open (syn-ack)\n10.0.0.2: 1 open (syn-ack)\n"))
  }

  @Test("A file that cannot be written whole is removed, and a device is not")
  func fullDisk() throws {
    let device = try ReportFile("/dev/full")
    device.output.write("x")
    #expect(device.finish() == "cannot write /dev/full: No space left on device")
    #expect(access("/dev/full", F_OK) == 0)
  }
}
