import GRDB
import Model
import Testing

@testable import CoordinatorCore
@testable import CoordinatorStore

/// A file whose verdicts did not ask for times.
@Suite struct TimelyVerdictMigrationTests {
  private static let host = ChartHost(site: SiteID(1), scope: .site, address: IPAddress(ipv4: 0x0a00_0001))

  /// Inventories of agent 1 began at 100; a listener of port 82 came at 300, those of ports 83 and 84 had gone by 400.
  private func fileOfBefore() throws -> DatabaseQueue {
    let queue = try DatabaseQueue()
    try Schema.migrator.migrate(queue, upTo: "28 other states")
    func endpoint(
      _ id: Int, _ transport: Int, _ port: Int, _ state: EndpointState, _ verdict: Verdict, listener: Int? = nil,
      inside: Int? = 1, lastSeen: Int?, viewAt: Int? = nil, _ findings: [FindingRule] = []
    ) -> String {
      """
      (\(id), 1, '', x'0a000001', \(transport), \(port), \(state.code), \(ProbeReason.noResponse.code), \(verdict.code), 1,
        \(listener.map(String.init) ?? "NULL"), \(inside.map(String.init) ?? "NULL"), \(lastSeen.map(String.init) ?? "NULL"),
        \(viewAt.map(String.init) ?? "NULL"), \(FindingSet(findings).rawValue))
      """
    }
    let endpoints = [
      endpoint(1, 17, 53, .openOrFiltered, .exposed, listener: 1, lastSeen: nil),
      endpoint(2, 17, 54, .openOrFiltered, .forwarded, lastSeen: nil, [.forwarded]),
      endpoint(3, 17, 55, .openOrFiltered, .noInsideView, inside: nil, lastSeen: nil),
      endpoint(4, 6, 80, .filtered, .shielded, listener: 1, lastSeen: nil),
      endpoint(5, 6, 82, .filtered, .shielded, listener: 2, lastSeen: nil),
      endpoint(6, 6, 83, .open, .forwarded, lastSeen: 350, [.forwarded, .cleartext]),
      endpoint(7, 6, 84, .open, .forwarded, lastSeen: 450, [.forwarded]),
      endpoint(8, 6, 85, .open, .forwarded, lastSeen: 50, [.forwarded]),
      endpoint(9, 6, 86, .open, .exposed, listener: 2, lastSeen: 50),
      endpoint(10, 6, 87, .closed, .shielded, listener: 2, lastSeen: 20, viewAt: 310),
    ]
    let listening = "agent_id, transport, address, port, interface, namespace, is_ipv6_only, processes, first_seen"
    try queue.write { database throws in
      try database.execute(
        sql: """
          INSERT INTO agent(id, name, site_id, zone_id, installation, secret_hash, duties, tags, version, host_name,
            operating_system, enrolled_at, inventory_since, inventory_at)
            VALUES (1, 'a', 1, 1, 'i', x'01', '[]', '[]', '1', 'h', 'Linux', 1, 100, 500);
          INSERT INTO listener(id, \(listening), last_seen, since) VALUES
            (1, 1, 6, x'00000000', 80, '', 0, 0, '[]', 100, 500, 100), (2, 1, 6, x'00000000', 82, '', 0, 0, '[]', 300, 500, 300);
          INSERT INTO listener_past(listener_id, \(listening), from_at, last_at, until_at) VALUES
            (3, 1, 6, x'00000000', 83, '', 0, 0, '[]', 100, 100, 390, 400),
            (4, 1, 6, x'00000000', 84, '', 0, 0, '[]', 100, 100, 390, 400);
          INSERT INTO endpoint(id, site_id, scope, address, transport, port, state, reason, verdict, zone_id, listener_id,
            inside_agent_id, last_seen, view_at, findings) VALUES \(endpoints.joined(separator: ", "));
          INSERT INTO endpoint_view(endpoint_id, zone_id, state, reason, is_self_view, observed_at, agent_id) VALUES
            (4, 1, \(EndpointState.filtered.code), 0, 0, 200, 1), (5, 1, \(EndpointState.filtered.code), 0, 0, 200, 1);
          INSERT INTO finding(rule, site_id, endpoint_id, subject, since)
            SELECT 'forwarded', 1, id, '', 10 FROM endpoint WHERE id IN (2, 6, 7, 8);
          INSERT INTO finding(rule, site_id, endpoint_id, subject, since) VALUES ('cleartext', 1, 6, '', 10);
          """)
    }
    return queue
  }

  @Test("Verdicts that times do not bear out are taken back, with their findings; others stay")
  func judgesByTimes() throws {
    let queue = try fileOfBefore()
    try Schema.migrator.migrate(queue)
    try queue.read { database throws in
      let verdicts = try Row.fetchAll(database, sql: "SELECT id, verdict, findings FROM endpoint ORDER BY id")
      let codes = Dictionary(uniqueKeysWithValues: Verdict.allCases.map { (Int64($0.code), $0) })
      #expect(
        verdicts.map { ($0["verdict"] as Int64?).flatMap { codes[$0] } } == [
          .unverified, nil, nil, .shielded, .unverified, .unverified, .forwarded, .noInsideView, .exposed, .shielded,
        ])
      #expect(
        verdicts.map { FindingSet(rawValue: $0["findings"]).rules } == [
          [], [], [], [], [], [.cleartext], [.forwarded], [], [], [],
        ])
      let present = try String.fetchAll(
        database, sql: "SELECT rule || ' ' || endpoint_id FROM finding WHERE gone_at IS NULL ORDER BY 1")
      #expect(present == ["cleartext 6", "forwarded 7"])
    }
  }
}
