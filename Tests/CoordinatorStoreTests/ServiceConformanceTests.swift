import GRDB
import Model
import Testing

@testable import CoordinatorCore
@testable import CoordinatorStore

/// What every store must answer about services and certificates.
@Suite struct ServiceConformanceTests {
  private static let host = ChartHost(
    site: StoreFixture.site, scope: .site, address: IPAddress(ipv4: 0x0a00_0005))
  private static let certificate = CertificateIdentity(
    subject: "CN=lab,O=\"ü\"", issuer: "CN=ca", alternativeNames: ["lab.example", "::1"],
    notBefore: Timestamp(milliseconds: -62_167_219_200_000), notAfter: Timestamp(milliseconds: 253_402_300_799_000),
    sha256: "00ff" + String(repeating: "0a", count: 30))

  private static func service(
    _ agent: AgentID, zone: ZoneID = StoreFixture.zone, at time: Timestamp = StoreFixture.start,
    _ certificate: CertificateIdentity? = certificate
  ) -> ZoneService {
    ZoneService(
      zone: zone,
      facts: ServiceFacts(
        name: "http", product: "nginx", version: "1.22.1", info: "HTTP 200", hostName: "lab.example",
        confidence: .likely, tunnel: .tls, tlsVersion: "TLSv1.3", banner: "a\\r\\n", certificate: certificate),
      observedAt: time, job: nil, agent: agent)
  }

  private func openView(_ zone: ZoneID, _ agent: AgentID, isSelfView: Bool = false) -> ZoneView {
    ZoneView(
      zone: zone, state: .open, reason: .synAck, isSelfView: isSelfView, observedAt: StoreFixture.start, job: nil,
      agent: agent)
  }

  @Test("A service is kept with its zone, beside two views of it, and replaced by the next")
  func keepsServices() async throws {
    let fixture = try await StoreFixture()
    let agent = fixture.agent
    try await fixture.store.change { session throws in
      let second = try session.insertZone(name: "dmz", site: StoreFixture.site, at: StoreFixture.start).id
      let id = try session.insertEndpoint(Self.host, transport: .tcp, port: 443)
      try session.setView(openView(StoreFixture.zone, agent), of: id, at: Self.host)
      try session.setView(openView(StoreFixture.zone, agent, isSelfView: true), of: id, at: Self.host)
      try session.setView(openView(second, agent), of: id, at: Self.host)
      let service = Self.service(agent)
      try session.setService(service, of: id)
      var empty = Self.service(agent, zone: second, nil)
      empty.facts = ServiceFacts(confidence: .unknown)
      try session.setService(empty, of: id)
      #expect(try session.endpoints(of: Self.host).first?.services == [service, empty])
      let next = Self.service(agent, at: StoreFixture.start + .seconds(1), nil)
      try session.setService(next, of: id)
      #expect(try session.endpoints(of: Self.host).first?.services == [next, empty])
      try session.removeEndpoint(id, at: Self.host)
      #expect(try session.endpoints(of: Self.host).isEmpty)
    }
  }

  @Test("One certificate is one row, whose first and last time grow apart in any order")
  func keepsCertificates() throws {
    let queue = try DatabaseQueue()
    try Schema.migrator.migrate(queue)
    try queue.write { database throws in
      let session = SQLiteSession(database: database)
      let times = [5, 9, 1, 7].map { StoreFixture.start + .seconds($0) }
      let ids = try times.map { try session.noteCertificate(Self.certificate, at: $0) }
      #expect(Set(ids).count == 1)
      let row = try #require(try session.row("SELECT * FROM certificate"))
      #expect(row.time("first_seen") == StoreFixture.start + .seconds(1))
      #expect(row.time("last_seen") == StoreFixture.start + .seconds(9))
    }
  }

  @Test("A row is listed with its service; terms on service and product find it by index")
  func listsServices() async throws {
    let fixture = try await StoreFixture()
    let agent = fixture.agent
    try await fixture.store.change { session throws in
      let id = try session.insertEndpoint(Self.host, transport: .tcp, port: 443)
      try session.setView(openView(StoreFixture.zone, agent), of: id, at: Self.host)
      try session.setService(Self.service(agent), of: id)
      let summary = EndpointSummary(
        views: [openView(StoreFixture.zone, agent)], services: [Self.service(agent)], listener: nil,
        insideAgent: nil, isLoopback: false)
      try session.setSummary(summary, of: id, at: Self.host)
      func rows(_ term: ChartTerm) throws -> [ChartRow] {
        try session.chartRows(ChartQuery(.term(term)), after: nil, limit: 9)
      }
      let row = try #require(try rows(.product([.exactly("NGINX")])).first)
      #expect(row.summary == summary && row.service == Self.service(agent))
      #expect(try rows(.service([.exactly("http")], registered: [])).count == 1)
      #expect(try rows(.service([.exactly("https")], registered: [ProtocolPort(.tcp, 443)])).isEmpty)
      #expect(try rows(.product([.exactly("ngin")])).isEmpty)
      // Listeners have no service of their own.
      let term = ChartQuery(.term(.product([.exactly("nginx")])))
      #expect(try session.listenerRows(term, after: nil, limit: 9).isEmpty)
      #expect(try session.chartHosts(term, after: nil, limit: 9).count == 1)
    }
  }

  @Test("A file of before services keeps its scans and endpoints, unidentified")
  func migratesEarlierFiles() throws {
    let queue = try DatabaseQueue()
    try Schema.migrator.migrate(queue, upTo: "5 dispatch")
    try queue.write { database throws in
      try database.execute(
        sql: """
          INSERT INTO scan(site_id, state, targets, exclusions, space, ports, host_count, port_count, priority,
            submitted_by, created_at) VALUES (1, 'done', '10.0.0.5', '', '10.0.0.5', 'T:80',
            x'00000000000000000000000000000001', 1, 0, 'token:1', 1);
          INSERT INTO endpoint(site_id, scope, address, transport, port, state, zone_id)
            VALUES (1, '', x'0a000005', 6, 80, 'open', 1);
          """)
    }
    try Schema.migrator.migrate(queue)
    try queue.read { database throws in
      let session = SQLiteSession(database: database)
      #expect(try session.scan(ScanID(1))?.request.identifies == false)
      let row = try #require(try session.chartRows(ChartQuery(), after: nil, limit: 9).first)
      #expect(row.port == 80 && row.service == nil && row.summary.service == nil)
      #expect(try Row.fetchAll(database, sql: "PRAGMA foreign_key_check").isEmpty)
    }
  }
}
