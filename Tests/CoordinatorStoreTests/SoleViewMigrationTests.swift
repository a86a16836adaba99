import GRDB
import Model
import Testing

@testable import CoordinatorCore
@testable import CoordinatorStore

/// A file in which every view had a row of its own, and words stood where codes are.
@Suite struct SoleViewMigrationTests {
  private static let before = "23 counts of days"
  private static let agents = (first: AgentID(1), second: AgentID(2))

  private func fileOfBefore() throws -> DatabaseQueue {
    let queue = try DatabaseQueue()
    try Schema.migrator.migrate(queue, upTo: Self.before)
    try queue.write { database throws in
      try database.execute(
        sql: """
          INSERT INTO zone(id, site_id, name, created_at) VALUES (2, 1, 'dmz', 1);
          INSERT INTO agent(id, name, site_id, zone_id, installation, secret_hash, duties, tags, version, host_name,
            operating_system, enrolled_at) VALUES (1, 'a', 1, 1, 'i', x'01', '[]', '[]', '1', 'h', 'Linux', 1),
            (2, 'b', 1, 2, 'i', x'02', '[]', '[]', '1', 'h', 'Linux', 1);
          INSERT INTO listener(id, agent_id, transport, address, port, interface, is_ipv6_only, processes, first_seen,
            last_seen) VALUES (5, 1, 6, x'00000000', 80, '', 0, '[]', 1, 2);
          INSERT INTO endpoint(id, site_id, scope, address, transport, port, state, reason, verdict, zone_id, other_zones,
            is_self_view, listener_id, inside_agent_id, first_seen, last_seen, differed_at, service, product, version,
            findings) VALUES
            (1, 1, '', x'0a000001', 6, 22, 'open', 'syn-ack', 'no-inside-view', 1, '[]', 0, NULL, NULL, 10, 90, NULL, 'ssh',
              'OpenSSH', '9', 1),
            (2, 1, '', x'0a000001', 6, 23, 'closed', 'conn-refused', NULL, 1, '[]', 0, NULL, NULL, 10, 50, 50, NULL, NULL,
              NULL, 0),
            (3, 1, '', x'0a000001', 6, 80, 'open', 'syn-ack', 'exposed', 1, '[2]', 1, 5, 1, 10, 90, NULL, NULL, NULL, NULL, 0),
            (4, 1, '', x'0a000001', 6, 81, 'filtered', 'no-response', NULL, 2, '[]', 0, NULL, NULL, NULL, NULL, NULL, NULL,
              NULL, NULL, 0),
            (5, 1, '', x'0a000001', 6, 82, 'open', 'syn-ack', 'no-inside-view', 1, '[]', 0, NULL, NULL, 10, 50, 60, NULL,
              NULL, NULL, 0),
            (6, 1, '', x'0a000001', 6, 83, NULL, NULL, 'unverified', NULL, '[]', 0, 5, 1, NULL, NULL, NULL, NULL, NULL,
              NULL, 0),
            (7, 1, '', x'0a000001', 6, 84, 'open', 'syn-ack', 'forwarded', 1, '[]', 0, NULL, NULL, 10, 95, NULL, NULL, NULL,
              NULL, 0),
            (99, 1, '', x'0a000001', 6, 99, NULL, NULL, NULL, NULL, '[]', 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0);
          DELETE FROM endpoint WHERE id = 99;
          INSERT INTO endpoint_view(endpoint_id, zone_id, state, reason, is_self_view, observed_at, first_seen, last_seen,
            differed_at, job_id, agent_id, same_since, held_reason) VALUES
            (1, 1, 'open', 'syn-ack', 0, 90, 10, 90, NULL, NULL, 2, NULL, NULL),
            (2, 1, 'closed', 'conn-refused', 0, 70, 10, 50, 50, NULL, 1, NULL, NULL),
            (3, 1, 'open', 'syn-ack', 1, 90, 10, 90, NULL, NULL, 1, NULL, NULL),
            (3, 2, 'unreachable', 'admin-prohibited', 0, 80, NULL, NULL, NULL, NULL, 2, 20, NULL),
            (4, 2, 'filtered', 'no-response', 0, 80, NULL, NULL, NULL, NULL, 2, 20, NULL),
            (5, 1, 'closed', 'port-unreach', 0, 60, 10, 50, 60, NULL, 1, NULL, 'syn-ack'),
            (7, 1, 'open', 'syn-ack', 0, 90, 10, 90, NULL, NULL, 1, NULL, NULL);
          INSERT INTO view_run(endpoint_id, zone_id, is_self_view, first_at, last_at, until_at, state, reason, change,
            agent_id, looks) VALUES
            (2, 1, 0, 10, 50, 60, 'open', 'syn-ack', 'found', 2, NULL),
            (2, 1, 0, 60, 70, NULL, 'closed', 'conn-refused', 'closed', 1, '[60,65]');
          INSERT INTO endpoint_service(endpoint_id, zone_id, observed_at, name, confidence, agent_id, since)
            VALUES (1, 1, 90, 'ssh', 'certain', 2, 20), (3, 2, 80, 'http', 'certain', 2, 20);
          INSERT INTO finding(rule, site_id, endpoint_id, subject, since) VALUES ('cleartext', 1, 2, '', 10);
          INSERT INTO endpoint_count(port, transport, site_id, zone_id, state, service, is_listened, endpoints)
            VALUES (22, 6, 1, 1, 'open', 'ssh', 0, 1), (23, 6, 1, 1, 'closed', '', 0, 1);
          """)
    }
    return queue
  }

  private static func time(_ milliseconds: Int64?) -> Timestamp? { milliseconds.map { Timestamp(milliseconds: $0) } }

  private static func view(
    _ zone: Int64, _ state: EndpointState, _ reason: ProbeReason, at observed: Int64, seen: (Int64, Int64)? = nil,
    differed: Int64? = nil, same: Int64? = nil, held: ProbeReason? = nil, isSelfView: Bool = false, _ agent: AgentID
  ) -> ZoneView {
    ZoneView(
      zone: ZoneID(zone), state: state, reason: reason, isSelfView: isSelfView,
      observedAt: Timestamp(milliseconds: observed), firstSeen: time(seen?.0), lastSeen: time(seen?.1),
      differedAt: time(differed), sameSince: time(same), heldReason: held, job: nil, agent: agent)
  }

  private static let views: [[ZoneView]] = [
    [view(1, .open, .synAck, at: 90, seen: (10, 90), agents.second)],
    [view(1, .closed, .connectionRefused, at: 70, seen: (10, 50), differed: 50, agents.first)],
    [
      view(1, .open, .synAck, at: 90, seen: (10, 90), isSelfView: true, agents.first),
      view(2, .unreachable, .adminProhibited, at: 80, same: 20, agents.second),
    ],
    [view(2, .filtered, .noResponse, at: 80, same: 20, agents.second)],
    [view(1, .closed, .portUnreachable, at: 60, seen: (10, 50), differed: 60, held: .synAck, agents.first)],
    [],
    [view(1, .open, .synAck, at: 90, seen: (10, 90), agents.first)],
  ]
  private static let host = ChartHost(site: SiteID(1), scope: .site, address: IPAddress(ipv4: 0x0a00_0001))

  @Test("Endpoints keep their ids, views, rows, services and owners")
  func keepsEndpoints() throws {
    let queue = try fileOfBefore()
    try Schema.migrator.migrate(queue)
    try queue.read { database throws in
      let found = try SQLiteSession(database: database).endpoints(of: Self.host)
      #expect(found.map(\.id.rawValue) == [1, 2, 3, 4, 5, 6, 7])
      #expect(found.map(\.views) == Self.views)
      #expect(found.map(\.services.count) == [1, 0, 1, 0, 0, 0, 0])
      let rows = found.map(\.summary)
      #expect(rows.map(\.state) == [.open, .closed, .open, .filtered, .open, nil, .open])
      #expect(
        rows.map(\.reason) == [.synAck, .connectionRefused, .synAck, .noResponse, .synAck, nil, .synAck])
      #expect(
        rows.map(\.verdict) == [.noInsideView, nil, .exposed, nil, .noInsideView, .unverified, .forwarded])
      #expect(rows.map(\.otherZones) == [[], [], [ZoneID(2)], [], [], [], []])
      #expect(rows.map(\.isSelfView) == [false, false, true, false, false, false, false])
      #expect(rows.map(\.listener?.rawValue) == [nil, nil, 5, nil, nil, 5, nil])
      #expect(rows.map(\.lastSeen?.milliseconds) == [90, 50, 90, nil, 50, nil, 95])
      #expect(rows[0].service == ShownService(name: "ssh", product: "OpenSSH", version: "9"))
      #expect(rows.map(\.findings.rawValue) == [1, 0, 0, 0, 0, 0, 0])
      // Those of which the row tells all, and no others.
      let sole = try Int64.fetchAll(
        database, sql: "SELECT id FROM endpoint WHERE tells_view = 1 ORDER BY id")
      #expect(sole == [1, 2])
      #expect(
        try Int.fetchOne(database, sql: "SELECT count(*) FROM endpoint WHERE tells_view <> (view_agent_id IS NOT NULL)")
          == 0)
      #expect(sole == found.filter { SoleView($0.views, in: $0.summary) != nil }.map(\.id.rawValue))
      #expect(try Int.fetchOne(database, sql: "SELECT count(*) FROM endpoint_view") == 5)
    }
  }

  @Test("Changes, runs, counts and lists are what they were")
  func keepsThePast() throws {
    let queue = try fileOfBefore()
    try Schema.migrator.migrate(queue)
    try queue.read { database throws in
      let session = SQLiteSession(database: database)
      let runs = try session.runs(of: EndpointID(2), ViewKey(zone: ZoneID(1), isSelfView: false))
      #expect(runs.map(\.state) == [.open, .closed] && runs.map(\.change) == [.found, .closed])
      #expect(runs.map(\.agent) == [Self.agents.second, Self.agents.first])
      #expect(runs[1].looks.map(\.milliseconds) == [60, 65] && runs[1].reason == .connectionRefused)
      let changes = try session.changes(ChangeQuery(), after: nil, limit: 9)
      #expect(changes.map(\.kind) == [.closed, .found, .found, .found, .found])
      #expect(changes.map(\.endpoint?.rawValue) == [2, 7, 3, 2, 1])
      #expect(changes[0].stateBefore == .open && changes[0].state == .closed)
      func listed(_ text: String) throws -> [Int64] {
        let query = try ChartQuery(parsing: text, services: .builtIn, at: StoreFixture.start)
        return try session.chartRows(query, after: nil, limit: 9).map(\.id.rawValue)
      }
      #expect(try listed("") == [1, 3, 5, 6, 7])
      #expect(try listed("state:closed,filtered") == [2, 4])
      #expect(try listed("zone:dmz") == [3])
      #expect(try listed("zone:dmz state:filtered") == [4])
      #expect(try listed("product:openssh") == [1])
      #expect(try listed("net:10.0.0.0/24 port:23 state:closed") == [2])
      let counts = try session.chartCounts(
        ChartQuery(parsing: "state:closed or service:ssh", services: .builtIn, at: StoreFixture.start), by: .state,
        after: nil, looks: .max
      ).counts
      #expect(Dictionary(uniqueKeysWithValues: counts.map { ($0.value, $0.endpoints) }) == ["open": 1, "closed": 1])
    }
  }

  @Test("Keys hold, ids go on behind the largest that ever was, and what hangs on an endpoint goes with it")
  func keepsKeys() throws {
    let queue = try fileOfBefore()
    try Schema.migrator.migrate(queue)
    try queue.write { database throws in
      #expect(try Row.fetchAll(database, sql: "PRAGMA foreign_key_check").isEmpty)
      #expect(try String.fetchOne(database, sql: "PRAGMA integrity_check") == "ok")
      let session = SQLiteSession(database: database)
      let next = try session.insertEndpoint(Self.host, transport: .udp, port: 53)
      #expect(next == EndpointID(100))
      for endpoint in try session.endpoints(of: Self.host) { try session.removeEndpoint(endpoint, at: SiteID(1)) }
      for table in ["endpoint", "endpoint_view", "view_run", "endpoint_service", "finding"] {
        #expect(try Int.fetchOne(database, sql: "SELECT count(*) FROM \(table)") == 0, "\(table)")
      }
      #expect(throws: DatabaseError.self, "a view is of an endpoint") {
        try database.execute(
          sql: """
            INSERT INTO endpoint_view(endpoint_id, zone_id, state, reason, is_self_view, observed_at, agent_id)
            VALUES (7, 1, 1, 1, 0, 90, 1)
            """)
      }
    }
  }

  @Test("Views of before are changed as those of now")
  func goesOn() throws {
    let queue = try fileOfBefore()
    try Schema.migrator.migrate(queue)
    try queue.write { database throws in
      let session = SQLiteSession(database: database)
      for stored in try session.endpoints(of: Self.host) {
        let view = Self.view(1, .open, .synAck, at: 200, seen: (200, 200), Self.agents.second)
        let views = stored.views.filter { !$0.isOfSameKind(as: view) } + [view]
        let summary = EndpointSummary(views: views, listener: nil, insideAgent: nil, isLoopback: false)
        try session.setEndpoint(stored, views: views, summary: summary, at: SiteID(1))
        let now = try #require(try session.endpoints(of: Self.host).first { $0.id == stored.id })
        #expect(Set(now.views) == Set(views) && now.summary == summary)
      }
      #expect(
        try Int.fetchOne(database, sql: "SELECT count(*) FROM endpoint_view") == 5,
        "of the third and the fourth, which two zones have seen")
    }
  }
}
