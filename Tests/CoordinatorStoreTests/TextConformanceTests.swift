import GRDB
import Model
import SeededRandom
import Testing

@testable import CoordinatorCore
@testable import CoordinatorStore

/// Full text in the store: found as it is judged in memory, by the index of words and without it, whatever is said and asked.
@Suite struct TextConformanceTests {
  private static let host = ChartHost(
    site: StoreFixture.site, scope: .site, address: IPAddress(ipv4: 0x0a00_0005))

  private static let pieces = [
    "nginx", "NGINX", "apache", "Tomcat", "tomcats", "9", "0", "é", "É", "e\u{301}", "ß", "ſ", "\u{212a}", "İ", "東京",
    "٣", "🙂",
    "|", "\"", "'", "*", "^", "-", ":", "+", "(", ")", "{", "}", "\\", "%", "_", ",", ";--", "OR", "AND", "NOT", "NEAR",
    "text", "record_word", " ", " ", " ", "\t", "\u{200b}", "\u{202e}", "\u{0}", "x'00'",
  ]

  private static func text(_ random: inout SeededGenerator, _ length: ClosedRange<Int> = 1...8) -> String {
    (0..<Int.random(in: length, using: &random)).map { _ in pieces[Int.random(in: 0..<pieces.count, using: &random)] }
      .joined()
  }

  private static func certificate(_ random: inout SeededGenerator) -> CertificateIdentity {
    let number = Int.random(in: 0..<4, using: &random)
    // One certificate never says two things.
    var own = SeededGenerator(seed: UInt64(number))
    return CertificateIdentity(
      subject: text(&own), issuer: text(&own), alternativeNames: [text(&own), text(&own)],
      notBefore: StoreFixture.start, notAfter: StoreFixture.start,
      sha256: "0\(number)" + String(repeating: "0", count: 62))
  }

  private static func facts(_ random: inout SeededGenerator) -> ServiceFacts {
    func some(_ random: inout SeededGenerator) -> String? { Bool.random(using: &random) ? text(&random) : nil }
    return ServiceFacts(
      name: "http", product: some(&random), version: some(&random), info: some(&random), hostName: some(&random),
      confidence: .likely, banner: some(&random), certificate: Bool.random(using: &random) ? certificate(&random) : nil)
  }

  private static func service(_ facts: ServiceFacts, _ agent: AgentID, second: Int = 0) -> ZoneService {
    ZoneService(
      zone: StoreFixture.zone, facts: facts, observedAt: StoreFixture.start + .seconds(second), job: nil, agent: agent)
  }

  private static func insert(
    _ session: SQLiteSession, _ port: UInt16, _ facts: ServiceFacts, _ agent: AgentID, state: EndpointState = .open
  ) throws -> EndpointID {
    let id = try session.insertEndpoint(host, transport: .tcp, port: Port(port))
    let view = ZoneView(
      zone: StoreFixture.zone, state: state, reason: .synAck, isSelfView: false, observedAt: StoreFixture.start,
      job: nil,
      agent: agent)
    try session.setView(view, of: id, at: host)
    try session.setService(service(facts, agent), of: id)
    try session.setSummary(
      EndpointSummary(
        views: [view], services: [service(facts, agent)], listener: nil, insideAgent: nil, isLoopback: false), of: id,
      at: host)
    return id
  }

  private static func withSession(_ body: (SQLiteSession, AgentID) throws -> Void) throws {
    let queue = try DatabaseQueue()
    try Schema.migrator.migrate(queue)
    try queue.write { database throws in
      let session = SQLiteSession(database: database)
      try body(session, try session.insertAgent(StoreFixture.newAgent("first")))
    }
  }

  private static func ports(_ text: String, _ session: SQLiteSession) throws -> [UInt16] {
    let query = try ChartQuery(parsing: text, services: .builtIn, at: StoreFixture.start)
    return try session.chartRows(query, after: nil, limit: 9_999).map(\.port.rawValue)
  }

  private static func quoted(_ text: String) -> String {
    "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
  }

  @Test(
    "Whatever services say and whoever asks, the index of words, the walk without it and memory find the same rows",
    arguments: 0..<12 as Range<UInt64>)
  func findsAsMemoryJudges(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    try Self.withSession { session, agent in
      var kept: [EndpointID: ServiceFacts] = [:]
      for port in 1...60 as ClosedRange<UInt16> {
        var facts = Self.facts(&random)
        let isOpen = Int.random(in: 0..<6, using: &random) > 0
        let id = try Self.insert(session, port, facts, agent, state: isOpen ? .open : .closed)
        if Bool.random(using: &random) {
          facts = Self.facts(&random)
          try session.setService(Self.service(facts, agent, second: 1), of: id)
        }
        if Int.random(in: 0..<8, using: &random) == 0 {
          try session.removeEndpoint(id, at: Self.host)
        } else {
          kept[id] = isOpen ? facts : nil
        }
      }
      var hits = 0
      for _ in 0..<60 {
        let asked = Self.text(&random, 1...3)
        let query: ChartQuery
        let term = Bool.random(using: &random) ? Self.quoted(asked) : asked
        do {
          query = try ChartQuery(parsing: "text:" + term, services: .builtIn, at: StoreFixture.start)
        } catch {
          // What is refused asks nothing of the store.
          continue
        }
        // Blanks may make more terms of it.
        let words = query.filter
        guard case .term(.text(let phrases)) = words else { continue }
        let state = ChartFilter.term(.state(EndpointState.allCases))
        let expected = kept.filter { entry in
          phrases.contains { phrase in
            ([RecordText(service: entry.value)] + (entry.value.certificate.map { [RecordText(certificate: $0)] } ?? []))
              .contains(where: phrase.fits)
          }
        }.map(\.key.rawValue).sorted()
        let indexed = try session.chartRows(ChartQuery(.all([words, state])), after: nil, limit: 1_000)
        let walked = try session.chartRows(ChartQuery(.any([words, .all([words, state])])), after: nil, limit: 1_000)
        #expect(indexed.map(\.id.rawValue).sorted() == expected, "seed \(seed): \(term)")
        #expect(walked.map(\.id) == indexed.map(\.id), "seed \(seed): \(term)")
        let others = try session.chartRows(
          ChartQuery(.all([.not(words), .term(.state([.open]))])), after: nil, limit: 1_000)
        #expect(others.count + expected.count == kept.count, "seed \(seed): \(term)")
        hits += expected.count
      }
      #expect(hits > 0)
      try Self.checkIndex(session)
    }
  }

  /// The index says what the texts say, and there is no text that nothing has.
  private static func checkIndex(_ session: SQLiteSession) throws {
    try session.execute("INSERT INTO record_word(record_word, rank) VALUES ('integrity-check', 1)")
    #expect(
      try session.number(
        """
        SELECT count(*) FROM record_text WHERE id NOT IN (SELECT text_id FROM endpoint_service WHERE text_id IS NOT NULL)
          AND id NOT IN (SELECT text_id FROM certificate WHERE text_id IS NOT NULL)
        """) == 0)
  }

  @Test("What many say is kept once, and goes with the last that says it")
  func keepsTextsOnce() throws {
    try Self.withSession { session, agent in
      let facts = ServiceFacts(product: "nginx", confidence: .likely)
      var ids: [EndpointID] = []
      for port in 1...50 as ClosedRange<UInt16> { ids.append(try Self.insert(session, port, facts, agent)) }
      #expect(try session.number("SELECT count(*) FROM record_text") == 1)
      for id in ids.dropLast() { try session.removeEndpoint(id, at: Self.host) }
      #expect(try session.number("SELECT count(*) FROM record_text") == 1)
      let last = try #require(ids.last)
      try session.setService(Self.service(ServiceFacts(product: "NGINX!", confidence: .likely), agent), of: last)
      #expect(try session.number("SELECT count(*) FROM record_text") == 1)
      try session.setService(Self.service(ServiceFacts(product: "caddy", confidence: .likely), agent), of: last)
      #expect(try session.rows("SELECT text FROM record_text").map { $0["text"] as String } == ["caddy"])
      try session.setService(Self.service(ServiceFacts(confidence: .unknown), agent), of: last)
      #expect(try session.number("SELECT count(*) FROM record_text") == 0)
      try Self.checkIndex(session)
    }
  }

  @Test("A certificate goes with its words once nothing shows it any more, and not before the history that is kept")
  func forgetsCertificates() throws {
    try Self.withSession { session, agent in
      func certificate(_ name: String) -> CertificateIdentity {
        CertificateIdentity(
          subject: name, issuer: "", alternativeNames: [], notBefore: StoreFixture.start, notAfter: StoreFixture.start,
          sha256: String(repeating: name == "shown" ? "a" : "b", count: 64))
      }
      func texts() throws -> [String] {
        try session.rows("SELECT text FROM record_text ORDER BY text").map { $0["text"] as String }
      }
      _ = try session.noteCertificate(certificate("gone"), at: StoreFixture.start)
      let shown = ServiceFacts(confidence: .likely, certificate: certificate("shown"))
      _ = try Self.insert(session, 443, shown, agent)
      #expect(try texts().count == 2)
      #expect(try session.purgeHistory(before: StoreFixture.start, limit: 10) == [:])
      #expect(try session.purgeHistory(before: StoreFixture.start + .seconds(1), limit: 10) == [.certificates: 1])
      #expect(try session.rows("SELECT subject FROM certificate").map { $0["subject"] as String } == ["shown"])
      #expect(try texts().allSatisfy { $0.contains("shown") } && texts().count == 1)
      #expect(try session.endpoints(of: Self.host).first?.services.first?.facts == shown)
      // Nothing that a time past is asked for went.
      #expect(try session.historySince() == nil)
    }
  }

  @Test("Of several terms the first that fits few endpoints is the way; where all fit many the listing is walked")
  func choosesTheShorterWay() throws {
    try Self.withSession { session, agent in
      let common = ServiceFacts(product: "common", confidence: .likely)
      let rare = ServiceFacts(product: "common rare", confidence: .likely)
      for port in 1...12 as ClosedRange<UInt16> {
        _ = try Self.insert(session, port, port == 9 ? rare : common, agent)
      }
      func path(_ text: String) throws -> ChartPath? {
        try session.textPath(of: ChartQuery(parsing: text, services: .builtIn, at: StoreFixture.start), few: 11)
      }
      #expect(try path("text:common") == nil)
      #expect(try path("text:common,rare") == nil)
      #expect(try path("not text:rare") == nil)
      #expect(try path("text:rare or port:1") == nil)
      #expect(try path("port:9") == nil)
      #expect(try path("text:rare text:common") != nil)
      #expect(try path("text:common text:rare")?.conditions.first?.values.first as? String == "\"rare\"")
      #expect(try Self.ports("text:common text:rare", session) == [9])
      #expect(try Self.ports("text:common port:<12", session).count == 11)
    }
  }

  @Test("What a savepoint takes back is not found")
  func followsSavepoints() throws {
    struct Change: Error {}
    try Self.withSession { session, agent in
      let facts = ServiceFacts(product: "nginx", confidence: .likely)
      let id = try Self.insert(session, 1, facts, agent)
      #expect(throws: Change.self) {
        try session.database.inSavepoint {
          try session.setService(Self.service(ServiceFacts(product: "caddy", confidence: .likely), agent), of: id)
          guard id.rawValue < 0 else { throw Change() }
          return .commit
        }
      }
      #expect(try Self.ports("text:caddy", session).isEmpty)
      #expect(try Self.ports("text:nginx", session) == [1])
      try Self.checkIndex(session)
    }
  }

  @Test("Services and certificates of a file of before are found")
  func migratesEarlierFiles() throws {
    let queue = try DatabaseQueue()
    try Schema.migrator.migrate(queue, upTo: "16 paths")
    try queue.write { database throws in
      try database.execute(
        sql: """
          INSERT INTO agent(id, name, site_id, zone_id, installation, secret_hash, duties, tags, version, host_name,
            operating_system, enrolled_at) VALUES (1, 'a', 1, 1, 'i', x'01', '[]', '[]', '1', 'h', 'Linux', 1);
          INSERT INTO certificate(id, sha256, subject, issuer, names, not_before, not_after, first_seen, last_seen)
            VALUES (7, x'01', 'CN=lab', 'CN=ca', '["mx.example"]', 1, 2, 1, 1);
          """)
      for port in 1...2_100 {
        try database.execute(
          sql: """
            INSERT INTO endpoint(id, site_id, scope, address, transport, port, state, zone_id)
              VALUES (?1, 1, '', x'0a000005', 6, ?1, 'open', 1);
            """, arguments: [port])
        try database.execute(
          sql: """
            INSERT INTO endpoint_service(endpoint_id, zone_id, observed_at, name, product, banner, confidence, agent_id,
              certificate_id) VALUES (?, 1, 1, 'http', 'nginx', ?, 'likely', 1, ?)
            """, arguments: [port, "port \(port % 100)", port == 5 ? 7 : nil])
      }
    }
    try Schema.migrator.migrate(queue)
    try queue.write { database throws in
      let session = SQLiteSession(database: database)
      #expect(try Self.ports("text:nginx", session).count == 2_100)
      #expect(try Self.ports(#"text:"port 99""#, session).count == 21)
      #expect(try Self.ports("text:mx.example", session) == [5])
      #expect(try session.number("SELECT count(*) FROM record_text") == 101)
      try Self.checkIndex(session)
    }
  }
}
