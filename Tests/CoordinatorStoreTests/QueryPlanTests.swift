import Foundation
import GRDB
import Model
import Testing

@testable import CoordinatorCore
@testable import CoordinatorStore

/// No query that requests run again and again may read a growing table from end to end.
@Suite struct QueryPlanTests {
  static let host = ChartHost(
    site: SiteID(1), scope: .site, address: IPAddress(ipv4: 0x0a00_0005))
  static let now = Timestamp(milliseconds: 1_700_000_000_000)

  static let certificate = CertificateIdentity(
    subject: "", issuer: "", alternativeNames: [], notBefore: now, notAfter: now,
    sha256: String(repeating: "0", count: 64))

  /// Plans of every statement that `body` runs, a detail a line.
  func plans(_ body: (SQLiteSession) throws -> Void) throws -> [String] {
    let queue = try DatabaseQueue()
    try Schema.migrator.migrate(queue)
    return try queue.write { database in
      var statements: [String] = []
      database.trace { event in
        if case .statement(let statement) = event { statements.append(statement.expandedSQL) }
      }
      try RowLook.install(in: database)
      try body(SQLiteSession(database: database))
      database.trace(nil)
      #expect(!statements.isEmpty)
      // What SQLite runs on the way for triggers comes as a comment (sqlite.org/c3ref/c_trace.html); full text reads its own tables.
      return try statements.filter { !$0.hasPrefix("--") && !$0.contains("'main'.") }.flatMap { statement in
        try Row.fetchAll(database, sql: "EXPLAIN QUERY PLAN " + statement).map { $0["detail"] as String }
      }
    }
  }

  func expectNoScan(
    sourceLocation: SourceLocation = #_sourceLocation, _ body: (SQLiteSession) throws -> Void
  ) throws {
    let details = try plans(body)
    #expect(!details.isEmpty, sourceLocation: sourceLocation)
    // A statement of no table has one row, and what is put together within a statement is read from end to end.
    for detail in details where detail != "SCAN CONSTANT ROW" && !detail.hasPrefix("SCAN (subquery") {
      #expect(!detail.hasPrefix("SCAN"), "\(detail)", sourceLocation: sourceLocation)
    }
  }

  @Test("Leases, jobs and chunks are found by index")
  func findsWork() throws {
    try expectNoScan { _ = try $0.openLanes(site: SiteID(1), zone: ZoneID(1), after: nil, limit: 64) }
    try expectNoScan { _ = try $0.use(of: [.scan(ScanID(1))]) }
    try expectNoScan { _ = try $0.scanState(ofJob: JobID(1)) }
    try expectNoScan { _ = try $0.turn(of: ZoneID(1)) }
    try expectNoScan { _ = try $0.expiringLeases(before: Self.now, limit: 100) }
    try expectNoScan { _ = try $0.runningLeases(of: AgentID(1)) }
    try expectNoScan { _ = try $0.jobs(of: LaneID(1), in: .pending) }
    try expectNoScan { _ = try $0.jobs(of: LaneID(1), in: .leased) }
    try expectNoScan { _ = try $0.rectangles(of: JobID(1)) }
    try expectNoScan { _ = try $0.completed(in: JobID(1), epoch: 1) }
    try expectNoScan { _ = try $0.completed(in: JobID(1), epoch: 1, among: 0..<2) }
    try expectNoScan { _ = try $0.agent(named: "a", at: SiteID(1)) }
    try expectNoScan { _ = try $0.chunkDigest(job: JobID(1), epoch: 1, number: 0) }
    try expectNoScan { _ = try $0.chunkCount(job: JobID(1), epoch: 1) }
    try expectNoScan { _ = try $0.extendLease(job: JobID(1), epoch: 1, tokenHash: [1], until: Self.now) }
    try expectNoScan { _ = try $0.endLease(job: JobID(1), epoch: 1, at: Self.now, expiredBy: Self.now, finish: nil) }
    try expectNoScan { try $0.compactCoverage(of: JobID(1)) }
  }

  @Test("Lists of running things read a partial index alone, never the table's whole past")
  func readsPartialIndexes() throws {
    let running = try plans { session throws in
      _ = try session.currentJobs()
      _ = try session.scansWithDeadline()
      try session.extendRunningLeases(until: Self.now)
    }
    for detail in running {
      let isPartial = detail.contains("INDEX lease_") || detail.contains("INDEX scan_deadline")
      #expect(isPartial || detail.contains("INDEX scan_state (state=?)"), "\(detail)")
    }
  }

  @Test("Scans and their lanes are found by key")
  func findsScans() throws {
    try expectNoScan { _ = try $0.scans(before: ScanID(9), limit: 100) }
    try expectNoScan { _ = try $0.lanes(of: ScanID(1)) }
    try expectNoScan { _ = try $0.failures(of: LaneID(1)) }
    try expectNoScan { _ = try $0.openCount(of: ScanID(1)) }
  }

  @Test("Schedules that are due and their slots are found by index")
  func findsSchedules() throws {
    try expectNoScan { _ = try $0.dueSchedules(by: Self.now, limit: 64) }
    try expectNoScan { _ = try $0.schedule(named: "nightly") }
    try expectNoScan { _ = try $0.slots(of: ScheduleID(1), before: Self.now, limit: 50) }
    try expectNoScan { _ = try $0.slotTimes(of: ScheduleID(1), after: Self.now, limit: 50) }
    try expectNoScan { _ = try $0.waitingSlots(of: ScheduleID(1)) }
    try expectNoScan { _ = try $0.durations(of: ScheduleID(1), limit: 20) }
    let looks = try plans { _ = try $0.dueSchedules(by: Self.now, limit: 64) }
    #expect(!looks.contains { $0.contains("TEMP B-TREE") }, "\(looks)")
  }

  @Test("What no other test of a store runs is found by key too")
  func findsTheRest() throws {
    try expectNoScan { _ = try $0.runs(of: Self.host, transport: .tcp, lanes: [LaneID(1)]) }
    try expectNoScan { _ = try $0.completed(in: LaneID(1)) }
    try expectNoScan { _ = try $0.place(of: EndpointID(1)) }
    try expectNoScan { _ = try $0.isAcknowledged(EndpointID(1), at: Self.now) }
    try expectNoScan { try $0.setTags([], of: AgentID(1)) }
    try expectNoScan { try $0.removeBaseline(BaselineID(1)) }
    try expectNoScan { try $0.replayDelivery(DeliveryID(1), at: Self.now) }
  }

  @Test(
    "The rounds of findings look at what they are after: certificates near their end, listeners long without a connection"
  )
  func findsRounds() throws {
    try expectNoScan { _ = try $0.certificates(endingBefore: Self.now, limit: 100) }
    try expectNoScan { _ = try $0.unusedListeners(since: Self.now, inventoryNotBefore: Self.now, limit: 100) }
  }

  @Test("Credentials are found by their hash")
  func findsCredentials() throws {
    try expectNoScan { _ = try $0.agent(secretHash: [1]) }
    try expectNoScan { _ = try $0.token(hash: [1]) }
  }
}
