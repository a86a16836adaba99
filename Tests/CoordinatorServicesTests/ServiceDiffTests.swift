import CoordinatorCore
import Model
import Testing

@testable import CoordinatorServices

/// Services and certificates that became others, told by each side of a comparison that knows of them.
@Suite struct ServiceDiffTests {
  private static let nginx = facts("nginx", certificate: 1)
  private static let apache = facts("Apache", certificate: 2)

  private static func facts(_ product: String?, certificate: Int? = nil) -> ServiceFacts {
    ServiceFacts(
      name: product == nil ? nil : "http", product: product, confidence: .certain,
      certificate: certificate.map { number in
        CertificateIdentity(
          subject: "CN=\(number)", issuer: "CN=ca", alternativeNames: [], notBefore: Timestamp(milliseconds: 0),
          notAfter: Timestamp(milliseconds: 1), sha256: String(repeating: "0\(number)", count: 32))
      })
  }

  /// Port 443 of 10.0.0.1 and what is served there, nil: nothing was asked, or nothing answered; port 80 is open as well.
  private func scan(
    _ fleet: Fleet, _ agent: AgentRecord, _ facts: ServiceFacts?, identifies: Bool = true, zone: String? = nil,
    isOpen: Bool = true
  ) async throws -> ScanID {
    let id = try await fleet.submit("10.0.0.1", ports: "80,443", zones: zone.map { [$0] } ?? []) {
      $0.identifies = identifies
    }
    try await report(fleet, agent, facts, isOpen: isOpen)
    fleet.clock.advance(by: .seconds(60))
    return id
  }

  private func report(
    _ fleet: Fleet, _ agent: AgentRecord, _ facts: ServiceFacts?, isOpen: Bool = true
  ) async throws {
    let grant = try #require(try await fleet.grant(agent))
    let ports: [Port] = isOpen ? [80, 443] : [80]
    let plain = try await fleet.chunk(
      grant, number: 0, grant.blocks.map(\.rectangle), open: Set(ports.map { ProtocolPort(.tcp, $0) }))
    let chunk = ResultService.Chunk(
      number: 0, digest: plain.digest, completed: plain.completed,
      sightings: plain.sightings.map { sighting in
        .init(
          host: sighting.host, endpoint: sighting.endpoint, reason: sighting.reason, observedAt: sighting.observedAt,
          isSelfView: false, service: sighting.endpoint.port == 443 ? facts : nil)
      }, runs: plain.runs)
    #expect(try await fleet.results.accept(chunk, under: Fleet.claim(grant), from: agent))
    try await fleet.finish(grant, by: agent, chunks: 1)
  }

  private func told(
    _ fleet: Fleet, _ from: String, _ to: String, query: String = "", kinds: Set<DiffKind> = Set(DiffKind.allCases)
  ) async throws -> [String] {
    let page = try await fleet.comparisons.difference(
      from: from, to: to, query: query, kinds: kinds, site: nil, after: nil, limit: 100
    ).page
    for kind in kinds { #expect(page.counts[kind] ?? 0 == page.rows.count { $0.kind == kind }) }
    return page.rows.map { row in
      let details = row.details.map { ": \($0.before) -> \($0.after)" } ?? ""
      return "\(row.key?.port.description ?? "host") \(row.kind.rawValue)\(details)"
    }
  }

  private static let replaced = [
    "80 unchanged", "443 service: http nginx -> http Apache",
    "443 certificate: \(nginx.certificate?.summary ?? "") -> \(apache.certificate?.summary ?? "")",
  ]
  private static let same = ["80 unchanged", "443 unchanged"]

  @Test("Two scans that asked for services tell those that became others, be they asked either way round")
  func comparesScans() async throws {
    try await Fleet.run { fleet async throws in
      let agent = try await fleet.enrol("scanner", duties: [.scan])
      try await fleet.hello(agent)
      let first = try await scan(fleet, agent, Self.nginx)
      let again = try await scan(fleet, agent, Self.nginx)
      let plain = try await scan(fleet, agent, nil, identifies: false)
      let other = try await scan(fleet, agent, Self.apache)
      let mute = try await scan(fleet, agent, nil)
      let back = try await scan(fleet, agent, Self.nginx)
      let renewed = try await scan(fleet, agent, Self.facts("nginx", certificate: 3))
      let closed = try await scan(fleet, agent, nil, isOpen: false)

      #expect(try await told(fleet, "\(first)", "\(other)") == Self.replaced)
      #expect(try await told(fleet, "\(again)", "\(other)", query: "port:1.. not state:filtered") == Self.replaced)
      #expect(
        try await told(fleet, "\(other)", "\(first)", kinds: [.service]) == [
          "443 service: http Apache -> http nginx"
        ])
      #expect(try await told(fleet, "\(first)", "\(again)") == Self.same)
      #expect(try await told(fleet, "\(first)", "\(back)") == Self.same)
      #expect(
        try await told(fleet, "\(back)", "\(renewed)").map { $0.prefix { $0 != ":" } }
          == ["80 unchanged", "443 certificate"])
      // Who did not ask, or had no answer, does not tell what others found.
      #expect(try await told(fleet, "\(plain)", "\(other)") == Self.same)
      #expect(try await told(fleet, "\(first)", "\(plain)") == Self.same)
      #expect(try await told(fleet, "\(first)", "\(mute)") == Self.same)
      #expect(try await told(fleet, "\(mute)", "\(renewed)") == Self.same)
      #expect(try await told(fleet, "\(first)", "\(closed)") == ["80 unchanged", "443 closed"])
      #expect(try await told(fleet, "\(first)", "\(first)") == Self.same)
    }
  }

  @Test("Scans from the same zone tell what that zone found, scans from two what each did")
  func comparesScansOfZones() async throws {
    try await Fleet.run { fleet async throws in
      let inner = try await fleet.enrol("inner", duties: [.scan])
      let outer = try await fleet.enrol("outer", zone: "dmz", duties: [.scan])
      for agent in [inner, outer] { try await fleet.hello(agent) }
      let first = try await scan(fleet, inner, Self.nginx, zone: "default")
      let proxied = try await scan(fleet, outer, Self.apache, zone: "dmz")
      let later = try await scan(fleet, inner, Self.nginx, zone: "default")
      let proxiedToo = try await scan(fleet, outer, Self.nginx, zone: "dmz")
      #expect(try await told(fleet, "\(first)", "\(later)") == Self.same)
      #expect(try await told(fleet, "\(first)", "\(proxied)") == Self.replaced)
      #expect(try await told(fleet, "\(first)", "\(proxiedToo)") == Self.same)
      #expect(try await told(fleet, "\(proxied)", "\(proxiedToo)").count == 3)
      // Against a zone or a time a scan tells what was found in it.
      #expect(try await told(fleet, "\(proxied)", "zone:dmz").contains("443 service: http Apache -> http nginx"))
      #expect(try await told(fleet, "zone:default", "\(proxied)").prefix(3) == Self.replaced[...])
      #expect(try await told(fleet, "\(first)", "zone:dmz") == Self.same)
      #expect(try await told(fleet, "\(proxied)", "now").contains("443 service: http Apache -> http nginx"))
    }
  }

  @Test("A zone to which nothing answered does not hide what another found")
  func comparesEveryZone() async throws {
    try await Fleet.run { fleet async throws in
      let inner = try await fleet.enrol("inner", duties: [.scan])
      let outer = try await fleet.enrol("outer", zone: "dmz", duties: [.scan])
      for agent in [inner, outer] { try await fleet.hello(agent) }
      var scans: [ScanID] = []
      for (inside, outside) in [(Self.nginx, Self.nginx), (Self.facts(nil), Self.apache)] {
        scans.append(
          try await fleet.submit("10.0.0.1", ports: "80,443", zones: ["default", "dmz"]) { $0.identifies = true })
        try await report(fleet, inner, inside)
        try await report(fleet, outer, outside)
        fleet.clock.advance(by: .seconds(60))
      }
      #expect(try await told(fleet, "\(scans[0])", "\(scans[1])") == Self.replaced)
    }
  }

  @Test("Services of purged history are no reason to call them unchanged")
  func refusesPurgedServices() async throws {
    try await Fleet.run { fleet async throws in
      let agent = try await fleet.enrol("scanner", duties: [.scan])
      try await fleet.hello(agent)
      let first = try await scan(fleet, agent, Self.nginx)
      let second = try await scan(fleet, agent, Self.apache)
      fleet.clock.advance(by: .seconds(5 * 86_400))
      _ = try await HistoryPurge(context: fleet.context, kept: .seconds(86_400)).purge()
      await #expect(throws: Refusal.self) { try await told(fleet, "\(first)", "\(second)") }
      #expect(try await told(fleet, "\(first)", "\(second)", kinds: [.opened, .closed]) == [])
    }
  }

  @Test("Two zones differ by what is open from each, and by what each found to be served")
  func comparesZones() async throws {
    try await Fleet.run { fleet async throws in
      let inner = try await fleet.enrol("inner", duties: [.scan])
      let outer = try await fleet.enrol("outer", zone: "dmz", duties: [.scan])
      for agent in [inner, outer] { try await fleet.hello(agent) }
      func compare(query: String = "port:1..") async throws -> [String] {
        try await told(fleet, "zone:default", "zone:dmz", query: query)
      }
      _ = try await scan(fleet, inner, Self.nginx, zone: "default")
      #expect(try await compare() == ["80 not-covered", "443 not-covered"])
      _ = try await scan(fleet, outer, nil, zone: "dmz", isOpen: false)
      #expect(try await compare() == ["80 unchanged", "443 closed"])
      #expect(try await told(fleet, "zone:dmz", "zone:default", query: "port:443") == ["443 opened"])
      _ = try await scan(fleet, outer, Self.apache, zone: "dmz")
      #expect(try await compare() == Self.replaced)
      #expect(try await compare(query: "port:443 service:http") == Array(Self.replaced.dropFirst()))
      _ = try await scan(fleet, outer, Self.nginx, zone: "dmz")
      #expect(try await compare() == Self.same)
    }
  }

  @Test("Two times differ by the service and by the certificate of then")
  func comparesTimes() async throws {
    try await Fleet.run { fleet async throws in
      let agent = try await fleet.enrol("scanner", duties: [.scan])
      try await fleet.hello(agent)
      _ = try await scan(fleet, agent, Self.nginx)
      let first = (fleet.clock.now - .seconds(1)).description
      _ = try await scan(fleet, agent, Self.facts("Apache", certificate: 1))
      let second = (fleet.clock.now - .seconds(1)).description
      _ = try await scan(fleet, agent, Self.apache)
      func compare(_ from: String, _ to: String) async throws -> [String] {
        try await told(fleet, from, to, query: "port:443")
      }
      #expect(try await compare(first, second) == ["443 service: http nginx -> http Apache"])
      #expect(try await compare(second, "now") == [Self.replaced[2]])
      #expect(try await compare(first, "now") == Array(Self.replaced.dropFirst()))
    }
  }
}
