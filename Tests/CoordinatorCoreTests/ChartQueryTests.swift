import Model
import SeededRandom
import Testing

@testable import CoordinatorCore

@Suite struct ChartQueryTests {
  /// 2023-11-14T22:13:20Z.
  private static let now = Timestamp(milliseconds: 1_700_000_000_000)

  private func parse(_ text: String) throws -> ChartFilter {
    try ChartQuery(parsing: text, services: .builtIn, at: Self.now).filter
  }

  private func terms(_ text: String) throws -> [ChartTerm] {
    let filter = try parse(text)
    let filters: [ChartFilter] = if case .all(let filters) = filter { filters } else { [filter] }
    return filters.compactMap { if case .term(let term) = $0 { term } else { nil } }
  }

  private func range(_ first: String, _ last: String) throws -> AddressRange {
    AddressRange(try #require(IPAddress(first)), try #require(IPAddress(last)))
  }

  @Test("Terms are fields with values; a bare address means net:, a bare number port:")
  func readsTerms() throws {
    #expect(try parse("") == .everything)
    #expect(try terms(" 443 ") == [.port([443...443])])
    #expect(try terms("port:22,80..90") == [.port([22...22, 80...90])])
    #expect(try terms("change:<7d") == terms("changed:7d"))
    #expect(try terms("10.0.0.0/30") == [.net([try range("10.0.0.0", "10.0.0.3")])])
    // In quotes a star is a star, of registered names too.
    #expect(try terms("service:\"*\"") == [.service([.exactly("*")], registered: [])])
    #expect(try terms("fe80::1") == [.net([try range("fe80::1", "fe80::1")])])
    #expect(
      try terms("NET:10.0.0.1-10.0.0.9 host:::1")
        == [.net([try range("10.0.0.1", "10.0.0.9")]), .net([AddressRange(.ipv6Loopback)])])
    #expect(try terms("state:Open,closed verdict:local-only") == [.state([.open, .closed]), .verdict([.localOnly])])
    #expect(try terms("proto:udp pid:7") == [.transport([.udp]), .pid([7...7])])
    #expect(
      try terms("proc:nginx user:root unit:a.service zone:dmz agent:w site:s tag:t container:c")
        == [
          .process([.exactly("nginx")]), .user([.exactly("root")]), .unit([.exactly("a.service")]),
          .zone([.exactly("dmz")]), .agent([.exactly("w")]), .site([.exactly("s")]), .tag([.exactly("t")]),
          .container([.exactly("c")]),
        ])
    guard case .service([.exactly("https")], let endpoints) = try #require(terms("service:HTTPS").first) else {
      Issue.record("a service is a name, and stands for its ports")
      return
    }
    #expect(endpoints.contains(ProtocolPort(.tcp, 443)))
    // Identified services have names that no registry knows.
    #expect(try terms("service:ms-sql+x") == [.service([.exactly("ms-sql+x")], registered: [])])
    #expect(try terms("product:nginx,OpenSSH*") == [.product([.exactly("nginx"), .pattern("OpenSSH*")])])
  }

  @Test("and, or, not and parentheses; and may be left out, and binds more than or")
  func readsStructure() throws {
    func port(_ number: UInt16) -> ChartFilter { .term(.port([number...number])) }
    #expect(try parse("1 2 or 3") == .any([.all([port(1), port(2)]), port(3)]))
    #expect(try parse("1 AND (2 or 3)") == .all([port(1), .any([port(2), port(3)])]))
    #expect(try parse("not 1 2") == .all([.not(port(1)), port(2)]))
    #expect(try parse("not not (1)") == .not(.not(port(1))))
    #expect(try parse("-port:1") == .not(port(1)))
    #expect(try parse("port!=1") == .not(port(1)))
    #expect(try parse("(1)(2)or(3)") == .any([.all([port(1), port(2)]), port(3)]))
  }

  @Test("Ports and pids compare; ranges may be open at an end")
  func comparesNumbers() throws {
    #expect(try terms("port:<1024") == [.port([0...1_023])])
    #expect(try terms("port>=1024") == [.port([1_024...65_535])])
    #expect(try terms("port:1..") == [.port([1...65_535])])
    #expect(try terms("pid:..9 pid>9") == [.pid([0...9]), .pid([10...Int32.max])])
  }

  @Test("Text matches as a whole, as a pattern, or just as quoted")
  func readsText() throws {
    #expect(try terms("proc:nginx*") == [.process([.pattern("nginx*")])])
    #expect(try terms(#"proc:"a b","c*""#) == [.process([.exactly("a b"), .exactly("c*")])])
    #expect(try terms(#"proc:"say \"x\" \\""#) == [.process([.exactly(#"say "x" \"#)])])
    #expect(try terms(#"proc:"a,b",c"#) == [.process([.exactly("a,b"), .exactly("c")])])
    #expect(try terms("user:or") == [.user([.exactly("or")])])
  }

  @Test(
    "Ages count back from now, days and minutes are whole ones, and without a zone it is UTC",
    arguments: [
      ("seen:7d", TimeSpan(from: now - .seconds(604_800))), ("seen:<7d", TimeSpan(from: now - .seconds(604_800))),
      ("seen>7d", TimeSpan(to: now - .seconds(604_800))),
      ("seen:30d..7d", TimeSpan(from: now - .seconds(2_592_000), to: now - .seconds(604_800))),
      ("seen:2023-11-14", TimeSpan(from: Timestamp("2023-11-14T00:00:00Z"), to: Timestamp("2023-11-15T00:00:00Z"))),
      ("seen:>2023-11-14", TimeSpan(from: Timestamp("2023-11-15T00:00:00Z"))),
      ("seen:>=2023-11-14T22:13", TimeSpan(from: Timestamp("2023-11-14T22:13:00Z"))),
      ("seen:<=2023-11-14T22:13", TimeSpan(to: Timestamp("2023-11-14T22:14:00Z"))),
      ("seen:<2023-11-14T22:13:20+01:00", TimeSpan(to: Timestamp("2023-11-14T21:13:20Z"))),
      ("seen:2023-11-01..", TimeSpan(from: Timestamp("2023-11-01T00:00:00Z"))),
    ])
  func readsTimes(text: String, span: TimeSpan) throws {
    #expect(try terms(text) == [.time(.lastSeen, [span])])
  }

  @Test(
    "An error points at the character of the whole query",
    arguments: [
      ("port:443 colour:red", 9), ("port:", 5), ("port:22,x", 8), ("state:open,shut", 11), ("  port:90..80", 7),
      ("net:10.0.0.0/33", 4), ("net:10.0.0.9-10.0.0.1", 4), ("service:*", 8), ("a or b", 0),
      ("zone:,", 5), ("verdict:,,", 8), ("pid:1,99999999999", 6), ("nginx", 0), (":x", 0), ("port:443 ünïcode:1", 9),
      ("port:1 or", 9), ("or port:1", 0), ("(port:1", 0), ("port:1)", 6), ("()", 1), ("not", 3), ("port:<1,2", 8),
      ("user:<x", 6), ("proc:\"x", 5), ("proc:\"x\"y", 5), ("proc:x\"y\"", 5), ("seen:soon", 5), ("seen:7d..30d", 5),
      ("change:opened", 7),
      ("port:<0", 6), ("-port!=1", 1), ("port:1 and and 2", 11),
    ])
  func pointsAtFaults(text: String, offset: Int) {
    let error = #expect(throws: ExpressionError.self) { try parse(text) }
    #expect(error?.subject == .query)
    #expect(error?.expression == text)
    #expect(error?.offset == offset)
  }

  @Test("A word that is nearly a field or value is suggested")
  func suggests() {
    #expect(throws: ExpressionError.self) { try parse("prot:tcp") }
    let field = #expect(throws: ExpressionError.self) { try parse("verdct:exposed") }
    #expect(field?.message.contains("did you mean verdict?") == true)
    let value = #expect(throws: ExpressionError.self) { try parse("state:opne") }
    #expect(value?.message.contains("did you mean open?") == true)
  }

  @Test("Hostile queries end: deep, long, of many values")
  func isBounded() {
    for text in [
      String(repeating: "(", count: 4_000), String(repeating: "not ", count: 2_000) + "1",
      "port:" + String(repeating: "1,", count: 300), String(repeating: "1 ", count: 300),
      String(repeating: "x", count: 9_000),
    ] {
      #expect(throws: ExpressionError.self) { try parse(text) }
    }
  }

  @Test("Whatever the octets, a query is read or refused", arguments: 0..<50 as Range<UInt64>)
  func survivesNoise(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let pieces = [
      "port:", "1", "..", "<", ">=", "(", ")", "or", "and", "not", " ", ",", "\"", "\\", "-", "seen:", "7d", "*",
      "proc:",
      "é", "\u{0}", "10.0.0.0/8", "::", "!=", "state:open", "\u{202e}", "'", ";--",
    ]
    for _ in 0..<200 {
      let text = (0..<Int.random(in: 0..<12, using: &random)).compactMap { _ in pieces.randomElement(using: &random) }
        .joined()
      do {
        _ = try parse(text)
      } catch let error as ExpressionError {
        #expect((0...text.count).contains(error.offset))
      } catch {
        Issue.record("\(error)")
      }
    }
  }

  @Test("A query knows whether it names states")
  func knowsStates() throws {
    func namesState(_ text: String) throws -> Bool {
      try ChartQuery(parsing: text, services: .builtIn, at: Self.now).namesState
    }
    #expect(try namesState("port:1 (net:::1 or not state:closed)"))
    #expect(try !namesState("port:1"))
  }
}
