import GRDB
import Model
import SeededRandom
import Testing

@testable import CoordinatorCore
@testable import CoordinatorStore

/// Runs of views: the newest has no row of its own.
@Suite struct PastRunTests {
  private static let host = ChartHost(site: StoreFixture.site, scope: .site, address: IPAddress(ipv4: 0x0a00_0001))
  private static let states: [EndpointState] = [.open, .open, .closed, .filtered]

  /// A view of a few looks, and its runs; nil: it never differed.
  private func view(
    _ zone: ZoneID, _ agent: AgentID, isSelfView: Bool, closeAfter: Int, _ random: inout SeededGenerator
  ) -> (view: ZoneView, runs: [ViewRun]?) {
    func look() -> ZoneView {
      let state = Self.states.randomElement(using: &random) ?? .open
      return ZoneView(
        zone: zone, state: state, reason: state == .open ? .synAck : .connectionRefused, isSelfView: isSelfView,
        observedAt: StoreFixture.start + .seconds(Int.random(in: 0..<40, using: &random)), job: nil, agent: agent)
    }
    var view = look()
    let first = view
    var runs = [ViewRun(view)]
    for _ in 0..<Int.random(in: 0...6, using: &random) {
      let next = look()
      runs.insert(ViewRun(next), closeAfter: closeAfter)
      view = view.merged(with: next)
    }
    runs.settle(closeAfter: closeAfter)
    view.settle(by: runs, closeAfter: closeAfter, insteadOf: first)
    return (view, view.differedAt == nil ? nil : runs)
  }

  @Test(
    "What is written of runs is read again, and their changes are listed page by page in one order", arguments: 0..<60)
  func keepsRuns(seed: Int) async throws {
    let fixture = try await StoreFixture()
    var random = SeededGenerator(seed: UInt64(seed))
    let closeAfter = seed % 3 + 1
    let zones = [
      StoreFixture.zone,
      try await fixture.store.change {
        try $0.insertZone(name: "dmz", site: StoreFixture.site, at: StoreFixture.start).id
      },
    ]
    var expected: [(port: Int, key: ViewKey, run: ViewRun, before: ViewRun?)] = []
    var kept: [(port: Int, key: ViewKey, runs: [ViewRun])] = []
    var endpoints: [NewEndpoint] = []
    for port in 1...40 {
      var views: [ZoneView] = []
      var runsOf: [ViewKey: [ViewRun]] = [:]
      for zone in zones.prefix(Int.random(in: 1...2, using: &random)) {
        for isSelfView in Int.random(in: 0..<4, using: &random) == 0 ? [false, true] : [false] {
          let (view, runs) = view(zone, fixture.agent, isSelfView: isSelfView, closeAfter: closeAfter, &random)
          views.append(view)
          runsOf[ViewKey(view)] = runs
          var told = runs ?? [ViewRun(view)]
          if runs == nil { told.settle() } else { kept.append((port, ViewKey(view), told)) }
          for (index, run) in told.enumerated() where run.change != nil && (runs != nil || view.state == .open) {
            expected.append((port, ViewKey(view), run, index > 0 ? told[index - 1] : nil))
          }
        }
      }
      let summary = EndpointSummary(views: views, listener: nil, insideAgent: nil, isLoopback: false)
      endpoints.append(
        NewEndpoint(
          host: Self.host, key: ProtocolPort(.tcp, Port(UInt16(port))), summary: summary, views: views,
          time: StoreFixture.start, runs: runsOf))
    }
    let made = endpoints
    try await fixture.store.change { try $0.insertEndpoints(made) }
    let (wanted, listed) = (expected, kept)
    try await fixture.store.read { session throws in
      let stored = try session.endpoints(of: Self.host)
      for (port, key, runs) in listed {
        let endpoint = try #require(stored.first { Int($0.port.rawValue) == port })
        // One look is the run's beginning, and not kept twice.
        let told = runs.map { run in
          var run = run
          if run.looks.count == 1 { run.looks = [] }
          return run
        }
        #expect(try session.runs(of: endpoint.id, key) == told, "port \(port), \(key)")
      }
      let all = try session.changes(ChangeQuery(), after: nil, limit: 9_999)
      #expect(all.count == wanted.count)
      #expect(zip(all, all.dropFirst()).allSatisfy { $0.position.isNewer($1.position) })
      for change in all {
        let told = try #require(
          wanted.first {
            Port(UInt16($0.port)) == change.key?.port && $0.key == change.view && $0.run.first == change.at
          })
        #expect(change.kind == told.run.change && change.state == told.run.state)
        #expect(change.stateBefore == told.before?.state && change.notBefore == told.before?.last)
      }
      var paged: [ChangeRecord] = []
      while true {
        let page = try session.changes(ChangeQuery(), after: paged.last?.position, limit: 3)
        paged += page
        if page.count < 3 { break }
      }
      #expect(paged.map(\.position) == all.map(\.position))
      // What fits rarely, in pages that end early.
      for port in [3, 17, 40] {
        let rare = ChangeQuery(endpoints: ChartQuery(.term(.port([UInt16(port)...UInt16(port)]))))
        var (found, place, pages) = ([ChangeRecord](), ChangePosition?.none, 0)
        repeat {
          let page = try session.changes(rare, after: place, limit: 5, looks: 60)
          found += page.rows
          place = page.end ?? (page.rows.count == 5 ? page.rows.last?.position : nil)
          pages += 1
        } while place != nil && pages < 999
        #expect(
          found == all.filter { $0.key?.port.rawValue == UInt16(port) } && pages > 1, "port \(port), \(pages) pages")
      }
      let since = ChartQuery(.term(.time(.lastChanged, [TimeSpan(from: StoreFixture.start + .seconds(20), to: nil)])))
      let changed = made.indices.filter { index in
        made[index].summary.state == .open
          && made[index].summary.differedAt.map { $0 >= StoreFixture.start + .seconds(20) } ?? false
      }
      let found = try session.chartRows(since, after: nil, limit: 99).filter { $0.summary.state == .open }.map(\.port)
      let missing = changed.filter { !found.contains(made[$0].key.port) }.map { (made[$0].views, made[$0].runs) }
      #expect(found == changed.map { made[$0].key.port }, "\(missing)")
    }
  }

  @Test("A file in which each run had a row is carried over, whatever was purged of it")
  func carriesOver() throws {
    let queue = try DatabaseQueue()
    try Schema.migrator.migrate(queue, upTo: "31 tarpits")
    try queue.write { database throws in
      try database.execute(
        sql: """
          INSERT INTO zone(id, site_id, name, created_at) VALUES (2, 1, 'dmz', 1);
          INSERT INTO agent(id, name, site_id, zone_id, installation, secret_hash, duties, tags, version, host_name,
            operating_system, enrolled_at) VALUES (1, 'a', 1, 1, 'i', x'01', '[]', '[]', '1', 'h', 'Linux', 1),
            (2, 'b', 1, 2, 'i', x'02', '[]', '[]', '1', 'h', 'Linux', 1);
          INSERT INTO endpoint(id, site_id, scope, address, transport, port, state, reason, zone_id, first_seen, last_seen,
            differed_at, tells_view, view_at, view_agent_id) VALUES
            (1, 1, '', x'0a000001', 6, 22, 0, 0, 1, 10, 50, 50, 1, 90, 1),
            (2, 1, '', x'0a000001', 6, 23, 1, 1, 1, 80, 90, 50, 1, NULL, 2),
            (3, 1, '', x'0a000001', 6, 24, 1, 1, 1, 10, 90, 40, 1, NULL, 2),
            (4, 1, '', x'0a000001', 6, 25, 1, 1, 1, 60, 90, 80, 0, NULL, NULL),
            (5, 1, '', x'0a000001', 6, 26, 1, 1, 1, 60, 90, 80, 0, NULL, NULL),
            (6, 1, '', x'0a000001', 6, 27, 1, 1, 1, 60, 90, 80, 0, NULL, NULL);
          INSERT INTO endpoint_view(endpoint_id, zone_id, state, reason, is_self_view, observed_at, first_seen, last_seen,
            differed_at, agent_id) VALUES (4, 1, 1, 1, 0, 90, 60, 90, 40, 1), (4, 2, 2, 2, 0, 85, NULL, NULL, 80, 2),
            (5, 1, 1, 1, 0, 90, 60, 90, 40, 1), (5, 2, 1, 1, 0, 88, 60, 90, 40, 2),
            (6, 1, 1, 1, 0, 90, 60, 90, 40, 1), (6, 2, 1, 1, 0, 87, 60, 90, 40, 2);
          INSERT INTO view_run(endpoint_id, zone_id, is_self_view, first_at, last_at, until_at, state, reason, change,
            agent_id, looks) VALUES
            (1, 1, 0, 10, 20, 30, 1, 1, 0, 2, NULL), (1, 1, 0, 30, 35, 40, 0, 0, 1, 2, '[30,32]'),
            (1, 1, 0, 40, 50, 60, 1, 1, 3, 1, NULL), (1, 1, 0, 60, 70, NULL, 0, 0, 1, 2, '[60,65]'),
            (2, 1, 0, 80, 81, NULL, 1, 1, 3, 1, NULL),
            (4, 1, 0, 20, 40, 60, 0, 0, NULL, 1, NULL), (4, 1, 0, 60, 90, NULL, 1, 1, 2, 1, NULL),
            (5, 1, 0, 70, 71, NULL, 1, 1, 3, 1, NULL), (5, 2, 0, 75, 76, NULL, 1, 1, 3, 2, NULL);
          """)
    }
    try Schema.migrator.migrate(queue)
    try queue.read { database throws in
      let session = SQLiteSession(database: database)
      func run(
        _ state: EndpointState, _ reason: ProbeReason, _ first: Int64, _ last: Int64, _ change: ChangeKind?,
        by agent: Int64, looks: [Int64] = []
      ) -> ViewRun {
        ViewRun(
          state: state, reason: reason, first: Timestamp(milliseconds: first), last: Timestamp(milliseconds: last),
          agent: AgentID(agent), job: nil, change: change, looks: looks.map { Timestamp(milliseconds: $0) })
      }
      func runs(_ endpoint: Int64, zone: Int64 = 1) throws -> [ViewRun] {
        try session.runs(of: EndpointID(endpoint), ViewKey(zone: ZoneID(zone), isSelfView: false))
      }
      #expect(
        try runs(1) == [
          run(.open, .synAck, 10, 20, .found, by: 2),
          run(.closed, .connectionRefused, 30, 35, .closed, by: 2, looks: [30, 32]),
          run(.open, .synAck, 40, 50, .reopened, by: 1),
          // Its end is the view's own time.
          run(.closed, .connectionRefused, 60, 90, .closed, by: 2, looks: [60, 65]),
        ])
      #expect(try runs(2) == [run(.open, .synAck, 80, 90, .reopened, by: 1)], "what was before is purged")
      #expect(try runs(3) == [run(.open, .synAck, 90, 90, nil, by: 2)], "it never had runs")
      #expect(
        try runs(4) == [
          run(.closed, .connectionRefused, 20, 40, nil, by: 1), run(.open, .synAck, 60, 90, .opened, by: 1),
        ])
      #expect(try runs(4, zone: 2) == [run(.filtered, .noResponse, 85, 85, nil, by: 2)])
      // Both zones' earlier runs are purged, and neither zone had any.
      #expect(try runs(5) == [run(.open, .synAck, 70, 90, .reopened, by: 1)])
      #expect(try runs(5, zone: 2) == [run(.open, .synAck, 75, 88, .reopened, by: 2)])
      #expect(try runs(6) == [run(.open, .synAck, 90, 90, nil, by: 1)])
      #expect(try runs(6, zone: 2) == [run(.open, .synAck, 87, 87, nil, by: 2)])
      let changes = try session.changes(ChangeQuery(), after: nil, limit: 99)
      #expect(changes.map(\.at.milliseconds) == [80, 75, 70, 60, 60, 40, 30, 10])
      #expect(changes.map(\.endpoint?.rawValue) == [2, 5, 5, 4, 1, 1, 1, 1])
      #expect(changes.map(\.notBefore?.milliseconds) == [nil, nil, nil, 40, 50, 35, 20, nil])
      #expect(try Row.fetchAll(database, sql: "PRAGMA foreign_key_check").isEmpty)
      #expect(try String.fetchOne(database, sql: "PRAGMA integrity_check") == "ok")
    }
  }
}
