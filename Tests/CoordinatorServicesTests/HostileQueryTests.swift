import CoordinatorCore
import FoundationEssentials
import Model
import SeededRandom
import Testing

@testable import CoordinatorServices

/// Queries made of what SQL, GLOB, LIKE and FTS5 read in ways of their own, over a chart whose names are made of the same.
@Suite struct HostileQueryTests {
  private static let words = [
    "'", "''", "\"", "'; DROP TABLE endpoint; --", "\" OR \"\" = \"", "1 OR 1=1", "%", "_", "%%a_", "*", "?", "**?",
    "[a]",
    "[^a]", "]", "a*b", "NEAR(a b)", "NEAR", "OR", "AND", "NOT", "a AND b", "rowid:1", "{a b}:c", "^a", "a + b", "-a",
    "(", ")",
    "()", "\\", "\\\\", "\\\"", ",", ":", "::", "..", "1..", "<", ">=1", "!=", "=", "\u{1}", "\u{7f}", "\u{1b}[31m",
    "\n", "\t",
    "\u{202e}abc", "😀", "👩‍👩‍👧", "e\u{301}", "é", "İ", "ß", "\u{fffd}", "?1", "?999999", "@a", "$a", "NULL", "/*", "--",
    ";",
    "x'00'", "nginx", "|", "a|b", String(repeating: "a", count: 3_000), String(repeating: "*a", count: 400),
    String(repeating: "'", count: 9_000),
  ]
  private static let nul = ["\0", "a\0b"]

  private static let fields = [
    "agent", "changed", "container", "finding", "first", "host", "name", "net", "pid", "port", "proc", "product",
    "proto", "seen",
    "service", "site", "state", "tag", "text", "unit", "user", "verdict", "zone", "nosuch",
  ]

  private static func quoted(_ text: String) -> String {
    "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
  }

  private static func term(_ random: inout SeededGenerator) -> String {
    var word = (words + nul).randomElement(using: &random) ?? ""
    if Int.random(in: 0..<4, using: &random) == 0 { word += words.randomElement(using: &random) ?? "" }
    // As it is, it may be read as anything; in quotes it is a value; in quotes of its own those may not end.
    let value =
      [word, quoted(word), quoted(word), "\"\(word)\"", "\(word)*", "\"\(word)"].randomElement(using: &random) ?? ""
    let field = fields.randomElement(using: &random) ?? ""
    return ["\(field):\(value)", "\(field):\(value)", "\(field):a,\(value)", value].randomElement(using: &random) ?? ""
  }

  private static func query(_ random: inout SeededGenerator, depth: Int = 2) -> String {
    guard depth > 0, Bool.random(using: &random) else { return term(&random) }
    func part() -> String { query(&random, depth: depth - 1) }
    switch Int.random(in: 0..<4, using: &random) {
    case 0: return "not (\(part()))"
    case 1: return "\(part()) \(part())"
    case 2: return "(\(part())) or (\(part()))"
    default: return "-\(part())"
    }
  }

  private static let own = IPAddress(ipv4: 0x0a00_0005)

  /// Each word is a program, its user, unit and container at a port, and what is served at the same port.
  private func fill(_ fleet: Fleet) async throws {
    let host = try await fleet.enrol("host", duties: [.inventory], tags: ["lab"])
    var listeners: [ListenerRecord.Key: ListenerContent] = [:]
    for (index, word) in Self.words.enumerated() {
      listeners[.init(transport: .tcp, address: .ipv4Unspecified, port: Self.port(index), interface: "")] =
        ListenerContent(
          isIPv6Only: false, uid: 0, user: word, inode: 1, processes: [ListeningProcess(pid: 1, name: word)],
          ownerUnknownReason: nil, unit: word, container: word)
    }
    _ = try await fleet.results.accept(
      InventoryUpdate(
        position: InventoryPosition(epoch: "boot", sequence: 1), takenAt: fleet.clock.now,
        interfaces: [InterfaceAddress(interface: "eth0", address: Self.own, prefixLength: 24)], listeners: listeners),
      from: host)
    let scanner = try await fleet.enrol("scanner", duties: [.scan])
    try await fleet.hello(scanner)
    _ = try await fleet.submit("10.0.0.5-10.0.0.6", ports: "1000-\(1_000 + Self.words.count)") { $0.identifies = true }
    while let grant = try await fleet.grant(scanner) {
      let open = Set(Self.words.indices.map { ProtocolPort(.tcp, Self.port($0)) })
      let plain = try await fleet.chunk(grant, number: 0, grant.blocks.map(\.rectangle), open: open)
      let chunk = ResultService.Chunk(
        number: 0, digest: plain.digest, completed: plain.completed,
        sightings: plain.sightings.map { sighting in
          let word = Self.words[Int(sighting.endpoint.port.rawValue) - 1_000]
          return .init(
            host: sighting.host, endpoint: sighting.endpoint, reason: sighting.reason, observedAt: sighting.observedAt,
            isSelfView: false,
            service: ServiceFacts(name: word, product: word, hostName: word, confidence: .certain, banner: word))
        }, runs: plain.runs)
      #expect(try await fleet.results.accept(chunk, under: Fleet.claim(grant), from: scanner))
      try await fleet.finish(grant, by: scanner, chunks: 1)
    }
    fleet.clock.advance(by: .seconds(1))
  }

  private static func port(_ index: Int) -> Port { Port(UInt16(1_000 + index)) }

  private func counts(
    _ chart: ChartService, _ query: ChartQuery, by grouping: ChartGrouping
  ) async throws -> [ChartCount] {
    var counts: [ChartCount] = []
    var position: ChartPosition?
    repeat {
      let part = try await chart.counts(query, by: grouping, after: position, limit: 1_000)
      counts += part.counts
      position = part.next
    } while position != nil
    return counts
  }

  private func ports(_ chart: ChartService, _ query: ChartQuery) async throws -> [String] {
    var rows: [ChartRow] = []
    var position: ChartPosition?
    repeat {
      let page = try await chart.ports(query, after: position, limit: 50)
      rows += page.rows
      position = page.next
    } while position != nil
    return rows.map { "\($0.host.address):\($0.port)" }
  }

  private func changes(_ chart: ChartService, _ query: ChartQuery) async throws -> [ChangeRecord] {
    var rows: [ChangeRecord] = []
    var position: ChangePosition?
    repeat {
      let page = try await chart.changes(ChangeQuery(endpoints: query), after: position, limit: 50)
      rows += page.rows
      position = page.next ?? (page.rows.count == 50 ? page.rows.last?.position : nil)
    } while position != nil
    return rows
  }

  @Test(
    "Whatever is asked, it is answered alike by the index and row by row, or refused; nothing is changed",
    arguments: 0..<4 as Range<UInt64>)
  func asks(seed: UInt64) async throws {
    try await Fleet.run { fleet async throws in
      try await fill(fleet)
      var random = SeededGenerator(seed: seed)
      func files() throws -> [Data] { try ["", "-wal"].map { try Data(contentsOf: URL(filePath: fleet.path + $0)) } }
      let before = try files()
      var chart = fleet.chart
      chart.portLooks = 40
      chart.changeLooks = 60
      chart.countLooks = 40
      var (answered, refused, found) = (0, 0, 0)
      for _ in 0..<250 {
        let text = Self.query(&random)
        do {
          let (now, then) = (try chart.query(text), try chart.query(text, asOf: fleet.clock.now))
          let rows = try await ports(chart, now)
          #expect(try await ports(chart, then) == rows, "seed \(seed): \(text.debugDescription)")
          let counts = try await self.counts(chart, now, by: .port)
          #expect(counts.reduce(0) { $0 + $1.endpoints } == rows.count, "seed \(seed): \(text.debugDescription)")
          for query in [now, then] {
            _ = try await chart.hosts(query, after: nil, limit: 50)
            _ = try await chart.listeners(query, after: nil, limit: 50)
            let grouping = ChartGrouping.allCases.randomElement(using: &random) ?? .port
            _ = try await chart.counts(query, by: grouping, limit: 50)
          }
          let changes = try await fleet.chart.changes(ChangeQuery(endpoints: now), after: nil, limit: 9_999).rows
          #expect(try await self.changes(chart, now) == changes, "seed \(seed): \(text.debugDescription)")
          answered += 1
          found += rows.isEmpty ? 0 : 1
        } catch let refusal as Refusal {
          #expect(refusal.code == .invalidValue, "\(refusal)")
          refused += 1
        } catch {
          Issue.record(error, "seed \(seed): \(text.debugDescription)")
        }
      }
      #expect(answered > 20 && refused > 20 && found > 5)
      #expect(try files() == before)
    }
  }

  @Test("A name in quotes is found as it is, where it is and nowhere else")
  func findsNames() async throws {
    try await Fleet.run { fleet async throws in
      try await fill(fleet)
      for (index, word) in Self.words.enumerated() where word.utf8.count < 4_000 {
        for field in ["proc", "user", "unit", "container"] {
          let query = try fleet.chart.query("\(field):\(Self.quoted(word))")
          #expect(
            try await ports(fleet.chart, query) == ["10.0.0.5:\(Self.port(index))"],
            "\(field): \(word.debugDescription)")
        }
        let query = try fleet.chart.query("product:\(Self.quoted(word)) not proc:nosuch")
        let both = ["10.0.0.5:\(Self.port(index))", "10.0.0.6:\(Self.port(index))"]
        #expect(try await ports(fleet.chart, query) == both, "product: \(word.debugDescription)")
      }
    }
  }
}
