import Foundation
import GRDB
import Model
import Testing

@testable import CoordinatorCore
@testable import CoordinatorStore

/// Which files the store opens, and which it leaves alone.
@Suite struct SQLiteFileTests {
  private let folder: TemporaryFolder
  private let path: String

  init() throws {
    folder = try TemporaryFolder()
    path = folder.path("periplus.sqlite")
  }

  private func open(_ path: String) -> Result<SQLiteStore, any Error> { Result { try SQLiteStore(path: path) } }

  private func expectRefusal(_ code: StoreError.Code, sourceLocation: SourceLocation = #_sourceLocation) {
    do {
      _ = try SQLiteStore(path: path)
      Issue.record("the file was opened", sourceLocation: sourceLocation)
    } catch {
      #expect((error as? StoreError)?.code == code, "\(error)", sourceLocation: sourceLocation)
    }
  }

  @Test("A fresh file gets the schema, one site with one zone, and the scope that harms nobody")
  func makesFreshFiles() async throws {
    let store = try SQLiteStore(path: path)
    try await store.read { session throws in
      #expect(try session.sites().map(\.name) == ["default"])
      #expect(try session.zones().map(\.name) == ["default"])
      #expect(try session.scopeRules().map(\.name) == DefaultScope.entries.map(\.name))
      #expect(try session.scopeRules().map(\.networks) == DefaultScope.entries.map(\.networks))
      #expect(try session.generation() == 1)
    }
  }

  @Test("What was committed is there when the file is opened again, and nothing is seeded twice")
  func keepsWhatWasCommitted() async throws {
    let first = try SQLiteStore(path: path)
    _ = try await first.change { try $0.insertSite(name: "second", at: StoreFixture.start) }
    try first.close()
    let second = try SQLiteStore(path: path)
    let names = try await second.read { try $0.sites().map(\.name) }
    #expect(names == ["default", "second"])
  }

  @Test("An empty file is a fresh one")
  func takesEmptyFiles() async throws {
    #expect(FileManager.default.createFile(atPath: path, contents: Data()))
    let store = try SQLiteStore(path: path)
    #expect(try await store.read { try $0.sites().count } == 1)
  }

  @Test("A file that a first start left behind before its schema was written is a fresh one")
  func takesAbandonedFirstStarts() async throws {
    let pool = try DatabasePool(path: path)
    try await pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
    try pool.close()
    let size = try #require(try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int)
    #expect(size > 0)
    let store = try SQLiteStore(path: path)
    #expect(try await store.read { try $0.sites().count } == 1)
  }

  @Test("A file that a newer program has migrated is refused and stays as it was")
  func refusesNewerFiles() throws {
    try SQLiteStore(path: path).close()
    let queue = try DatabaseQueue(path: path)
    try queue.write { try $0.execute(sql: "INSERT INTO grdb_migrations(identifier) VALUES ('999 from the future')") }
    try queue.close()
    let before = try Data(contentsOf: URL(filePath: path))
    expectRefusal(.newerVersion)
    #expect(try Data(contentsOf: URL(filePath: path)) == before)
  }

  @Test("A file that is no database is refused and stays as it was")
  func refusesOtherFiles() throws {
    let before = Data(String(repeating: "not a database\n", count: 500).utf8)
    try before.write(to: URL(filePath: path))
    expectRefusal(.foreignFile)
    #expect(try Data(contentsOf: URL(filePath: path)) == before)
  }

  @Test("A folder that is not there is told as such")
  func tellsMissingFolders() {
    let result = open(folder.path("missing/periplus.sqlite"))
    #expect(throws: StoreError.self) { try result.get() }
  }

  @Test("The schema is sound: SQLite finds no fault, and no migration is left to run")
  func migratesCompletely() throws {
    try SQLiteStore(path: path).close()
    let queue = try DatabaseQueue(path: path)
    try queue.read { database throws in
      #expect(try String.fetchOne(database, sql: "PRAGMA integrity_check") == "ok")
      #expect(try Schema.migrator.hasCompletedMigrations(database))
      #expect(try Int32.fetchOne(database, sql: "PRAGMA application_id") == Schema.applicationID)
      let loose = try String.fetchAll(
        database,
        sql: """
          SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE '%STRICT%'
            AND name NOT IN ('sqlite_sequence', 'grdb_migrations') AND name NOT GLOB 'record_word*'
          """)
      #expect(loose.isEmpty, "every table is STRICT but those of full text, which SQLite makes")
    }
  }

  @Test("Endpoints of a file of before are counted")
  func countsEndpointsOfEarlierFiles() throws {
    let queue = try DatabaseQueue()
    try Schema.migrator.migrate(queue, upTo: "16 paths")
    try queue.write { database throws in
      try database.execute(
        sql: """
          INSERT INTO endpoint(site_id, scope, address, transport, port, state, zone_id, service) VALUES
            (1, '', x'0a000001', 6, 22, 'open', 1, 'ssh'), (1, '', x'0a000002', 6, 22, 'open', 1, 'ssh'),
            (1, '', x'0a000003', 6, 22, 'closed', 1, NULL), (1, '', x'0a000004', 6, 80, 'open', NULL, NULL),
            (1, '', x'0a000005', 6, 80, NULL, NULL, NULL);
          """)
    }
    try Schema.migrator.migrate(queue)
    try queue.read { database throws in
      let session = SQLiteSession(database: database)
      func counts(_ text: String) throws -> [String?: Int] {
        let query = try ChartQuery(parsing: text, services: .builtIn, at: StoreFixture.start)
        return Dictionary(
          try session.chartCounts(query, by: .port, after: nil, looks: .max).counts.map { ($0.value, $0.endpoints) },
          uniquingKeysWith: +)
      }
      #expect(try counts("") == ["22": 2, "80": 1])
      #expect(try counts("state:closed or service:ssh") == ["22": 3])
    }
  }

  @Test("Listeners of a file without namespaces stay, their agent's own, with the endpoints that name them")
  func keepsListenersOfEarlierFiles() throws {
    let queue = try DatabaseQueue()
    try Schema.migrator.migrate(queue, upTo: "2 open counts")
    try queue.write { database throws in
      try database.execute(
        sql: """
          INSERT INTO agent(id, name, site_id, zone_id, installation, secret_hash, duties, tags, version, host_name,
            operating_system, enrolled_at) VALUES (1, 'a', 1, 1, 'i', x'01', '[]', '[]', '1', 'h', 'Linux', 1);
          INSERT INTO listener(id, agent_id, transport, address, port, interface, is_ipv6_only, processes, first_seen,
            last_seen) VALUES (5, 1, 6, x'00000000', 80, '', 0, '[{"pid":7,"name":"nginx"}]', 1, 2), (9, 1, 6,
            x'00000000', 81, '', 0, '[]', 1, 2);
          INSERT INTO endpoint(id, site_id, scope, address, transport, port, listener_id)
            VALUES (1, 1, '', x'0a000005', 6, 80, 5);
          DELETE FROM listener WHERE id = 9;
          """)
    }
    try Schema.migrator.migrate(queue)
    try queue.write { database throws in
      let session = SQLiteSession(database: database)
      let kept = try #require(try session.listeners(of: AgentID(1)).first)
      #expect(kept.id == ListenerID(5) && kept.key.port == 80 && kept.key.namespace == nil)
      #expect(kept.content.processes == [ListeningProcess(pid: 7, name: "nginx")])
      #expect(kept.lastSeen == Timestamp(milliseconds: 2))
      let host = ChartHost(site: SiteID(1), scope: .site, address: IPAddress(ipv4: 0x0a00_0005))
      #expect(try session.endpoints(of: host).map(\.summary.listener) == [kept.id])
      var key = kept.key
      key.namespace = 7
      let next = try session.insertListener(agent: AgentID(1), key: key, content: kept.content, at: kept.lastSeen)
      #expect(next == ListenerID(10), "an id is never given twice")
      #expect(try Row.fetchAll(database, sql: "PRAGMA foreign_key_check").isEmpty)
      try session.removeListener(kept.id)
      #expect(try session.endpoints(of: host).map(\.summary.listener) == [nil])
    }
  }

  @Test(
    "Hosts that had answered are known from a file without records of them, and certificates stay told to alerts about them"
  )
  func knowsHostsOfEarlierFiles() throws {
    let queue = try DatabaseQueue()
    try Schema.migrator.migrate(queue, upTo: "12 findings")
    try queue.write { database throws in
      try database.execute(
        sql: """
          INSERT INTO agent(id, name, site_id, zone_id, installation, secret_hash, duties, tags, version, host_name,
            operating_system, enrolled_at) VALUES (1, 'a', 1, 1, 'i', x'01', '[]', '[]', '1', 'h', 'Linux', 1),
            (2, 'b', 1, 1, 'i', x'02', '[]', '[]', '1', 'h', 'Linux', 1);
          INSERT INTO endpoint(id, site_id, scope, address, transport, port)
            VALUES (1, 1, '', x'0a000005', 6, 22), (2, 1, '', x'0a000005', 6, 80);
          INSERT INTO endpoint_view(endpoint_id, zone_id, state, reason, is_self_view, observed_at, first_seen, last_seen,
            agent_id) VALUES (1, 1, 'open', 'syn-ack', 0, 50, 10, 50, 1), (2, 1, 'open', 'syn-ack', 0, 70, 20, 70, 2);
          """)
    }
    try queue.writeWithoutTransaction { database throws in
      try database.execute(
        sql: """
          PRAGMA foreign_keys = OFF;
          INSERT INTO state_range(site_id, scope, address, transport, lane_id, zone_id, first_port, last_port, state, reason,
            observed_at, is_self_view, agent_id) VALUES
            (1, '', x'0a000005', 6, 1, 1, 1, 9, 'closed', 'conn-refused', 90, 0, 1),
            (1, '', x'0a000006', 6, 1, 1, 1, 9, 'closed', 'conn-refused', 30, 0, 1),
            (1, '', x'0a000007', 6, 1, 1, 1, 9, 'filtered', 'no-response', 30, 0, 1);
          INSERT INTO told(source, subject, at) VALUES ('certificate-21', '7', 5);
          """)
      for (name, rule) in [("web", #"{"kinds":["opened"]}"#), ("certs", #"{"kinds":["certificate-expiring"]}"#)] {
        try database.execute(
          sql: "INSERT INTO alert(name, rule, is_paused, created_at, changed_at) VALUES (?, ?, 0, 0, 0)",
          arguments: [name, rule])
      }
    }
    try Schema.migrator.migrate(queue)
    try queue.read { database throws in
      let hosts = try Row.fetchAll(database, sql: "SELECT * FROM host_view ORDER BY address")
      #expect(hosts.map { $0["first_seen"] as Int64 } == [10, 30])
      #expect(hosts.map { $0["last_seen"] as Int64 } == [90, 30])
      #expect(hosts.map { $0["agent_id"] as Int64 } == [1, 1])
      #expect(
        try String.fetchAll(database, sql: "SELECT source || ' ' || subject FROM told ORDER BY 1") == [
          "certificate:2:21 7"
        ])
    }
  }

  @Test("Services of a file of before that its rows do not show are found in the past")
  func notesUnshownServicesOfEarlierFiles() throws {
    let queue = try DatabaseQueue()
    try Schema.migrator.migrate(queue, upTo: "23 counts of days")
    try queue.write { database throws in
      try database.execute(
        sql: """
          INSERT INTO agent(id, name, site_id, zone_id, installation, secret_hash, duties, tags, version, host_name,
            operating_system, enrolled_at) VALUES (1, 'a', 1, 1, '', x'01', '[]', '[]', '', '', '', 0);
          INSERT INTO endpoint(id, site_id, scope, address, transport, port, service, product) VALUES
            (1, 1, '', x'0a000001', 6, 22, 'ssh', 'OpenSSH'), (2, 1, '', x'0a000002', 6, 23, NULL, NULL),
            (3, 1, '', x'0a000003', 6, 24, 'http', 'nginx');
          INSERT INTO endpoint_service(endpoint_id, zone_id, observed_at, name, product, confidence, agent_id) VALUES
            (1, 1, 1, 'ssh', 'OpenSSH', 'certain', 1), (2, 1, 1, 'telnet', NULL, 'certain', 1),
            (3, 1, 1, 'http', 'nginx', 'certain', 1);
          INSERT INTO service_run(endpoint_id, zone_id, first_at, last_at, until_at, name, product, confidence, agent_id)
            VALUES (3, 1, 0, 0, 1, 'ssh', 'Dropbear', 'certain', 1), (3, 1, 1, 1, 2, 'ssh', 'nginx', 'certain', 1);
          """)
    }
    try Schema.migrator.migrate(queue)
    try queue.read { database throws in
      let session = SQLiteSession(database: database)
      func ports(_ text: String) throws -> [UInt16] {
        let query = try ChartQuery(parsing: text, services: .builtIn, at: StoreFixture.start)
        return try session.pastPlaces(query, asOf: StoreFixture.start, after: nil, limit: 9).map(\.port.rawValue)
      }
      #expect(try ports("service:ssh") == [22, 24])
      #expect(try ports("service:http") == [24])
      #expect(try ports("product:dropbear") == [24])
      #expect(
        try String.fetchAll(database, sql: "SELECT port || ' ' || value FROM service_unshown ORDER BY 1") == [
          "23 telnet", "24 Dropbear", "24 ssh",
        ])
    }
  }

  @Test("Every earlier version of the schema is brought to the present one, and keeps its rows")
  func migratesFromEachVersion() throws {
    for version in Schema.migrator.migrations {
      let queue = try DatabaseQueue()
      try Schema.migrator.migrate(queue, upTo: version)
      try queue.write { try $0.execute(sql: "INSERT INTO site(name, created_at) VALUES ('kept', 1)") }
      try Schema.migrator.migrate(queue)
      try queue.read { database throws in
        #expect(try Schema.migrator.hasCompletedMigrations(database))
        #expect(try Int.fetchOne(database, sql: "SELECT count(*) FROM site WHERE name = 'kept'") == 1)
      }
    }
  }
}
