import CoordinatorCore
import Model
import Testing

@testable import CoordinatorServices

/// What is kept of what was told and run.
@Suite struct RecordPurgeTests {
  private static let day = Duration.seconds(86_400)

  private func messages(_ fleet: Fleet, _ ids: [String], to receiver: ReceiverRecord) async throws {
    let now = fleet.clock.now
    try await fleet.context.queue.commit { session in
      for id in ids {
        var message = AlertService.testMessage(of: "a", .info, at: now)
        message.id = id
        try session.insertMessage(message, alert: nil, to: [receiver], at: now)
      }
    }
  }

  private func settle(_ fleet: Fleet, _ delivery: DeliveryRecord, _ state: DeliveryRecord.State) async throws {
    let now = fleet.clock.now
    try await fleet.context.queue.commit { session in
      try session.setDelivery(delivery.id, state, attempts: 1, nextAt: now, triedAt: now, error: nil)
    }
  }

  @Test("Old messages go with their deliveries, those that were tried lately stay; one that is gone is said to be")
  func purgesMessages() async throws {
    try await Fleet.run { fleet async throws in
      let service = ReceiverService(context: fleet.context, courier: RecordingCourier())
      let receiver = try await service.add(.syslog, named: "r", ReceiverDraft()).receiver
      try await messages(fleet, (0..<1_200).map { "old-\($0)" } + ["tried", "waiting"], to: receiver)
      let all = try await service.deliveries(in: nil, before: nil, limit: 10_000)
      let old = try #require(all.first { $0.message.id == "old-0" })
      try await settle(fleet, old, .delivered)
      for dead in all where dead.message.id.hasPrefix("old-") && dead.message.id != "old-0" {
        try await settle(fleet, dead, .dead)
      }
      fleet.clock.advance(by: Self.day * 80)
      try await settle(fleet, try #require(all.first { $0.message.id == "tried" }), .pending)
      fleet.clock.advance(by: Self.day * 11)
      try await messages(fleet, ["new"], to: receiver)
      let purge = RecordPurge(context: fleet.context, kept: Self.day * 90)
      let purged = try await purge.purge()
      #expect(purged.messages == 1_200)
      #expect(purged.undelivered == 1_199)
      let left = try await service.deliveries(in: nil, before: nil, limit: 10_000)
      #expect(
        left.map(\.message.id) == ["new", "waiting", "tried"], "what is still to be delivered stays, however old")
      #expect(try await purge.purge() == RecordPurge.Purged())
      do {
        _ = try await service.delivery(old.id)
        Issue.record("it is still there")
      } catch let refusal as Refusal {
        #expect(refusal.message.contains("purged"))
      }
    }
  }

  @Test("Old runs go but for each schedule's newest; a removed schedule's go in batches, and its name is free at once")
  func purgesRuns() async throws {
    try await Fleet.run { fleet async throws in
      func add(_ name: String) async throws -> ScheduleID {
        var submission = ScanService.Submission(targets: ["10.0.0.1"])
        submission.ports = "80"
        let draft = ScheduleService.Draft(name: name, expression: "@yearly", timeZone: "UTC", submission: submission)
        return try #require(try await fleet.schedules.save(draft, isDryRun: false, by: .local).status).record.id
      }
      let (quiet, busy) = (try await add("quiet"), try await add("busy"))
      let now = fleet.clock.now
      try await fleet.context.queue.commit { session in
        for index in 0..<3 {
          _ = try session.setSlot(
            ScheduleSlot(slot: now + .seconds(index), outcome: .missed, reason: nil, decidedAt: now), of: quiet)
        }
        for index in 0..<1_300 {
          _ = try session.setSlot(
            ScheduleSlot(slot: now + .seconds(index), outcome: .ran, reason: nil, decidedAt: now), of: busy)
        }
      }
      try await fleet.schedules.remove(busy)
      #expect(try await fleet.schedules.schedules().schedules.map(\.record.name) == ["quiet"])
      _ = try await add("busy")
      fleet.clock.advance(by: Self.day * 91)
      let purged = try await RecordPurge(context: fleet.context, kept: Self.day * 90).purge()
      // 500 went with the schedule itself, which is a row, too.
      #expect(purged.runs == 2 + 800 + 1)
      let left = try await fleet.context.store.read { session in
        (try session.slots(of: quiet, before: nil, limit: 9), try session.slots(of: busy, before: nil, limit: 9))
      }
      #expect(left.0.map(\.slot) == [now + .seconds(2)])
      #expect(left.1.isEmpty)
    }
  }

  @Test("What was told of certificates is forgotten a year later, of an agent when it is removed")
  func forgetsWhatWasTold() async throws {
    try await Fleet.run { fleet async throws in
      let agent = try await fleet.enrol("a")
      let now = fleet.clock.now
      try await fleet.context.queue.commit { session in
        _ = try session.noteTold("certificate:1:21", "1/1", at: now)
        _ = try session.noteTold("agent-silent", String(agent.id.rawValue), at: now)
      }
      let purge = RecordPurge(context: fleet.context, kept: Self.day * 90)
      fleet.clock.advance(by: Self.day * 300)
      #expect(try await purge.purge() == RecordPurge.Purged())
      fleet.clock.advance(by: Self.day * 67)
      #expect(try await purge.purge().remembered == 1)
    }
  }
}
