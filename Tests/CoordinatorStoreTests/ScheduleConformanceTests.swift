import Model
import Testing

@testable import CoordinatorCore

/// What every store must answer about schedules, their slots, and blackouts.
@Suite struct ScheduleConformanceTests {
  private static let start = StoreFixture.start

  private static func record(_ name: String, nextLook: Timestamp?) -> ScheduleRecord {
    ScheduleRecord(
      id: ScheduleID(0), name: name, site: StoreFixture.site, expression: "30 2 * * *", timeZone: "Europe/Berlin",
      request: #"{"targets":["10.0.0.1"]}"#,
      policy: SchedulePolicy(
        overlap: .queueOne, onBlackout: .skip, catchUp: .seconds(7_200), jitter: .seconds(600)),
      isPaused: false, note: "ü", expiresAt: start + .seconds(86_400), createdBy: "token:1", createdAt: start,
      revision: 3, cursor: start, nextLook: nextLook, lastScan: nil)
  }

  @Test("A schedule keeps every field; its name is its own; removed, its slots go and its scans stay")
  func keepsSchedules() async throws {
    let fixture = try await StoreFixture()
    var record = Self.record("nightly", nextLook: Self.start + .seconds(60))
    let wanted = record
    record.id = try await fixture.store.change { try $0.insertSchedule(wanted) }
    #expect(try await fixture.store.read { try $0.schedule(named: "nightly") } == record)
    await #expect(throws: (any Error).self) { try await fixture.store.change { try $0.insertSchedule(wanted) } }
    var changed = record
    changed.isPaused = true
    changed.expiresAt = nil
    changed.nextLook = nil
    changed.policy.overlap = .replace
    let other = changed
    let scan = try await fixture.store.change { session in
      try session.updateSchedule(other)
      let scan = try StoreFixture.insertScan(session)
      _ = try session.setSlot(
        .init(slot: Self.start, outcome: .ran, scan: scan, reason: nil, decidedAt: Self.start), of: other.id)
      return scan
    }
    #expect(try await fixture.store.read { try $0.schedules() } == [changed])
    try await fixture.store.change { try $0.removeSchedule(other.id, at: Self.start) }
    #expect(try await fixture.store.read { try $0.slots(of: other.id, before: nil, limit: 9) }.isEmpty)
    #expect(try await fixture.store.read { try $0.scan(scan) } != nil)
  }

  @Test("Those that are due come first; of one a slot is decided once, and one that waits is decided later")
  func decidesOnce() async throws {
    let fixture = try await StoreFixture()
    let ids = try await fixture.store.change { session in
      try [("late", 90), ("soon", 10), ("next", 50)].map { name, seconds in
        try session.insertSchedule(Self.record(name, nextLook: Self.start + .seconds(seconds)))
      } + [session.insertSchedule(Self.record("never", nextLook: nil))]
    }
    let due = try await fixture.store.read { try $0.dueSchedules(by: Self.start + .seconds(60), limit: 9) }
    #expect(due.map(\.name) == ["soon", "next"])
    let id = ids[0]
    @Sendable func slot(_ outcome: SlotOutcome, _ reason: String) -> ScheduleSlot {
      ScheduleSlot(slot: Self.start, outcome: outcome, reason: reason, decidedAt: Self.start)
    }
    let answers = try await fixture.store.change { session in
      try [slot(.waiting, "a"), slot(.waiting, "b"), slot(.skipped, "c"), slot(.missed, "d")].map {
        try session.setSlot($0, of: id)
      }
    }
    #expect(answers == [true, true, true, false])
    #expect(try await fixture.store.read { try $0.slots(of: id, before: nil, limit: 9) } == [slot(.skipped, "c")])
    try await fixture.store.change { try $0.lookAtEverySchedule(by: Self.start) }
    #expect(try await fixture.store.read { try $0.dueSchedules(by: Self.start, limit: 9) }.count == 4)
  }

  @Test("A blackout keeps every field, and its mark tells that it came and went")
  func keepsBlackouts() async throws {
    let fixture = try await StoreFixture()
    let empty = try await fixture.store.read { try $0.blackoutMark() }
    let once = BlackoutRecord(
      id: BlackoutID(0), name: "a", window: .once(from: Self.start, to: Self.start + .seconds(9)),
      site: StoreFixture.site, zone: StoreFixture.zone,
      networks: [AddressRange(network: IPAddress(ipv4: 0x0a00_0000), prefixLength: 8)], note: "n", createdBy: "token:1",
      createdAt: Self.start)
    let repeated = BlackoutRecord(
      id: BlackoutID(0), name: "b",
      window: .repeating(expression: "@daily", timeZone: "UTC", duration: .seconds(60)), site: nil, zone: nil,
      networks: [], note: nil, createdBy: "token:1", createdAt: Self.start)
    let ids = try await fixture.store.change { [try $0.insertBlackout(once), try $0.insertBlackout(repeated)] }
    var expected = [once, repeated]
    for (index, id) in ids.enumerated() { expected[index].id = id }
    #expect(try await fixture.store.read { try $0.blackouts() } == expected)
    let two = try await fixture.store.read { try $0.blackoutMark() }
    try await fixture.store.change { try $0.removeBlackout(ids[0]) }
    let one = try await fixture.store.read { try $0.blackoutMark() }
    #expect(Set([empty, two, one]).count == 3)
  }
}
