import CoordinatorCore
import Model
import Testing

@testable import CoordinatorServices

/// One private address in two sites is two hosts.
@Suite struct OverlappingSitesTests {
  private static let address = IPAddress(ipv4: 0x0a00_0005)
  private static let ssh = ProtocolPort(.tcp, 22)

  private func enrol(_ fleet: Fleet, _ name: String, site: String, duties: Set<Duty>) async throws -> AgentRecord {
    let token = try await fleet.access.issue(
      .join(site: site, zone: "default", createZone: true, duties: duties, tags: [], uses: 1), expiresIn: nil,
      note: nil
    ).secret
    return try await fleet.places.enrol(Fleet.introduction(name), joinToken: token).agent
  }

  private func look(
    _ fleet: Fleet, _ agent: AgentRecord, site: String, open: Set<ProtocolPort>
  ) async throws -> ScanID {
    let scan = try await fleet.submit("10.0.0.5", ports: "22,80") { $0.site = site }
    try await fleet.workThrough(agent, open: open)
    fleet.clock.advance(by: .seconds(60))
    return scan
  }

  /// An agent that lives at the address, with a server of its own on port 22.
  private func inventory(_ fleet: Fleet, _ agent: AgentRecord, _ name: String) async throws {
    _ = try await fleet.results.accept(
      InventoryUpdate(
        position: InventoryPosition(epoch: "boot", sequence: 1), takenAt: fleet.clock.now,
        interfaces: [InterfaceAddress(interface: "eth0", address: Self.address, prefixLength: 24)],
        listeners: [
          .init(transport: .tcp, address: .ipv4Unspecified, port: 22, interface: ""): ListenerContent(
            isIPv6Only: false, uid: 0, user: "root", inode: 1, processes: [ListeningProcess(pid: 7, name: name)],
            ownerUnknownReason: nil, unit: nil)
        ]), from: agent)
  }

  private func told(_ fleet: Fleet, _ query: String) async throws -> Set<String> {
    Set(
      try await fleet.rows(query).map {
        "\($0.host.site.rawValue) \($0.port) \($0.summary.verdict?.rawValue ?? "-") \($0.insideAgentName ?? "-")"
      })
  }

  @Test(
    "Ports, hosts, explanations, comparisons, counts and findings of each site are its own, and both are in all of them"
  )
  func keepsApart() async throws {
    try await Fleet.run { fleet async throws in
      let start = fleet.clock.now
      let branch = try await fleet.places.addSite(named: "branch").id
      let main = SiteID(1)
      let here = try await enrol(fleet, "here", site: "default", duties: [.scan])
      let there = try await enrol(fleet, "there", site: "branch", duties: [.scan])
      let inside = try await enrol(fleet, "inside", site: "branch", duties: [.inventory])
      try await inventory(fleet, inside, "sshd")
      let first = try await look(fleet, here, site: "default", open: [Self.ssh])
      let second = try await look(fleet, there, site: "branch", open: [Self.ssh, ProtocolPort(.tcp, 80)])

      #expect(
        try await told(fleet, "") == [
          "1 22 no-inside-view -", "\(branch.rawValue) 22 exposed inside", "\(branch.rawValue) 80 forwarded inside",
        ])
      #expect(try await told(fleet, "site:default") == ["1 22 no-inside-view -"])
      #expect(try await told(fleet, "site:branch port:22") == ["\(branch.rawValue) 22 exposed inside"])
      #expect(try await told(fleet, "net:10.0.0.5 proc:sshd") == ["\(branch.rawValue) 22 exposed inside"])

      let hosts = try await fleet.chart.hosts(fleet.chart.query(""), after: nil, limit: 10).rows
      #expect(hosts.map(\.host) == [main, branch].map { ChartHost(site: $0, scope: .site, address: Self.address) })
      #expect(hosts.map(\.openPorts) == [1, 2])

      let both = try await fleet.chart.explain(Self.address, Self.ssh, site: nil, own: nil).explanations
      #expect(both.map(\.host.site) == [main, branch])
      #expect(both.map(\.verdict) == [.noInsideView, .exposed])
      #expect(both.map(\.agent) == [nil, inside.id])
      #expect(both.map { $0.views.map(\.scan) } == [[first], [second]])
      #expect(both.map { $0.views.map(\.view.agent) } == [[here.id], [there.id]])
      let one = try await fleet.chart.explain(Self.address, Self.ssh, site: "branch", own: nil).explanations
      #expect(one.map(\.host.site) == [branch])
      // Whoever may see one site alone sees nothing of the other.
      let own = try await fleet.chart.explain(Self.address, Self.ssh, site: nil, own: main).explanations
      #expect(own.map(\.host.site) == [main])

      func counts(_ query: String) async throws -> [String?: Int] {
        let counts = try await fleet.chart.counts(fleet.chart.query(query), by: .port, limit: 10).counts
        return Dictionary(counts.map { ($0.value, $0.endpoints) }, uniquingKeysWith: +)
      }
      #expect(try await counts("") == ["22": 2, "80": 1])
      #expect(try await counts("site:default") == ["22": 1])
      #expect(try await counts("site:branch") == ["22": 1, "80": 1])

      // Closed in one site, and what it was in the other.
      let then = fleet.clock.now
      fleet.clock.advance(by: .seconds(1))
      let third = try await look(fleet, here, site: "default", open: [])
      #expect(try await told(fleet, "port:22") == ["\(branch.rawValue) 22 exposed inside"])
      func difference(_ from: String, _ to: String, site: SiteID? = nil) async throws -> Set<String> {
        let page = try await fleet.comparisons.difference(
          from: from, to: to, query: "", kinds: Set(DiffKind.allCases), site: site, after: nil, limit: 10
        ).page
        return Set(
          page.rows.compactMap { row in
            row.key.map { "\(row.host.site.rawValue) \($0.port) \(row.kind.rawValue)" }
          })
      }
      #expect(try await difference("\(first)", "\(third)") == ["1 22 closed"])
      let since = try await difference(then.description, "now")
      #expect(
        since == [
          "1 22 closed", "\(branch.rawValue) 22 not-covered", "\(branch.rawValue) 80 not-covered",
        ])
      #expect(try await difference(then.description, "now", site: main) == ["1 22 closed"])
      #expect(
        try await difference(start.description, "now", site: branch) == [
          "\(branch.rawValue) 22 found", "\(branch.rawValue) 80 found",
        ])

      try await fleet.findings.sweep()
      func findings() async throws -> Set<String> {
        let found = try await fleet.findings.findings(
          FindingQuery(includesGone: false, unacknowledgedAt: fleet.clock.now), after: nil, limit: 100
        ).findings
        return Set(found.map { "\($0.finding.site.rawValue) \($0.finding.rule.rawValue)" })
      }
      #expect(try await findings() == ["\(branch.rawValue) forwarded"], "each site has one host at the address")
    }
  }

  @Test("An agent at the address in each site is no address of several hosts; two in one site are")
  func tellsSeveralHosts() async throws {
    try await Fleet.run { fleet async throws in
      _ = try await fleet.places.addSite(named: "branch")
      let here = try await enrol(fleet, "here", site: "default", duties: [.inventory, .scan])
      let there = try await enrol(fleet, "there", site: "branch", duties: [.inventory, .scan])
      try await inventory(fleet, here, "sshd")
      try await inventory(fleet, there, "dropbear")
      func shared() async throws -> [SiteID] {
        try await fleet.findings.sweep()
        return try await fleet.findings.findings(
          FindingQuery(includesGone: false, unacknowledgedAt: fleet.clock.now), after: nil, limit: 100
        ).findings.filter { $0.finding.rule == .severalHosts }.map(\.finding.site)
      }
      #expect(try await shared().isEmpty)
      let explained = try await fleet.chart.explain(Self.address, Self.ssh, site: nil, own: nil).explanations
      #expect(explained.map { $0.listeners.first?.content.processes.first?.name } == ["sshd", "dropbear"])
      #expect(explained.map(\.agent) == [here.id, there.id])
      let beside = try await enrol(fleet, "beside", site: "default", duties: [.inventory])
      try await inventory(fleet, beside, "sshd")
      #expect(try await shared() == [SiteID(1)])
    }
  }
}
