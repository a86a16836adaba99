import CoordinatorCore
import Model
import SeededRandom
import Testing

@testable import CoordinatorServices

/// What agents find out of services, in the chart.
@Suite struct ServiceMergeTests {
  private static let host = ChartHost(site: SiteID(1), scope: .site, address: IPAddress(ipv4: 0x0a00_0001))

  private static func facts(
    _ name: String?, _ product: String? = nil, digest: Character? = nil, end: Timestamp = Timestamp(milliseconds: 2)
  ) -> ServiceFacts {
    ServiceFacts(
      name: name, product: product, version: product.map { _ in "1.2" }, confidence: .certain,
      banner: "\(name ?? "") says \\x1b",
      certificate: digest.map { digit in
        CertificateIdentity(
          subject: "CN=\(digit)", issuer: "CN=ca", alternativeNames: ["a.example", "10.0.0.1"],
          notBefore: Timestamp(milliseconds: 1), notAfter: end,
          sha256: String(repeating: digit, count: 64))
      })
  }

  /// One sighting of port 80 or 443 at a time, by a job of its own.
  private struct Seen {
    var agent: AgentRecord
    var port: Port
    var facts: ServiceFacts?
    var state = EndpointState.open
    var at: Timestamp
  }

  private func report(_ seen: Seen, to fleet: Fleet) async throws {
    let scan = try await fleet.submit("10.0.0.1", ports: "T:\(seen.port)") { submission in
      submission.identifies = true
      submission.agents = [seen.agent.name]
    }
    let grant = try #require(try await fleet.grant(seen.agent))
    #expect(grant.scan == scan && grant.identifies)
    let host = HostAddress(Self.host.address)
    let number = seen.port.rawValue
    let chunk = ResultService.Chunk(
      number: 0, digest: [1], completed: grant.blocks.map(\.rectangle),
      sightings: seen.state == .open
        ? [
          .init(
            host: host, endpoint: ProtocolPort(.tcp, seen.port), reason: .synAck, observedAt: seen.at,
            isSelfView: false, service: seen.facts)
        ] : [],
      runs: seen.state == .open
        ? []
        : [
          .init(
            host: host, transport: .tcp,
            run: PortStateRun(
              ports: number...number, state: seen.state, reason: .connectionRefused, observedAt: seen.at),
            isSelfView: false)
        ])
    #expect(try await fleet.results.accept(chunk, under: Fleet.claim(grant), from: seen.agent))
    try await fleet.finish(grant, by: seen.agent, chunks: 1)
  }

  private func agents(_ fleet: Fleet) async throws -> [AgentRecord] {
    var agents: [AgentRecord] = []
    for (name, zone) in [("a", "inner"), ("b", "inner"), ("c", "outer")] {
      let agent = try await fleet.enrol(name, zone: zone)
      try await fleet.hello(agent)
      agents.append(agent)
    }
    return agents
  }

  /// What the chart says, without the ids that depend on the order of coming.
  private func chart(_ fleet: Fleet) async throws -> [String] {
    try await fleet.context.store.read { session in
      try session.endpoints(of: Self.host).flatMap { record in
        record.services.sorted { $0.zone < $1.zone }.map {
          "\(record.port) \($0.zone) \($0.facts) \($0.observedAt) \($0.agent)"
        } + ["\(record.port) \(String(describing: record.summary.state)) \(String(describing: record.summary.service))"]
      }
    }
  }

  @Test("That a certificate ends soon is told to each alert once, also to one made later, and for each number of days")
  func tellsOfCertificates() async throws {
    try await Fleet.run { fleet async throws in
      let agent = try await fleet.enrol("a")
      try await fleet.hello(agent)
      let end = fleet.clock.now + .seconds(10 * 86_400)
      try await report(
        Seen(agent: agent, port: 443, facts: Self.facts("https", digest: "a", end: end), at: fleet.clock.now), to: fleet
      )
      let receivers = ReceiverService(context: fleet.context, courier: RecordingCourier())
      _ = try await receivers.add(.syslog, named: "log", ReceiverDraft())
      let alerts = AlertService(context: fleet.context)
      func told() async throws -> [String] {
        // The watch looks once a minute; a new one looks at once.
        try await SourceWatch(context: fleet.context).look()
        let rounds = AlertRounds(context: fleet.context)
        try await rounds.round()
        fleet.clock.advance(by: .seconds(11))
        try await rounds.round()
        return try await receivers.deliveries(in: nil, before: nil, limit: 100).map(\.message.alert)
      }
      func add(_ name: String, days: Int?) async throws -> AlertID {
        var draft = AlertService.Draft()
        draft.kinds = ["certificate-expiring"]
        draft.receivers = ["log"]
        draft.certificateDays = days
        return try await alerts.add(named: name, draft)
      }
      _ = try await add("first", days: nil)
      #expect(try await told() == ["first"])
      #expect(try await told() == ["first"])
      let early = try await add("early", days: 5)
      _ = try await add("second", days: nil)
      #expect(try await told() == ["second", "first"])
      var change = AlertService.Draft()
      change.certificateDays = 12
      try await alerts.edit(early, change)
      #expect(try await told() == ["early", "second", "first"])
      #expect(try await told() == ["early", "second", "first"])
    }
  }

  @Test("Reports in any order give the same services", arguments: 0..<4 as Range<UInt64>)
  func isIndependentOfOrder(seed: UInt64) async throws {
    var generator = SeededGenerator(seed: seed)
    let names: [(String?, String?)] = [("http", "nginx"), ("ssh", "OpenSSH"), (nil, nil), ("http", nil)]
    let script = (0..<14).map { step in
      (
        agent: Int.random(in: 0..<3, using: &generator),
        port: [Port(80), 443][Int.random(in: 0..<2, using: &generator)],
        names: names[Int.random(in: 0..<4, using: &generator)], isAsked: Int.random(in: 0..<4, using: &generator) > 0,
        isOpen: Int.random(in: 0..<5, using: &generator) > 0,
        digest: [nil, Character("a"), "b"][Int.random(in: 0..<3, using: &generator)], at: step
      )
    }
    var charts: [[String]] = []
    for turn in 0..<3 {
      let order = turn == 0 ? script : script.shuffled(using: &generator)
      try await Fleet.run { fleet async throws in
        let agents = try await agents(fleet)
        let begin = fleet.clock.now - .seconds(1_000)
        for step in order {
          try await report(
            Seen(
              agent: agents[step.agent], port: step.port,
              facts: step.isAsked ? Self.facts(step.names.0, step.names.1, digest: step.digest) : nil,
              state: step.isOpen ? .open : .closed, at: begin + .seconds(step.at)), to: fleet)
        }
        charts.append(try await chart(fleet))
      }
    }
    #expect(charts[0].contains { $0.contains("ServiceFacts") })
    for chart in charts.dropFirst() { #expect(chart == charts[0]) }
  }

  @Test("The merged row shows the service of the zone that it shows, while that sees it open")
  func showsServices() async throws {
    try await Fleet.run { fleet async throws in
      let agents = try await agents(fleet)
      let begin = fleet.clock.now - .seconds(1_000)
      try await report(
        Seen(agent: agents[0], port: 443, facts: Self.facts("http", "nginx", digest: "a"), at: begin), to: fleet)
      let row = try #require(try await fleet.rows("port:443").first)
      #expect(row.summary.service == ShownService(name: "http", product: "nginx", version: "1.2"))
      #expect(row.service?.facts == Self.facts("http", "nginx", digest: "a"))
      #expect(row.service?.observedAt == begin)
      for query in ["service:http", "service:HTTP,ssh", "product:nginx", "product:NGINX", "service:http product:nginx"]
      {
        #expect(try await fleet.rows(query).count == 1, "\(query)")
      }
      // Identified, it is what it said and not what its number is registered for.
      for query in ["service:https", "service:ssh", "product:apache"] {
        #expect(try await fleet.rows(query).isEmpty, "\(query)")
      }
      // A scan that does not ask leaves what is known.
      try await report(Seen(agent: agents[1], port: 443, facts: nil, at: begin + .seconds(1)), to: fleet)
      #expect(try await fleet.rows("product:nginx").count == 1)
      // Closed, nothing is there.
      try await report(
        Seen(agent: agents[1], port: 443, facts: nil, state: .closed, at: begin + .seconds(2)), to: fleet)
      let closed = try #require(try await fleet.rows("port:443 state:closed").first)
      #expect(closed.summary.service == nil && closed.service == nil)
      // The other zone has its own.
      try await report(
        Seen(agent: agents[2], port: 443, facts: Self.facts("ssh", "OpenSSH"), at: begin + .seconds(3)), to: fleet)
      #expect(try await fleet.rows("port:443").first?.summary.service?.name == "ssh")
      #expect(try await fleet.rows("service:ssh").count == 1)
    }
  }

  @Test("What services and certificates say is found by its words, now, as it was, and in changes")
  func findsTexts() async throws {
    try await Fleet.run { fleet async throws in
      let agents = try await agents(fleet)
      let begin = fleet.clock.now - .seconds(1_000)
      try await report(
        Seen(agent: agents[0], port: 443, facts: Self.facts("http", "Apache Tomcat", digest: "a"), at: begin), to: fleet
      )
      try await report(
        Seen(agent: agents[0], port: 443, facts: Self.facts("http", "Caddy", digest: "b"), at: begin + .seconds(100)),
        to: fleet)
      try await report(
        Seen(agent: agents[0], port: 80, facts: Self.facts("http", "Caddy"), at: begin + .seconds(200)), to: fleet)
      for (text, now, before) in [
        ("text:caddy", 2, 0), (#"text:"apache tomcat""#, 0, 1), ("text:cad*,apac*", 2, 1), ("text:a.example", 1, 1),
        (#"text:"cn b""#, 1, 0), ("not text:caddy", 0, 1), ("text:x1b text:1.2 port:80", 1, 0),
      ] {
        #expect(try await fleet.rows(text).count == now, "\(text)")
        let past = try fleet.chart.query(text, asOf: begin + .seconds(50))
        #expect(try await fleet.chart.ports(past, after: nil, limit: 9).rows.count == before, "\(text)")
        let hosts = try await fleet.chart.hosts(fleet.chart.query(text), after: nil, limit: 9).rows
        #expect(hosts.count == min(now, 1), "\(text)")
      }
      let changes = try await fleet.chart.changes(
        ChangeQuery(endpoints: fleet.chart.query("text:caddy")), after: nil, limit: 99
      ).rows
      #expect(Set(changes.map(\.kind)) == [.found, .service, .certificate])
      let none = ChangeQuery(endpoints: try fleet.chart.query("text:tomcat"))
      #expect(try await fleet.chart.changes(none, after: nil, limit: 99).rows.isEmpty)
      // A closed port shows none.
      try await report(
        Seen(agent: agents[0], port: 80, facts: nil, state: .closed, at: begin + .seconds(300)), to: fleet)
      #expect(try await fleet.rows("text:caddy state:open,closed").map(\.port) == [443])
    }
  }

  @Test("An endpoint that nobody asked is found by the name its port is registered for")
  func findsRegisteredNames() async throws {
    try await Fleet.run { fleet async throws in
      let agents = try await agents(fleet)
      try await report(Seen(agent: agents[0], port: 443, facts: nil, at: fleet.clock.now), to: fleet)
      #expect(try await fleet.rows("service:https").count == 1)
      #expect(try await fleet.rows("service:http").isEmpty)
    }
  }

  @Test("A service that nobody asked for, or of a UDP port, is refused")
  func refusesUnasked() async throws {
    try await Fleet.run { fleet async throws in
      let agent = try await fleet.enrol("a")
      try await fleet.hello(agent)
      for (transport, identifies) in [(TransportProtocol.tcp, false), (.udp, true)] {
        _ = try await fleet.submit("10.0.0.1", ports: transport == .tcp ? "80" : "T:81,U:80") {
          $0.transports = [transport]
          $0.identifies = identifies
        }
        let grant = try #require(try await fleet.grant(agent))
        let endpoint = ProtocolPort(transport, 80)
        let whole = try await fleet.chunk(grant, number: 0, grant.blocks.map(\.rectangle), open: [endpoint])
        let chunk = ResultService.Chunk(
          number: 0, digest: [2], completed: whole.completed,
          sightings: whole.sightings.map {
            .init(
              host: $0.host, endpoint: $0.endpoint, reason: $0.reason, observedAt: $0.observedAt,
              isSelfView: false, service: Self.facts("http"))
          }, runs: whole.runs)
        await fleet.expectRefusal(.invalidValue, at: "/sightings/0/service") {
          _ = try await fleet.results.accept(chunk, under: Fleet.claim(grant), from: agent)
        }
        try await fleet.finish(grant, by: agent, as: .returned, chunks: 0)
        try await fleet.scans.cancel(grant.scan)
      }
    }
  }
}
