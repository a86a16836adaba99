import CoordinatorCore
import Model
import SeededRandom
import Testing

@testable import CoordinatorServices

/// The chart as it was, against pictures that were taken of it then.
@Suite struct PastChartTests {
  private static let own = IPAddress(ipv4: 0x0a00_0005)

  /// What a merged row said. When it was seen last is not kept for every moment: `seen` is no part of it.
  private struct Picture: Hashable, CustomStringConvertible {
    var address: IPAddress
    var port: Port
    var verdict: Verdict?
    var state: EndpointState?
    var firstSeen: Timestamp?
    var service: String?
    var owners: [String]
    var agent: String?
    var isListed: Bool

    init(_ row: ChartRow) {
      address = row.host.address
      port = row.port
      verdict = row.summary.verdict
      state = row.summary.state
      firstSeen = row.summary.firstSeen
      service = row.summary.service?.name
      owners = row.listener?.processes.map(\.name) ?? []
      agent = row.insideAgentName
      isListed = row.isListed
    }

    var place: String { "\(address):\(port)" }

    /// Whether this is what was told then. A look that came later and saw the same proves what none had seen yet.
    func isSame(as then: Picture) -> Bool {
      var then = then
      switch (verdict, then.verdict) {
      case (.shielded, .unverified), (.forwarded, .unverified), (.forwarded, .noInsideView): then.verdict = verdict
      // Forwarded, by an inventory that was too old.
      case (.noInsideView, .unverified): then.verdict = verdict
      default: break
      }
      return self == then
    }

    var description: String {
      "\(address):\(port) \(state?.rawValue ?? "-") \(verdict?.rawValue ?? "-") \(service ?? "-") \(owners)"
    }
  }

  /// Verdicts that a later look may prove for the time before it.
  private static let lateVerdicts: KeyValuePairs<String, Set<Verdict>> = [
    "verdict:shielded": [.shielded], "verdict:unverified": [.unverified], "verdict:forwarded": [.forwarded],
    "verdict:no-inside-view": [.noInsideView], "verdict:shielded,unverified": [.shielded, .unverified],
  ]

  private static let everything = "state:open,closed,filtered,unreachable or not state:open"

  /// Queries that the past finds in ways of their own.
  private static let asked = [
    "", "service:ssh", "service:http", "service:tcpmux", "service:ssh state:closed,open", "product:nginx",
    "product:OPENSSH,nginx state:open", "proc:nginx", "user:www", "unit:a.service", "agent:host", "tag:lab",
    "verdict:exposed", "state:closed",
    "proc:nginx service:ssh", "port:1,2 proc:sshd", "net:10.0.0.0/24 service:ssh", "net:10.0.0.0/8 verdict:exposed",
    "site:default user:root", "site:default service:ssh", "site:default product:nginx", "site:other unit:a.service",
    "agent:host proc:nginx", "not service:ssh", "service:ssh or proc:nginx", "user:root unit:a.service",
  ]

  private func picture(
    _ fleet: Fleet, _ text: String = everything, asOf time: Timestamp? = nil
  ) async throws -> [Picture] {
    let query = try fleet.chart.query(text, asOf: time)
    var rows: [ChartRow] = []
    var position: ChartPosition?
    repeat {
      let page = try await fleet.chart.ports(query, after: position, limit: 7)
      rows += page.rows
      position = page.next
    } while position != nil
    return rows.map(Picture.init)
  }

  private static func listeners(_ random: inout SeededGenerator) -> [ListenerRecord.Key: ListenerContent] {
    var listeners: [ListenerRecord.Key: ListenerContent] = [:]
    for port in [1, 2, 3, 4, 9] as [Port] where Bool.random(using: &random) {
      let address: IPAddress = [.ipv4Unspecified, own, .ipv4Loopback].randomElement(using: &random) ?? own
      let name = ["nginx", "sshd", nil].randomElement(using: &random) ?? nil
      listeners[.init(transport: .tcp, address: address, port: port, interface: "")] = ListenerContent(
        isIPv6Only: false, uid: 0, user: ["root", "www"].randomElement(using: &random), inode: 1,
        processes: name.map { [ListeningProcess(pid: Int32.random(in: 1...9, using: &random), name: $0)] } ?? [],
        ownerUnknownReason: name == nil ? "not permitted" : nil,
        unit: ["a.service", nil].randomElement(using: &random) ?? nil)
    }
    return listeners
  }

  /// An agent on the host tells who listens, another scans; agents fall silent for longer than an inventory counts, their
  /// address goes and comes, one is removed.
  @Test("As of any time the chart is what it was then", arguments: 0..<6 as Range<UInt64>)
  func remembers(seed: UInt64) async throws {
    try await Fleet.run { fleet async throws in
      var random = SeededGenerator(seed: seed)
      let host = try await fleet.enrol("host", duties: [.inventory], tags: ["lab"])
      let scanner = try await fleet.enrol("scanner", duties: [.scan])
      // Without it nobody would be asked to identify anything.
      try await fleet.hello(scanner)
      var pictures: [(time: Timestamp, rows: [Picture])] = []
      var answers: [(time: Timestamp, text: String, rows: [Picture])] = []
      for step in 0..<24 {
        switch Int.random(in: 0..<5, using: &random) {
        case 0, 1:
          let hasAddress = Int.random(in: 0..<5, using: &random) > 0
          let update = InventoryUpdate(
            position: InventoryPosition(epoch: "boot", sequence: Int64(step + 1)), takenAt: fleet.clock.now,
            interfaces: [
              InterfaceAddress(interface: "lo", address: .ipv4Loopback, prefixLength: 8)
            ] + (hasAddress ? [InterfaceAddress(interface: "eth0", address: Self.own, prefixLength: 24)] : []),
            listeners: Self.listeners(&random))
          if step < 20 {
            _ = try await fleet.results.accept(update, from: host)
          } else if step == 20 {
            try await fleet.places.removeAgent(host.id)
          }
        default: try await scan(fleet, scanner, &random)
        }
        pictures.append((fleet.clock.now, try await picture(fleet)))
        fleet.clock.advance(by: .seconds([20, 60, 4_000].randomElement(using: &random) ?? 20))
        // An inventory that grows old changes verdicts without anything coming.
        pictures.append((fleet.clock.now - .milliseconds(1), []))
        fleet.clock.advance(by: .milliseconds(-1))
        pictures[pictures.count - 1].rows = try await picture(fleet)
        for text in Self.asked {
          answers.append((pictures[pictures.count - 1].time, text, try await picture(fleet, text)))
        }
        fleet.clock.advance(by: .milliseconds(1))
      }
      // What was never open has no row; once it has been, what was seen before that is told of it, too.
      var known: [Timestamp: Set<String>] = [:]
      var places: Set<String> = []
      for (number, taken) in pictures.enumerated() {
        places.formUnion(taken.rows.map(\.place))
        known[taken.time] = places
        let past = try await picture(fleet, asOf: taken.time).filter { $0.isListed || places.contains($0.place) }
        #expect(past.count == taken.rows.count, "seed \(seed), picture \(number)")
        let different = zip(past, taken.rows).filter { !$0.isSame(as: $1) }.map { "\($0), then \($1)" }
        #expect(different == [], "seed \(seed), picture \(number)")
        // What is asked of verdicts is asked of those that are known today.
        for (text, verdicts) in Self.lateVerdicts {
          let rows = try await picture(fleet, text, asOf: taken.time)
          let expected = past.filter { row in row.isListed && row.verdict.map(verdicts.contains) ?? false }
          #expect(rows == expected, "seed \(seed), \(text), picture \(number)")
        }
      }
      for answer in answers {
        let past = try await picture(fleet, answer.text, asOf: answer.time)
          .filter { $0.isListed || known[answer.time]?.contains($0.place) ?? false }
        #expect(past.count == answer.rows.count, "seed \(seed), \(answer.text) as of \(answer.time)")
        let different = zip(past, answer.rows).filter { !$0.isSame(as: $1) }.map { "\($0), then \($1)" }
        #expect(different == [], "seed \(seed), \(answer.text) as of \(answer.time)")
      }
      #expect(answers.contains { $0.text == "service:ssh" && !$0.rows.isEmpty })
    }
  }

  private func scan(_ fleet: Fleet, _ agent: AgentRecord, _ random: inout SeededGenerator) async throws {
    _ = try await fleet.submit("10.0.0.5", ports: "1-4") { $0.identifies = true }
    while let grant = try await fleet.grant(agent) {
      let open = Set([1, 2, 3, 4].filter { _ in Bool.random(using: &random) }.map { ProtocolPort(.tcp, $0) })
      let plain = try await fleet.chunk(grant, number: 0, grant.blocks.map(\.rectangle), open: open)
      let chunk = ResultService.Chunk(
        number: 0, digest: plain.digest, completed: plain.completed,
        sightings: plain.sightings.map { sighting in
          .init(
            host: sighting.host, endpoint: sighting.endpoint, reason: sighting.reason,
            observedAt: sighting.observedAt, isSelfView: false,
            service: Bool.random(using: &random)
              ? ServiceFacts(
                name: ["http", "ssh", nil].randomElement(using: &random) ?? nil,
                product: ["nginx", "OpenSSH", nil].randomElement(using: &random) ?? nil, confidence: .certain) : nil)
        }, runs: plain.runs)
      #expect(try await fleet.results.accept(chunk, under: Fleet.claim(grant), from: agent))
      try await fleet.finish(grant, by: agent, chunks: 1)
    }
  }

  @Test(
    "A view's last run ends when it was seen last: what is scanned again and again is covered, and its times are its own"
  )
  func knowsRunsThatGoOn() async throws {
    try await Fleet.run { fleet async throws in
      let scanner = try await fleet.enrol("scanner", duties: [.scan])
      let host = try await fleet.enrol("host", duties: [.inventory])
      let start = fleet.clock.now
      _ = try await fleet.results.accept(
        InventoryUpdate(
          position: InventoryPosition(epoch: "boot", sequence: 1), takenAt: start,
          interfaces: [InterfaceAddress(interface: "eth0", address: Self.own, prefixLength: 24)],
          listeners: [
            .init(transport: .tcp, address: .ipv4Unspecified, port: 81, interface: ""): ListenerContent(
              isIPv6Only: false, uid: 0, user: "root", inode: 1,
              processes: [ListeningProcess(pid: 7, name: "nginx")], ownerUnknownReason: nil, unit: nil)
          ]), from: host)
      // 80 is open, closed, and open for good; 81 is listened on and never open.
      for isOpen in [true, false, true, true, true, true] {
        _ = try await fleet.submit("10.0.0.5", ports: "80,81")
        try await fleet.workThrough(scanner, open: isOpen ? [ProtocolPort(.tcp, 80)] : [])
        fleet.clock.advance(by: .seconds(60))
      }
      func row(_ seconds: Int, _ port: Port) async throws -> EndpointSummary? {
        let query = try fleet.chart.query("port:\(port)", asOf: start + .seconds(seconds))
        return try await fleet.chart.ports(query, after: nil, limit: 9).rows.first?.summary
      }
      #expect(try await row(250, 80)?.lastSeen == start + .seconds(250))
      #expect(try await row(70, 81)?.verdict == .shielded)
      let page = try await fleet.comparisons.difference(
        from: (start + .seconds(200)).description, to: "now", query: "", kinds: Set(DiffKind.allCases), site: nil,
        after: nil, limit: 10
      ).page
      #expect(page.rows.map(\.kind) == [.unchanged])
      #expect(page.counts == [.unchanged: 1])
    }
  }

  @Test(
    "An owner that takes over is told, be it between two inventories or after a while without any; a restart is not")
  func tellsOwners() async throws {
    try await Fleet.run { fleet async throws in
      let host = try await fleet.enrol("host")
      func send(_ sequence: Int64, _ name: String?, pid: Int32 = 7) async throws {
        let content = name.map { name in
          ListenerContent(
            isIPv6Only: false, uid: 0, user: "root", inode: 1, processes: [ListeningProcess(pid: pid, name: name)],
            ownerUnknownReason: nil, unit: "\(name).service")
        }
        _ = try await fleet.results.accept(
          InventoryUpdate(
            position: InventoryPosition(epoch: "boot", sequence: sequence), takenAt: fleet.clock.now,
            interfaces: [InterfaceAddress(interface: "eth0", address: Self.own, prefixLength: 24)],
            listeners: content.map {
              [.init(transport: .tcp, address: .ipv4Unspecified, port: 80, interface: ""): $0]
            } ?? [:]), from: host)
        fleet.clock.advance(by: .seconds(60))
      }
      let start = fleet.clock.now
      try await send(1, "nginx")
      try await send(2, "nginx", pid: 9)
      try await send(3, "nc")
      try await send(4, nil)
      #expect(try await fleet.rows("port:80").isEmpty)
      #expect(try await fleet.rows("port:80 not state:open").isEmpty)
      try await send(5, "nginx")
      let found = try await fleet.chart.changes(ChangeQuery(), after: nil, limit: 10).rows
      #expect(found.map(\.kind) == [.process, .process])
      #expect(found.map(\.at) == [start + .seconds(240), start + .seconds(120)])
      #expect(found.map(\.notBefore) == [start + .seconds(120), start + .seconds(60)])
      #expect(found.map(\.detailBefore) == ["nc (root, nc.service)", "nginx (root, nginx.service)"])
      #expect(found.map(\.detail) == ["nginx (root, nginx.service)", "nc (root, nc.service)"])
      let rows = try await fleet.chart.ports(
        fleet.chart.query("proc:nc", asOf: start + .seconds(130)), after: nil, limit: 10
      ).rows
      #expect(rows.map(\.port) == [80])
    }
  }
}

/// History that was purged.
@Suite struct HistoryPurgeTests {
  @Test("What was over is deleted in batches, what is now stays, and a question about what is gone is refused")
  func purges() async throws {
    try await Fleet.run { fleet async throws in
      let agent = try await fleet.enrol("a")
      let start = fleet.clock.now
      func scan(_ open: Set<ProtocolPort>) async throws {
        _ = try await fleet.submit("10.0.0.1", ports: "80,81")
        try await fleet.workThrough(agent, open: open)
        fleet.clock.advance(by: .seconds(60))
      }
      let both = Set([80, 81].map { ProtocolPort(.tcp, $0) })
      for open in [both, [], both, [], both] { try await scan(open) }
      func kinds() async throws -> [ChangeKind] {
        try await fleet.chart.changes(ChangeQuery(endpoints: fleet.chart.query("port:80")), after: nil, limit: 100)
          .rows.map(\.kind)
      }
      #expect(try await kinds() == [.reopened, .closed, .reopened, .closed, .found])
      let before = try await fleet.rows("").map(\.summary)
      let purge = HistoryPurge(context: fleet.context, kept: .seconds(150))
      // Runs that were over 150 s ago: the first two of each endpoint.
      #expect(try await purge.purge() == [.views: 4])
      #expect(try await purge.purge().isEmpty)
      #expect(try await kinds() == [.reopened, .closed, .reopened])
      #expect(try await fleet.rows("").map(\.summary) == before)
      await fleet.expectRefusal(.invalidValue, at: "asOf") {
        _ = try await fleet.chart.ports(fleet.chart.query("", asOf: start), after: nil, limit: 1)
      }
      _ = try await fleet.chart.ports(fleet.chart.query("", asOf: start + .seconds(200)), after: nil, limit: 1)
      // What is told later builds on what is left.
      try await scan([])
      #expect(try await kinds() == [.closed, .reopened, .closed, .reopened])
      _ = try await fleet.comparisons.addBaseline(
        "kept", at: nil, query: "", site: nil, note: nil, by: .local)
      fleet.clock.advance(by: .seconds(10_000))
      // All but the last run of each endpoint was over when the baseline was taken. The one before it stays as what the change ended.
      #expect(try await purge.purge() == [.views: 4])
      #expect(try await kinds() == [.closed, .reopened])
    }
  }
}
