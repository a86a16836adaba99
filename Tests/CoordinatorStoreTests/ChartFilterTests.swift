import Model
import SeededRandom
import Testing

@testable import CoordinatorCore
@testable import CoordinatorStore

/// A query as SQL against the same query judged row by row in the simplest way.
@Suite struct ChartFilterTests {
  private static let now = StoreFixture.start + .seconds(100_000)

  @Test(
    "Whatever is asked, just the rows that fit are found, page by page in key order", arguments: 0..<24 as Range<UInt64>
  )
  func findsWhatFits(seed: UInt64) async throws {
    var random = SeededGenerator(seed: seed)
    let fixture = try await StoreFixture()
    let rows = try await Self.fill(fixture, &random)
    for _ in 0..<60 {
      let text = Self.query(&random, depth: 3)
      var query = try ChartQuery(parsing: text, services: .builtIn, at: Self.now)
      // Every row, whatever its state.
      let closed = ChartFilter.term(.state([.closed]))
      // Terms that all rows must fit choose the index; those within others do not.
      query.filter =
        Bool.random(using: &random)
        ? .all([query.filter, .any([closed, .not(closed)])])
        : .all([.any([query.filter, .all([query.filter, closed])])])
      query.inventoryNotBefore = Self.now - .seconds(300)
      let asked = query
      var found: [ChartRow] = []
      let page = Int.random(in: 1...9, using: &random)
      while true {
        let after = found.last.map { ChartPosition(host: $0.host, transport: $0.transport, port: $0.port) }
        let next = try await fixture.store.read { try $0.chartRows(asked, after: after, limit: page) }
        found += next
        if next.count < page { break }
      }
      let expected = rows.filter { Self.holds(asked.filter, $0) }
      #expect(found.map(\.id) == expected.map(\.id), "seed \(seed): \(text)")
      let looks = Int.random(in: 1...20, using: &random)
      let place: Comment = "seed \(seed), \(looks) looks, limit \(page): \(text)"
      let parts = try await Self.inParts(asked, fixture, limit: page, looks: looks, place)
      #expect(parts.map(\.id) == expected.map(\.id), place)
      let hosts = try await Self.hostsInParts(asked, fixture, limit: page, looks: looks)
      #expect(hosts == Self.hosts(of: expected), place)
      try await Self.expectCounts(asked, fixture, looks: looks, of: expected, place)
    }
  }

  @Test("An agent that was removed gives its host's name to nothing, however the question is put")
  func removedAgentsNameNothing() async throws {
    let fixture = try await StoreFixture()
    try await fixture.store.change { session throws in
      let gone = try session.insertAgent(StoreFixture.newAgent("gone"))
      // What it scanned of its own networks keeps its number.
      let host = ChartHost(
        site: StoreFixture.site, scope: .host(gone, interface: "docker0"), address: IPAddress(ipv4: 0xac11_0002))
      let id = try session.insertEndpoint(host, transport: .tcp, port: 80)
      let summary = EndpointSummary(
        state: .open, reason: nil, verdict: nil, zone: StoreFixture.zone, otherZones: [], isSelfView: false,
        listener: nil, insideAgent: gone, firstSeen: Self.now, lastSeen: Self.now, differedAt: nil)
      try session.setSummary(summary, of: id, at: host)
      func found(_ text: String) throws -> Int {
        try session.chartRows(ChartQuery(parsing: text, services: .builtIn, at: Self.now), after: nil, limit: 9).count
      }
      for (isRemoved, count) in [(false, 1), (true, 0)] {
        if isRemoved { try session.removeAgent(gone, at: Self.now) }
        for text in ["name:gone.example", "name:gone.example or pid:0", "name:g*"] {
          #expect(try found(text) == count, "\(text)")
        }
      }
      #expect(try found("port:80") == 1)
    }
  }

  @Test("Kept counts are those of the rows that fit", arguments: 0..<24 as Range<UInt64>)
  func countsWhatFits(seed: UInt64) async throws {
    var random = SeededGenerator(seed: seed)
    let fixture = try await StoreFixture()
    let rows = try await Self.fill(fixture, &random)
    for _ in 0..<20 {
      let text = Self.query(&random, depth: 3, of: Self.keptTerms)
      let query = try ChartQuery(parsing: text, services: .builtIn, at: Self.now)
      #expect(query.asksKeptCountsAlone)
      let fitting = rows.filter { row in
        let summary = row.summary
        guard Self.holds(query.filter, row) else { return false }
        if query.namesState { return summary.state != nil || summary.listener != nil }
        return summary.listener != nil || summary.state == .open || summary.state == .openOrFiltered
      }
      let (ports, states, services) = try await fixture.store.read { session throws in
        (
          try session.chartCounts(query, by: .port, after: nil, looks: 1).counts,
          try session.chartCounts(query, by: .state, after: nil, looks: 1).counts,
          try session.serviceCounts(query, after: nil, looks: 1).counts
        )
      }
      func counted(_ counts: [ChartCount]) -> [String?: Int] {
        Dictionary(counts.map { ($0.value, $0.endpoints) }, uniquingKeysWith: +)
      }
      #expect(
        counted(ports) == Dictionary(grouping: fitting) { $0.port.description }.mapValues(\.count),
        "seed \(seed): \(text)")
      #expect(
        counted(states) == Dictionary(grouping: fitting) { $0.summary.state?.rawValue }.mapValues(\.count),
        "seed \(seed): \(text)")
      #expect(
        Dictionary(services.map { ($0.service, $0.endpoints) }, uniquingKeysWith: +)
          == Dictionary(grouping: fitting) { $0.summary.service?.name }.mapValues(\.count), "seed \(seed): \(text)")
    }
  }

  // The rows.

  private static let names = ["nginx", "sshd", "post[1]gres", "java", "Java"]

  /// What name servers call hosts: what they said before is nothing any more, nor is that they know no name.
  private static let hostNames: [IPAddress: [String?]] = [
    IPAddress(ipv4: 0x0a00_0001): ["web.lan"], IPAddress(ipv4: 0x0a00_0002): ["old.lan", "web.lan"],
    IPAddress(ipv4: 0x0a00_0003): ["old.lan", nil], IPAddress(ipv4: 0x0a00_0004): ["x[1].lan"],
  ]

  private static func names(of row: ChartRow) -> [String] {
    let told = row.host.scope == .site ? hostNames[row.host.address]?.last ?? nil : nil
    return [told, row.insideAgentName.map { "\($0).example" }].compactMap(\.self)
  }

  private static func fill(_ fixture: StoreFixture, _ random: inout SeededGenerator) async throws -> [ChartRow] {
    var local = random
    defer { random = local }
    let drawn = (0..<60).map { _ in local.next() }
    return try await fixture.store.change { session throws in
      let fresh = try session.insertAgent(StoreFixture.newAgent("fresh"))
      for agent in [fixture.agent, fresh] {
        try session.setInventory(
          of: agent, position: InventoryPosition(epoch: "e", sequence: 1),
          at: agent == fresh ? now : StoreFixture.start, ownersVerifiedAt: nil)
      }
      for (address, names) in hostNames {
        let runs = names.enumerated().map { index, name in
          let time = StoreFixture.start + .seconds(index)
          return HostNameRun(name: name, first: time, last: time, agent: fresh, job: nil)
        }
        try session.setNameRuns(
          runs, insteadOf: [], of: ChartHost(site: StoreFixture.site, scope: .site, address: address),
          zone: StoreFixture.zone)
      }
      for (number, seed) in drawn.enumerated() {
        var random = SeededGenerator(seed: seed)
        let host = ChartHost(
          site: StoreFixture.site,
          scope: Int.random(in: 0..<5, using: &random) == 0 ? .host(fixture.agent, interface: "lo") : .site,
          address: Bool.random(using: &random)
            ? IPAddress(ipv4: 0x0a00_0000 + UInt32.random(in: 0..<8, using: &random)) : .ipv6Loopback)
        let port = Port(UInt16(number + 20))
        let id = try session.insertEndpoint(host, transport: number % 3 == 0 ? .udp : .tcp, port: port)
        let agent = number % 2 == 0 ? fixture.agent : fresh
        var listener: ListenerID?
        if Int.random(in: 0..<3, using: &random) > 0 {
          let processes = (0..<Int.random(in: 0...2, using: &random)).map { _ in
            ListeningProcess(
              pid: Int32.random(in: 1...9, using: &random), name: names.randomElement(using: &random) ?? "",
              user: Bool.random(using: &random) ? "root" : nil)
          }
          listener = try session.insertListener(
            agent: agent,
            key: .init(transport: number % 3 == 0 ? .udp : .tcp, address: host.address, port: port, interface: ""),
            content: ListenerContent(
              isIPv6Only: false, uid: nil, user: Bool.random(using: &random) ? "www" : nil, inode: nil,
              processes: processes, ownerUnknownReason: nil, unit: Bool.random(using: &random) ? "a.service" : nil,
              container: Bool.random(using: &random) ? "box" : nil), at: StoreFixture.start)
        }
        let state = ([nil] + EndpointState.allCases).randomElement(using: &random) ?? nil
        func time() -> Timestamp? {
          Bool.random(using: &random) ? now - .seconds(Int.random(in: 0..<9, using: &random) * 60) : nil
        }
        // A listener is known by the agent that lives there, and so is what such a verdict says.
        let inside = listener != nil || Bool.random(using: &random) ? agent : nil
        let verdicts: [Verdict?] = [nil] + (inside == nil ? [.noInsideView, .localOnly] : Verdict.allCases)
        let summary = EndpointSummary(
          state: state, reason: nil, verdict: verdicts.randomElement(using: &random) ?? nil,
          zone: StoreFixture.zone, otherZones: [], isSelfView: false, listener: listener,
          insideAgent: inside, firstSeen: time(), lastSeen: time(),
          differedAt: time(),
          service: Bool.random(using: &random)
            ? ShownService(
              name: ["http", "ssh"].randomElement(using: &random), product: names.randomElement(using: &random),
              version: nil) : nil)
        try session.setSummary(summary, of: id, at: host)
        if let differedAt = summary.differedAt {
          // The newest run began behind what was seen otherwise.
          let run = ViewRun(
            state: .open, reason: .synAck, first: differedAt + .seconds(Int.random(in: 0...100_000, using: &random)),
            last: Self.now, agent: agent, job: nil)
          try session.setRuns([run], of: id, ViewKey(zone: StoreFixture.zone, isSelfView: false))
        }
        if Bool.random(using: &random) {
          let banner = ["Hello world", "hello", "WORLDS"].randomElement(using: &random)
          try session.setService(
            ZoneService(
              zone: StoreFixture.zone, facts: ServiceFacts(confidence: .likely, banner: banner), observedAt: now,
              job: nil,
              agent: fixture.agent), of: id)
        }
      }
      var every = ChartQuery(
        .any([.term(.state(EndpointState.allCases)), .not(.term(.state(EndpointState.allCases)))]))
      every.inventoryNotBefore = now - .seconds(300)
      return try session.chartRows(every, after: nil, limit: 1_000)
    }
  }

  // The queries.

  private static let terms = [
    "port:22", "port:20,23,26,31,35", "port:<40", "port:30..50", "proto:udp", "10.0.0.1", "net:10.0.0.0/30", "host:::1",
    "state:open",
    "state:closed,filtered", "verdict:exposed", "verdict:no-inside-view", "proc:nginx", "proc:java", "proc:*a*",
    "proc:?ava",
    "proc:post[1]*", "proc:\"post[1]gres\"", "pid:3", "pid:<5", "user:root", "user:w*", "unit:a.service", "container:*",
    "seen:3m", "seen:>3m", "first:5m..2m", "changed:..4m", "agent:fresh", "agent:f*", "tag:a", "tag:zz", "site:default",
    "service:ssh", "service:h*p", "product:NGINX", "product:j*", "port!=22", "-proc:nginx",
    "name:WEB.lan", "name:web*,x[1]*", "name:old.lan", "name:*.lan", "name:Fresh.example", "name:f*", "name:zz",
    "text:hello", "text:world", "text:worl*,hello",
  ]

  /// Terms by which counts are kept.
  private static let keptTerms = [
    "port:22", "port:20,23,26,31,35", "port:<40", "port:30..50", "port!=22", "proto:udp", "proto:tcp", "state:open",
    "state:closed,filtered", "site:default", "site:x*", "service:ssh", "service:h*p", "-service:http",
  ]

  private static func query(
    _ random: inout SeededGenerator, depth: Int, of terms: [String] = ChartFilterTests.terms
  ) -> String {
    guard depth > 0, Int.random(in: 0..<4, using: &random) > 0 else { return terms.randomElement(using: &random) ?? "" }
    func part() -> String { "(" + query(&random, depth: depth - 1, of: terms) + ")" }
    switch Int.random(in: 0..<3, using: &random) {
    case 0: return "not \(part())"
    case 1: return "\(part()) \(part())"
    default: return "\(part()) or \(part())"
    }
  }

  // The judgement.

  private static func holds(_ filter: ChartFilter, _ row: ChartRow) -> Bool {
    switch filter {
    case .term(let term): holds(term, row)
    case .not(let filter): !holds(filter, row)
    case .all(let filters): filters.allSatisfy { holds($0, row) }
    case .any(let filters): filters.contains { holds($0, row) }
    }
  }

  private static func holds(_ term: ChartTerm, _ row: ChartRow) -> Bool {
    func fits(_ text: String?, _ matches: [TextMatch]) -> Bool {
      text.map { text in matches.contains { Self.fits(text, $0) } } ?? false
    }
    let processes = row.listener?.processes ?? []
    switch term {
    case .site(let names): return fits("default", names)
    case .zone: return false
    case .agent(let names): return fits(row.insideAgentName, names)
    case .tag(let names): return row.insideAgentName != nil && ["a", "b"].contains { fits($0, names) }
    case .net(let ranges):
      return ranges.contains { $0.family == row.host.address.family && $0.contains(row.host.address) }
    case .port(let ranges): return ranges.contains { $0.contains(row.port.rawValue) }
    case .transport(let transports): return transports.contains(row.transport)
    case .state(let states): return row.summary.state.map(states.contains) ?? false
    case .service(let names, let registered):
      let isRegistered = registered.contains(ProtocolPort(row.transport, row.port))
      return row.summary.service?.name.map { fits($0, names) } ?? isRegistered
    case .product(let names):
      // Products compare without regard to case.
      let folded = names.map { name in
        switch name {
        case .exactly(let text): TextMatch.exactly(text.lowercased())
        case .pattern(let text): TextMatch.pattern(text.lowercased())
        }
      }
      return fits(row.summary.service?.product?.lowercased(), folded)
    case .text(let phrases):
      guard row.summary.state == .open, let facts = row.service?.facts else { return false }
      let words = (facts.banner ?? "").lowercased().split(separator: " ").map(String.init)
      return phrases.contains { phrase in
        words.contains { phrase.isBeginning ? $0.hasPrefix(phrase.words) : $0 == phrase.words }
      }
    case .hostName(let wanted):
      return names(of: row).contains { name in wanted.map(\.asciiLowercased).contains { Self.fits(name, $0) } }
    case .verdict(let verdicts): return row.summary.verdict.map(verdicts.contains) ?? false
    case .process(let names): return processes.contains { fits($0.name, names) }
    case .pid(let ranges): return processes.contains { process in ranges.contains { $0.contains(process.pid) } }
    case .user(let names): return fits(row.listener?.user, names) || processes.contains { fits($0.user, names) }
    case .unit(let names): return fits(row.listener?.unit, names)
    case .container(let names): return fits(row.listener?.container, names)
    case .finding(let rules): return rules.contains(where: row.summary.findings.contains)
    case .time(let moment, let spans):
      let time: Timestamp? =
        switch moment {
        case .firstSeen: row.summary.firstSeen
        case .lastSeen: row.summary.lastSeen
        case .lastChanged: row.summary.differedAt
        }
      return time.map { time in
        spans.contains { span in span.from.map { $0 <= time } ?? true && span.to.map { time < $0 } ?? true }
      } ?? false
    }
  }

  private static func fits(_ text: String, _ match: TextMatch) -> Bool {
    switch match {
    case .exactly(let wanted): return text == wanted
    case .pattern(let pattern): return fits(Array(text)[...], Array(pattern)[...])
    }
  }

  private static func fits(_ text: ArraySlice<Character>, _ pattern: ArraySlice<Character>) -> Bool {
    guard let first = pattern.first else { return text.isEmpty }
    if first == "*" {
      return fits(text, pattern.dropFirst()) || (!text.isEmpty && fits(text.dropFirst(), pattern))
    }
    guard let character = text.first, first == "?" || first == character else { return false }
    return fits(text.dropFirst(), pattern.dropFirst())
  }
}
