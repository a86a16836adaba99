import Model
import Testing

@testable import CoordinatorCore

@Suite struct SlotPlanTests {
  private static let start = Timestamp(milliseconds: 1_700_000_000_000)

  private func slot(_ minutes: Int) -> Timestamp { Self.start + .seconds(minutes * 60) }

  private func due(_ minutes: Int...) -> [SlotPlan.Due] { minutes.map { .init(slot: slot($0), at: slot($0)) } }

  private func plan(
    at minutes: Int, _ due: [SlotPlan.Due], policy: SchedulePolicy = SchedulePolicy(), waiting: ScheduleSlot? = nil,
    running: ScanID? = nil, blackout: ActiveBlackout? = nil
  ) -> SlotPlan {
    SlotPlan(
      .init(now: slot(minutes), due: due, waiting: waiting, running: running, blackout: blackout), policy: policy)
  }

  private func blackout(until minutes: Int) -> ActiveBlackout {
    ActiveBlackout(
      record: BlackoutRecord(
        id: BlackoutID(1), name: "night", window: .once(from: Self.start, to: slot(minutes)), site: nil, zone: nil,
        networks: [], note: nil, createdBy: "x", createdAt: Self.start),
      until: slot(minutes))
  }

  private func waiting(_ minutes: Int, _ reason: String) -> ScheduleSlot {
    ScheduleSlot(slot: slot(minutes), outcome: .waiting, reason: reason, decidedAt: slot(minutes))
  }

  @Test("What is due now runs; nothing due changes nothing")
  func runs() {
    #expect(plan(at: 10, due(10)).start?.outcome == .ran)
    #expect(plan(at: 10, []).start == nil && plan(at: 10, []).rows.isEmpty)
  }

  @Test("After an absence the latest is caught up within its window, the others are missed, each with its row")
  func catchesUp() {
    let within = plan(at: 100, due(60, 70, 80))
    #expect(within.start?.slot == slot(80) && within.start?.outcome == .caughtUp)
    #expect(within.rows.map(\.slot) == [slot(60), slot(70)] && within.rows.allSatisfy { $0.outcome == .missed })
    let beyond = plan(at: 100, due(60, 70, 80), policy: SchedulePolicy(catchUp: .seconds(60)))
    #expect(beyond.start == nil && beyond.rows.map(\.outcome) == [.missed, .missed, .missed])
    #expect(beyond.rows.last?.reason?.contains("beyond its catch-up window of 1m") == true)
  }

  @Test("A run that meets the one before is skipped, waits, or replaces it")
  func overlaps() {
    let scan = ScanID(7)
    #expect(plan(at: 10, due(10), running: scan).rows.map(\.outcome) == [.skipped])
    let queued = SchedulePolicy(overlap: .queueOne)
    #expect(plan(at: 10, due(10), policy: queued, running: scan).rows.map(\.outcome) == [.waiting])
    let further = plan(at: 20, due(20), policy: queued, waiting: waiting(10, "scan:7 still runs"), running: scan)
    #expect(further.rows.map(\.outcome) == [.skipped] && further.rows.map(\.slot) == [slot(20)] && further.start == nil)
    let freed = plan(at: 15, [], policy: queued, waiting: waiting(10, "scan:7 still runs"))
    #expect(freed.start?.slot == slot(10) && freed.start?.reason == "it waited: scan:7 still runs")
    let both = plan(at: 20, due(20), policy: queued, waiting: waiting(10, "scan:7 still runs"))
    #expect(both.start?.slot == slot(10) && both.rows.map(\.outcome) == [.waiting])
    let replaced = plan(at: 10, due(10), policy: SchedulePolicy(overlap: .replace), running: scan)
    #expect(replaced.start?.replacing == scan && replaced.start?.outcome == .ran)
  }

  @Test("In a blackout a run waits if it may start in time, and else says why it does not run")
  func heedsBlackouts() {
    #expect(plan(at: 10, due(10), blackout: blackout(until: 30)).rows.map(\.outcome) == [.waiting])
    #expect(plan(at: 10, due(10), blackout: blackout(until: 90)).rows.map(\.outcome) == [.blackout])
    let skips = SchedulePolicy(onBlackout: .skip)
    #expect(plan(at: 10, due(10), policy: skips, blackout: blackout(until: 11)).rows.map(\.outcome) == [.blackout])
    // The next is due meanwhile: it takes the place of the one that waits.
    let next = plan(at: 20, due(20), waiting: waiting(10, "blackout"), blackout: blackout(until: 30))
    #expect(next.rows.map(\.outcome) == [.blackout, .waiting])
    let after = plan(at: 30, [], waiting: waiting(10, "blackout \"night\""))
    #expect(after.start?.outcome == .caughtUp && after.start?.slot == slot(10))
    // The coordinator was away when it ended.
    let late = plan(at: 500, [], waiting: waiting(10, "blackout \"night\""))
    #expect(late.start == nil && late.rows.map(\.outcome) == [.blackout])
    // Nothing new is no new row.
    let same = plan(
      at: 12, [], waiting: waiting(10, blackout(until: 30).reason), blackout: blackout(until: 30))
    #expect(same.rows.isEmpty && same.start == nil)
  }

  @Test("A schedule is put off by the same part of its jitter each time, schedules by different ones")
  func spreads() {
    func delay(_ id: Int64) -> Duration {
      ScheduleRecord(
        id: ScheduleID(id), name: "x", site: SiteID(1), expression: "", timeZone: "UTC", request: "",
        policy: SchedulePolicy(jitter: .seconds(600)), isPaused: false, note: nil, expiresAt: nil, createdBy: "",
        createdAt: Self.start, revision: 1, cursor: Self.start, nextLook: nil, lastScan: nil
      ).delay
    }
    let delays = (1...1_000).map { delay(Int64($0)) }
    #expect(delays == (1...1_000).map { delay(Int64($0)) })
    #expect(delays.allSatisfy { (.zero)...(.seconds(600)) ~= $0 })
    #expect(Set(delays).count > 400)
  }
}
