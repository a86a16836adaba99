import Model
import SeededRandom
import Testing

@testable import CoordinatorCore

/// Which notices an alert matches, and what becomes one group.
@Suite struct AlertMatchesTests {
  private static let now = Timestamp(milliseconds: 1_700_000_000_000)

  private func alert(_ id: Int64, _ rule: AlertRule, site: Int64? = nil) throws -> CompiledAlert {
    try CompiledAlert(
      AlertRecord(
        id: AlertID(id), name: "a\(id)", site: site.map { SiteID($0) }, isPaused: false, rule: rule, receivers: [],
        createdAt: Self.now, changedAt: Self.now), services: .builtIn, at: Self.now)
  }

  private func subject(
    _ id: Int64, _ kind: NoticeKind, _ address: UInt32, port: UInt16 = 443, site: Int64 = 1
  ) -> NoticeSubject {
    NoticeSubject(
      record: NoticeRecord(
        id: id,
        notice: ChangeNotice(
          kind: kind, site: SiteID(site), zone: ZoneID(1), address: IPAddress(ipv4: address),
          endpoint: ProtocolPort(.tcp, Port(port)), before: "open", after: kind == .closed ? "closed" : "open",
          observedAt: Self.now, acceptedAt: Self.now)), site: "s\(site)", zone: "dmz")
  }

  @Test("A /24 that went down is one group; without grouping each is its own")
  func groups() throws {
    let subjects =
      (1...254).map { subject(Int64($0), .closed, 0x0a00_0000 + UInt32($0)) } + [subject(300, .closed, 0x0a00_0101)]
    let alerts = [
      try alert(1, AlertRule()), try alert(2, AlertRule(grouping: .none)), try alert(3, AlertRule(grouping: .host)),
      try alert(4, AlertRule(grouping: .alert)),
    ]
    let counts = Dictionary(grouping: AlertMatches(subjects, alerts).groups, by: \.key.alert).mapValues { groups in
      groups.map(\.value.count).sorted()
    }
    #expect(counts[0] == [1, 254])
    #expect(counts[1]?.count == 255)
    #expect(counts[2]?.count == 255)
    #expect(counts[3] == [255])
  }

  @Test("Kinds, queries and sites choose; what is found is matched only by name")
  func chooses() throws {
    let subjects = [
      subject(1, .found, 1), subject(2, .opened, 1), subject(3, .closed, 1, port: 22), subject(4, .opened, 2, site: 2),
    ]
    func matched(_ alert: CompiledAlert) -> [Int64] {
      AlertMatches(subjects, [alert]).groups.values.flatMap { $0 }.map { subjects[$0].record.id }.sorted()
    }
    #expect(matched(try alert(1, AlertRule())) == [2, 3, 4])
    #expect(matched(try alert(1, AlertRule(kinds: [.found]))) == [1])
    #expect(matched(try alert(1, AlertRule(), site: 2)) == [4])
    #expect(matched(try alert(1, AlertRule(query: "port:22"))) == [3])
    #expect(matched(try alert(1, AlertRule(query: "state:open zone:d*"))) == [2, 4])
    #expect(matched(try alert(1, AlertRule(query: "not service:https"))) == [3])
    #expect(matched(try alert(1, AlertRule(query: "site:s2 or 0.0.0.1 port:22"))) == [3, 4])
    // Nothing is known of who listens.
    #expect(matched(try alert(1, AlertRule(query: "proc:*"))).isEmpty)
  }

  @Test("What is judged by numbers alone is judged as the whole filter judges it", arguments: 0..<6 as Range<UInt64>)
  func gatesAsFiltersJudge(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    func query(_ depth: Int) -> String {
      let terms = [
        "net:0.0.0.0/\(Int.random(in: 28...32, using: &random))", "net:0.0.0.\(Int.random(in: 0...9, using: &random))",
        "port:\(Int.random(in: 1...4, using: &random))..\(Int.random(in: 4...6, using: &random))", "proto:tcp",
        "proto:udp", "zone:dmz", "site:s2", "state:open",
      ]
      let term = terms[Int.random(in: 0..<terms.count, using: &random)]
      guard depth > 0 else { return term }
      switch Int.random(in: 0..<5, using: &random) {
      case 0: return "not (\(query(depth - 1)))"
      case 1: return "(\(query(depth - 1)) or \(query(depth - 1)))"
      case 2: return "(\(query(depth - 1)) \(query(depth - 1)))"
      case 3: return "(\(query(depth - 1)) or not \(term))"
      default: return term
      }
    }
    for _ in 0..<60 {
      let text = query(3)
      let filter = try ChartQuery(parsing: text, services: .builtIn, at: Self.now).filter
      let gate = FilterGate(filter)
      for id in 0..<24 {
        let subject = subject(
          Int64(id), .opened, UInt32.random(in: 0...12, using: &random), port: .random(in: 1...6, using: &random),
          site: .random(in: 1...2, using: &random))
        let expected = filter.holds(for: subject.judged)
        switch gate.judge(subject.notice.address, subject.notice.endpoint) {
        case .yes: #expect(expected, "\(text)")
        case .no: #expect(!expected, "\(text)")
        case .maybe: break
        }
      }
    }
  }

  @Test("So many groups end a batch after the notice that made the last; a notice for one alert is for no other")
  func stopsAtGroups() throws {
    let subjects = (1...10).map { subject(Int64($0), .closed, UInt32($0)) }
    let alerts = [try alert(1, AlertRule(grouping: .none)), try alert(2, AlertRule(grouping: .none))]
    let matches = AlertMatches(subjects, alerts, groupLimit: 5)
    #expect((matches.judgedCount, matches.groups.count) == (3, 6))
    var meant = subjects[0]
    meant.record.notice.alert = AlertID(2)
    #expect(AlertMatches([meant], alerts).groups.keys.map(\.alert) == [1])
  }

  @Test("Patterns fit as a matcher that tries everything says", arguments: 0..<8 as Range<UInt64>)
  func matchesPatterns(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    func text(_ letters: [Character]) -> String {
      String((0..<Int.random(in: 0...7, using: &random)).compactMap { _ in letters.randomElement(using: &random) })
    }
    for _ in 0..<2_000 {
      let (word, pattern) = (text(["a", "b"]), text(["a", "b", "*", "?"]))
      #expect(TextMatch.pattern(pattern).fits(word) == Self.tried(word[...], pattern[...]), "\(word) \(pattern)")
    }
  }

  private static func tried(_ text: Substring, _ pattern: Substring) -> Bool {
    guard let first = pattern.first else { return text.isEmpty }
    if first == "*" { return tried(text, pattern.dropFirst()) || (!text.isEmpty && tried(text.dropFirst(), pattern)) }
    guard let letter = text.first, first == "?" || first == letter else { return false }
    return tried(text.dropFirst(), pattern.dropFirst())
  }

  @Test("A message counts all, lists some, and says in one line what happened")
  func makesMessages() {
    var content = AlertGroupContent()
    for index in 1...254 {
      content.add(subject(Int64(index), .closed, 0x0a00_0000 + UInt32(index))) { Array($0.suffix(8)) }
    }
    let message = AlertMessage(id: "m", alert: "a", severity: .warning, createdAt: Self.now, content: content)
    #expect(message.title == "254 closed on 254 hosts of 10.0.0.0/24")
    #expect(message.count == 254)
    #expect(message.entries.count == AlertGroupContent.entryLimit)
    var one = AlertGroupContent()
    one.add(subject(1, .opened, 0x0a00_0005)) { $0 }
    #expect(
      AlertMessage(id: "m", alert: "a", severity: .info, createdAt: Self.now, content: one).title
        == "opened 10.0.0.5:443/tcp (open → open) from dmz")
  }
}
