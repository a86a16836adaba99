import Model
import Report
import Wire

/// Rows as a coordinator answers them, and what a report is told besides.
enum ReportRows {
  static let time = Timestamp(milliseconds: 1_795_474_503_000)

  /// What a stranger would try, in every format at once.
  static let hostile = "=1|</td><script>\"'&--]]>\u{1b}[31m\u{fffe}\r\n"

  static func port(
    _ address: String = "10.0.0.5", _ port: Port = 443, state: EndpointState? = .open, site: String = "default",
    service: String? = "https"
  ) -> PortRow {
    PortRow(
      site: site, scope: "", address: IPAddress(address) ?? IPAddress(ipv4: 0), protocol: .tcp, port: port,
      state: state,
      reason: state == .open ? .synAck : state == .filtered ? .noResponse : nil, service: service, verdict: .exposed,
      zone: "dmz", otherZones: [], isSelfView: false, processes: [], ownerUnknownReason: nil, unit: nil, agent: nil,
      inventoryAt: nil, firstSeen: state == .open ? time : nil, lastSeen: state == .open ? time : nil, lastChanged: nil)
  }

  static var hostileRow: PortRow {
    var row = port()
    row.service = hostile
    row.identified = ServiceFacts(
      name: hostile, product: hostile, version: hostile, info: hostile, hostName: hostile, confidence: .likely,
      tunnel: .tls, tlsVersion: hostile, banner: hostile,
      certificate: CertificateIdentity(
        subject: hostile, issuer: hostile, alternativeNames: [hostile], notBefore: time, notAfter: time, sha256: "00"))
    row.processes = [ListeningProcess(pid: 9, name: hostile, user: hostile)]
    row.unit = hostile
    row.zone = hostile
    row.otherZones = [hostile]
    row.site = hostile
    row.scope = hostile
    row.ownerUnknownReason = hostile
    return row
  }

  static func change(_ kind: String = "opened", port: Port = 443) -> ChangeRow {
    ChangeRow(
      change: kind, at: time, after: time, site: "default", scope: "", address: IPAddress(ipv4: 0x0a00_0005),
      protocol: .tcp, port: port, state: kind == "closed" ? .closed : .open,
      stateBefore: kind == "closed" ? .open : .closed, zone: "dmz", isSelfView: false, agent: "web1", job: JobID(1))
  }

  static var hostileChange: ChangeRow {
    var change = change("service")
    change.detail = hostile
    change.detailBefore = hostile
    change.zone = hostile
    change.agent = hostile
    change.site = hostile
    return change
  }

  static func scan(_ coverage: CoverageReceipt, createdAt: Timestamp = time, finishedAt: Timestamp? = time) -> ScanRow {
    ScanRow(
      id: ScanID(48), name: hostile, note: nil, site: "default", zones: ["any"], state: .done, targets: hostile,
      exclusions: hostile, ports: "T:1-4", identifies: false, looksUpNames: false, submittedBy: "token:1",
      createdAt: createdAt,
      startedAt: createdAt, finishedAt: finishedAt, coverage: coverage, open: 2)
  }

  static let gaps = CoverageReceipt(
    size: "100", probed: "50", skipped: "42", failed: "3", notReached: "5",
    failures: [.init(agent: "web1", reason: "local-resources", count: "3")],
    skips: [
      .init(agent: nil, rule: "printers", count: "40"), .init(agent: "web1", rule: nil, count: "1"),
      .init(agent: nil, rule: nil, count: "1"),
    ])

  static func rule(createdAt: Timestamp = time, until: Timestamp? = nil) -> ScopeRuleRow {
    ScopeRuleRow(
      id: ScopeRuleID(1), name: hostile, action: .exclude, networks: ["10.9.0.0/16"], ports: nil, site: nil,
      note: hostile, until: until, createdAt: createdAt)
  }

  static func facts(rules: [ScopeRuleRow] = [rule()], scans: [ScanRow] = [scan(gaps)]) -> ReportFacts {
    ReportFacts(
      version: "0.1.0", command: "periplus report \(hostile)", query: hostile, from: time - .seconds(60),
      to: time + .seconds(60), madeAt: time + .seconds(60), rules: rules, scans: scans)
  }
}
