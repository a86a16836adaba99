import CoordinatorCore
import Model
import Testing

@testable import CoordinatorServices

/// What ended scans hold, once it is older than the history that is kept.
@Suite struct ResultPurgeTests {
  private static let day = Duration.seconds(86_400)
  private static let host = ChartHost(site: SiteID(1), scope: .site, address: IPAddress(ipv4: 0x0a00_0001))

  /// The jobs of a scan, from one on.
  private static func jobs(_ first: Int64, _ scan: (id: ScanID, last: LeaseService.Grant)) -> [JobID] {
    (first...scan.last.job.rawValue).map { JobID($0) }
  }

  /// What of a scan's results is in the store.
  private func left(_ fleet: Fleet, _ scan: ScanID, jobs: [JobID]) async throws -> [String: Int] {
    try await fleet.context.store.read { session in
      var left: [String: Int] = [:]
      for lane in try session.lanes(of: scan) {
        left["coverage", default: 0] += try session.completed(in: lane.id).count
        left["states", default: 0] +=
          try session.runs(of: Self.host, transport: .tcp, lanes: [lane.id])[lane.id]?.count ?? 0
      }
      for job in jobs {
        left["chunks", default: 0] += try session.chunkCount(job: job, epoch: 1)
        left["leases", default: 0] += try session.lease(job: job, epoch: 1) == nil ? 0 : 1
        left["jobs", default: 0] += try session.job(job) == nil ? 0 : 1
      }
      return left
    }
  }

  /// Scans 64 hosts at 40 ports, each second of them open, so that each host has 20 runs of ports that are not.
  private func scan(_ fleet: Fleet, _ agent: AgentRecord) async throws -> (id: ScanID, last: LeaseService.Grant) {
    let id = try await fleet.submit("10.0.0.0/26", ports: "1-40")
    let open = Set(stride(from: UInt16(2), through: 40, by: 2).map { ProtocolPort(.tcp, Port($0)) })
    var last: LeaseService.Grant?
    while let grant = try await fleet.grant(agent) {
      _ = try await fleet.report(grant, by: agent, number: 0, grant.blocks.map(\.rectangle), open: open)
      try await fleet.finish(grant, by: agent, chunks: 1)
      last = grant
    }
    return (id, try #require(last))
  }

  @Test("Results of old scans go in batches; the chart, newer scans and their comparison are what they were")
  func purges() async throws {
    try await Fleet.run { fleet async throws in
      let agent = try await fleet.enrol("a", duties: [.scan])
      var scans: [(id: ScanID, last: LeaseService.Grant)] = []
      for _ in 0..<3 {
        scans.append(try await scan(fleet, agent))
        fleet.clock.advance(by: Self.day * 20)
      }
      let jobs = Self.jobs(1, scans[0])
      let newer = Self.jobs(Int64(jobs.count) + 1, scans[1])
      let before = try await left(fleet, scans[0].id, jobs: jobs)
      #expect(before["states"] == 20 && before["leases"] == jobs.count && before["chunks"] == jobs.count)
      func difference(_ from: Int, _ to: Int) async throws -> ([String], [DiffKind: Int]) {
        let page = try await fleet.comparisons.difference(
          from: "\(scans[from].id)", to: "\(scans[to].id)", query: "", kinds: Set(DiffKind.allCases), site: nil,
          after: nil, limit: 10_000
        ).page
        return (page.rows.map { "\($0)" }, page.counts)
      }
      func told() async throws -> [EndpointExplanation] {
        try await fleet.chart.explain(Self.host.address, ProtocolPort(.tcp, 2), site: nil, own: nil).explanations
      }
      let known = (
        rows: try await fleet.rows("").map(\.summary), difference: try await difference(1, 2),
        newer: try await left(fleet, scans[1].id, jobs: newer), coverage: try await fleet.coverage(scans[0].id),
        explained: try await told()
      )
      #expect(known.rows.count == 1_000 && known.explained.first?.views.first?.scan == scans[2].id)

      // The first ended 60 days ago, the second 40.
      let gone = try await HistoryPurge(context: fleet.context, kept: Self.day * 50).purge()
      #expect(
        gone == [
          .scans: 1, .portStates: 64 * 20, .leases: jobs.count, .chunks: jobs.count, .coverage: before["coverage"] ?? 0,
        ])
      #expect(try await HistoryPurge(context: fleet.context, kept: Self.day * 50).purge().isEmpty)
      #expect(
        try await left(fleet, scans[0].id, jobs: jobs) == [
          "coverage": 0, "states": 0, "chunks": 0, "leases": 0, "jobs": jobs.count,
        ])
      #expect(try await left(fleet, scans[1].id, jobs: newer) == known.newer)
      #expect(try await fleet.rows("").map(\.summary) == known.rows)
      #expect(try await "\(told())" == "\(known.explained)")
      let after = try await difference(1, 2)
      #expect(after.0 == known.difference.0 && after.1 == known.difference.1)

      let shown = try await fleet.scans.scan(scans[0].id).state
      #expect(shown.record.purgedAt == fleet.clock.now && shown.openCount == 64 * 20)
      #expect(try await fleet.coverage(scans[0].id) == known.coverage, "what it covered is still told")
      for (from, to) in [(0, 1), (1, 0)] {
        do {
          _ = try await difference(from, to)
          Issue.record("a purged scan was compared")
        } catch let refusal as Refusal {
          #expect(refusal.pointer == (from == 0 ? "from" : "to"))
          #expect(refusal.message == "the results of scan:1 were purged at \(fleet.clock.now)")
        }
      }
      let figures = try await fleet.places.figures()
      #expect(Set(figures.purges.map(\.kind)) == Set(gone.keys))
      for purge in figures.purges {
        #expect(purge.rows == gone[purge.kind] && purge.at == fleet.clock.now)
        #expect(purge.before == fleet.clock.now - Self.day * 50)
      }

      // What comes now of a lease of then is refused as that of any lease that never was; the agent drops it.
      let late = scans[0].last
      await fleet.expectRefusal(.leaseLost) {
        _ = try await fleet.report(late, by: agent, number: 1, late.blocks.map(\.rectangle))
      }
    }
  }

  @Test("A purge that was interrupted goes on, and a scan that ended lately keeps what late results need")
  func goesOn() async throws {
    try await Fleet.run { fleet async throws in
      let agent = try await fleet.enrol("a", duties: [.scan])
      let first = try await scan(fleet, agent)
      fleet.clock.advance(by: Self.day * 10)
      let purge = HistoryPurge(context: fleet.context, kept: Self.day)
      #expect(try await purge.purge().isEmpty)
      fleet.clock.advance(by: Self.day * 5)
      let (now, jobs) = (fleet.clock.now, Self.jobs(1, first))
      // Marked, and a part of its work is gone.
      try await fleet.context.queue.commit { session in
        _ = try session.beginPurgingScans(endedBefore: now, at: now, limit: 10)
        let lane = try #require(try session.lanes(of: first.id).first)
        let part = try session.purgeWork(of: lane.id, after: JobID(0), limit: 100)
        #expect(part.rows.values.reduce(0, +) == 100 && part.next != nil)
      }
      let gone = try await purge.purge()
      #expect(gone[.portStates] == 64 * 20 && gone[.scans] == nil)
      #expect(
        try await left(fleet, first.id, jobs: jobs) == [
          "coverage": 0, "states": 0, "chunks": 0, "leases": 0, "jobs": jobs.count,
        ])
      #expect(try await fleet.context.store.read { try $0.scansBeingPurged() }.isEmpty)
    }
  }

  @Test("Of a schedule the newest scan that has ended stays, and a scan that goes on stays whole")
  func keepsNewestOfSchedules() async throws {
    try await Fleet.run { fleet async throws in
      let agent = try await fleet.enrol("a", duties: [.scan])
      var submission = ScanService.Submission(targets: ["10.0.0.1"])
      submission.ports = "80,81"
      let draft = ScheduleService.Draft(name: "yearly", expression: "@yearly", timeZone: "UTC", submission: submission)
      let schedule = try #require(try await fleet.schedules.save(draft, isDryRun: false, by: .local).status).record.id
      var ids: [ScanID] = []
      for _ in 0..<2 {
        ids.append(try await fleet.schedules.runNow(schedule, by: .local))
        try await fleet.workThrough(agent)
        fleet.clock.advance(by: Self.day)
      }
      // One that was cancelled looked at nothing.
      ids.append(try await fleet.schedules.runNow(schedule, by: .local))
      _ = try await fleet.scans.cancel(ids[2])
      fleet.clock.advance(by: Self.day)
      // It is running, and will be for long.
      ids.append(try await fleet.schedules.runNow(schedule, by: .local))
      fleet.clock.advance(by: Self.day * 100)
      _ = try await HistoryPurge(context: fleet.context, kept: Self.day * 30).purge()
      let purged = try await ids.asyncMap { try await fleet.scans.scan($0).state.record.purgedAt != nil }
      #expect(purged == [true, false, false, false])
    }
  }
}
