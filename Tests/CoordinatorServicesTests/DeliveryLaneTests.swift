import CoordinatorCore
import Model
import Synchronization
import Testing

@testable import CoordinatorServices

/// What becomes of messages in the outbox.
@Suite struct DeliveryLaneTests {
  /// Runs lanes over an outbox with `count` messages for each of some receivers until `isOver`.
  private func run(
    receivers names: [String], messages count: Int, patience: DeliveryPatience, courier: RecordingCourier,
    kind: ReceiverKind = .syslog, until isOver: @escaping ([DeliveryRecord]) -> Bool
  ) async throws -> [DeliveryRecord] {
    let found = Mutex<[DeliveryRecord]>([])
    try await Fleet.run { fleet async throws in
      let service = ReceiverService(context: fleet.context, courier: courier)
      var receivers: [ReceiverRecord] = []
      for name in names { receivers.append(try await service.add(kind, named: name, ReceiverDraft()).receiver) }
      let (all, now) = (receivers, fleet.clock.now)
      try await fleet.context.queue.commit { session in
        for index in 0..<count {
          var message = AlertService.testMessage(of: "a", .info, at: now)
          message.id = "message-\(index)"
          try session.insertMessage(message, alert: nil, to: all, at: now)
        }
      }
      let lanes = DeliveryLanes(context: fleet.context, courier: courier, patience: patience)
      let running = Task { try await lanes.run() }
      let end = ContinuousClock.now + .seconds(120)
      while true {
        guard ContinuousClock.now < end else {
          Issue.record("the deliveries did not come to an end")
          break
        }
        let records = try await fleet.context.store.read { try $0.deliveries(in: nil, before: nil, limit: 10_000) }
        if isOver(records) {
          found.withLock { $0 = records }
          break
        }
        fleet.clock.advance(by: .milliseconds(100))
        fleet.context.outbox.fire()
        try await Task.sleep(for: .milliseconds(5))
      }
      running.cancel()
      try await running.value
    }
    return found.withLock { $0 }
  }

  private static let patience = DeliveryPatience(first: .milliseconds(2), longest: .milliseconds(10), attempts: 3)

  @Test("Everything arrives, once where nothing fails")
  func delivers() async throws {
    let courier = RecordingCourier()
    let found = try await run(receivers: ["a", "b"], messages: 300, patience: Self.patience, courier: courier) {
      $0.allSatisfy { $0.state == .delivered }
    }
    #expect(found.count == 600)
    #expect(courier.messages.count == 600)
    #expect(found.allSatisfy { $0.attempts == 1 && $0.error == nil })
  }

  @Test("A receiver that hangs and one that is dead delay no other")
  func keepsLanesApart() async throws {
    let courier = RecordingCourier { _, receiver in
      switch receiver.name {
      case "hangs":
        // Ends with the test's cancellation.
        try? await Task.sleep(for: .seconds(3_600))
        return .failed("cancelled", retryAfter: nil, isDown: true)
      case "dead": return .failed("refused", retryAfter: nil, isDown: true)
      default: return .delivered
      }
    }
    let found = try await run(
      receivers: ["hangs", "dead", "well"], messages: 200,
      patience: DeliveryPatience(first: .seconds(3_600), longest: .seconds(3_600), attempts: 3), courier: courier
    ) { records in records.filter { $0.receiverName == "well" }.allSatisfy { $0.state == .delivered } }
    #expect(found.filter { $0.state == .delivered }.count == 200)
    // Once it took nothing, the others were not tried.
    #expect(courier.messages(to: "dead").count <= 16)
  }

  @Test("What fails is tried again as often as may be, then given up, with the reason")
  func givesUp() async throws {
    let courier = RecordingCourier { message, _ in
      message.id == "message-1" ? .failed("it answers 422", retryAfter: nil, isDown: false) : .delivered
    }
    let found = try await run(receivers: ["a"], messages: 3, patience: Self.patience, courier: courier) {
      $0.allSatisfy { $0.state != .pending }
    }
    let dead = try #require(found.first { $0.state == .dead })
    #expect(dead.message.id == "message-1")
    #expect(dead.attempts == 3)
    #expect(dead.error == "it answers 422")
    #expect(courier.messages.count == 5)
  }

  @Test("What the receiver will never take is given up at once")
  func refuses() async throws {
    let courier = RecordingCourier { _, _ in .refused("not permitted") }
    let found = try await run(receivers: ["a"], messages: 1, patience: Self.patience, courier: courier) {
      $0.allSatisfy { $0.state == .dead }
    }
    #expect(found.map(\.attempts) == [1])
  }

  @Test("A receiver that says when to come again is left alone until then")
  func honoursRetryAfter() async throws {
    let attempts = Mutex<[ContinuousClock.Instant]>([])
    let courier = RecordingCourier { _, _ in
      let number = attempts.withLock { times in
        times.append(.now)
        return times.count
      }
      return number == 1 ? .failed("it answers 429", retryAfter: .milliseconds(700), isDown: true) : .delivered
    }
    let found = try await run(receivers: ["a"], messages: 1, patience: Self.patience, courier: courier) {
      $0.allSatisfy { $0.state == .delivered }
    }
    #expect(found.map(\.attempts) == [2])
    let times = attempts.withLock { $0 }
    #expect(times.count == 2)
    #expect(times[1] - times[0] >= .milliseconds(690))
  }
}
