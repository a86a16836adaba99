package import CoordinatorCore
internal import Logging
internal import Model
internal import ServiceLifecycle
internal import Synchronization

/// Carries what is in the outbox to its receivers, each in a lane of its own: one that hangs or is dead delays no other.
///
/// An attempt is noted after it was made: ended in between, it is made again under the same id. So everything arrives at least
/// once.
package struct DeliveryLanes: Service {
  private final class Lanes: Sendable {
    struct Lane: Sendable {
      var isRunning = false
      /// Attempts in a row after which the receiver took nothing.
      var failures = 0
      var pausedUntil: ContinuousClock.Instant?
    }

    let state = Mutex<[ReceiverID: Lane]>([:])
  }

  private let context: FleetContext
  private let courier: any Courier
  private let patience: DeliveryPatience
  private let lanes = Lanes()
  private let logger = Logger(label: "periplus.deliveries")

  /// Attempts at once to one receiver.
  private static let concurrency = 16
  private static let batch = 128
  private static let poll = Duration.milliseconds(500)

  package init(context: FleetContext, courier: any Courier, patience: DeliveryPatience = DeliveryPatience()) {
    self.context = context
    self.courier = courier
    self.patience = patience
  }

  package func run() async throws {
    await withTaskCancellationOrGracefulShutdownHandler {
      await withDiscardingTaskGroup { group in
        while !Task.isCancelled, !context.outbox.isClosed {
          let seen = context.outbox.count
          do {
            for receiver in try await idleReceivers() {
              group.addTask { await self.work(for: receiver) }
            }
            try await startResending(in: &group)
          } catch is CancellationError {
            break
          } catch {
            logger.error("deliveries could not be looked for: \(error)")
          }
          await context.outbox.wait(after: seen, upTo: Self.poll)
        }
        group.cancelAll()
      }
    } onCancelOrGracefulShutdown: {
      context.outbox.close()
    }
  }

  /// Receivers for whom something is due and nobody works; their lanes are taken.
  private func idleReceivers() async throws -> [ReceiverID] {
    let now = context.clock.now
    let due = try await context.store.read { try $0.receiversWithDueDeliveries(before: now) }
    let moment = ContinuousClock.now
    let lifted = context.lanePauses.taken()
    return lanes.state.withLock { state in
      for id in lifted { state[id]?.pausedUntil = nil }
      return due.filter { id in
        var lane = state[id] ?? .init()
        guard !lane.isRunning, lane.pausedUntil.map({ $0 <= moment }) ?? true else { return false }
        lane.isRunning = true
        state[id] = lane
        return true
      }
    }
  }

  /// Delivers until nothing is due, or the receiver takes nothing.
  private func work(for id: ReceiverID) async {
    defer { lanes.state.withLock { $0[id]?.isRunning = false } }
    do {
      while !Task.isCancelled, !context.outbox.isClosed {
        // One that took nothing last time is tried with one message.
        let limit = lanes.state.withLock { ($0[id]?.failures ?? 0) > 0 ? 1 : Self.batch }
        let now = context.clock.now
        let (receiver, due) = try await context.store.read { session in
          (try session.receiver(id), try session.dueDeliveries(to: id, before: now, limit: limit))
        }
        guard let receiver, !due.isEmpty else { return }
        guard try await deliver(due, to: receiver) else { return }
      }
    } catch is CancellationError {
      return
    } catch {
      // What cannot be noted was sent all the same: it is not sent again and again meanwhile.
      lanes.state.withLock { state in
        var lane = state[id] ?? .init()
        lane.failures += 1
        lane.pausedUntil = .now + patience.pause(after: lane.failures, jitter: .random(in: 0...1))
        state[id] = lane
      }
      logger.error("deliveries to \(id) could not be noted: \(error)")
    }
  }

  /// False: the receiver takes nothing now.
  private func deliver(_ due: [DeliveryRecord], to receiver: ReceiverRecord) async throws -> Bool {
    let stop = Mutex(false)
    let outcomes = await withTaskGroup(of: (DeliveryRecord, DeliveryOutcome).self) { group in
      var outcomes: [(DeliveryRecord, DeliveryOutcome)] = []
      var rest = due.makeIterator()
      func addNext() {
        guard !stop.withLock({ $0 }), let next = rest.next() else { return }
        group.addTask { (next, await self.send(next.message, to: receiver)) }
      }
      for _ in 0..<Self.concurrency { addNext() }
      for await (record, outcome) in group {
        outcomes.append((record, outcome))
        if case .failed(_, _, isDown: true) = outcome { stop.withLock { $0 = true } }
        addNext()
      }
      return outcomes
    }
    if Task.isCancelled { throw CancellationError() }
    let now = context.clock.now
    let isDown = outcomes.contains { if case .failed(_, _, isDown: true) = $0.1 { true } else { false } }
    let asked = outcomes.compactMap { if case .failed(_, let time?, _) = $0.1 { time } else { nil } }.max()
    let jitter = Double.random(in: 0...1)
    lanes.state.withLock { state in
      var lane = state[receiver.id] ?? .init()
      lane.failures = isDown ? lane.failures + 1 : 0
      let pause = max(asked ?? .zero, isDown ? patience.pause(after: lane.failures, jitter: jitter) : .zero)
      lane.pausedUntil = isDown || asked != nil ? .now + pause : nil
      state[receiver.id] = lane
    }
    try await context.queue.commit(rows: outcomes.count) { [patience] session in
      for (record, outcome) in outcomes {
        try Self.settle(record, outcome, receiver, patience, at: now, in: session)
      }
    }
    for (record, outcome) in outcomes {
      switch outcome {
      case .delivered: break
      case .failed(let reason, _, _), .refused(let reason):
        logger.notice(
          "a delivery failed",
          metadata: [
            "delivery": "\(record.id)", "receiver": "\(receiver.name)", "attempt": "\(record.attempts + 1)",
            "reason": "\(reason)",
          ])
      }
    }
    return !isDown && asked == nil
  }

  private func send(_ message: AlertMessage, to receiver: ReceiverRecord) async -> DeliveryOutcome {
    guard receiver.kind == .alertmanager, !message.isTest else { return await courier.deliver(message, to: receiver) }
    do {
      let remaining = try await context.store.read { try $0.followed(ofMessage: message.id) }
      let parts = FollowedMessage(message: message, remaining: remaining).parts(at: context.clock.now)
      return await courier.resend(parts.map(\.alert), to: receiver)
    } catch {
      return .failed("what is over could not be read: \(error)", retryAfter: nil, isDown: false)
    }
  }

  private static func settle(
    _ record: DeliveryRecord, _ outcome: DeliveryOutcome, _ receiver: ReceiverRecord, _ patience: DeliveryPatience,
    at now: Timestamp, in session: any WriteSession
  ) throws {
    let attempts = record.attempts + 1
    switch outcome {
    case .delivered:
      try session.setDelivery(
        record.id, .delivered, attempts: attempts, nextAt: now, triedAt: now, error: nil)
      if receiver.kind == .alertmanager, !record.message.isTest {
        try note(record.message, receiver, at: now, in: session)
      }
    case .refused(let reason):
      try session.setDelivery(record.id, .dead, attempts: attempts, nextAt: now, triedAt: now, error: reason)
    case .failed(let reason, let retryAfter, _):
      let pause = max(patience.pause(after: attempts, jitter: .random(in: 0...1)), retryAfter ?? .zero)
      try session.setDelivery(
        record.id, attempts >= patience.attempts ? .dead : .pending, attempts: attempts, nextAt: now + pause,
        triedAt: now, error: reason)
    }
  }

  private static let standardActiveSeconds = 86_400

  private static func note(
    _ message: AlertMessage, _ receiver: ReceiverRecord, at now: Timestamp, in session: any WriteSession
  ) throws {
    let life = receiver.settings.activeSeconds ?? standardActiveSeconds
    let followed = FollowedMessage(message: message, remaining: try session.followed(ofMessage: message.id))
    // What nothing ends is no alert that goes on; what has ended since it was sent is told so at once.
    for part in followed.parts(at: now) where part.isFollowed {
      try session.setActiveAlert(
        ActiveAlert(
          receiver: receiver.id, subject: part.subject, kind: part.kind, alert: part.alert,
          endedAt: part.isOver ? now : nil, expiresAt: now + .seconds(life),
          nextAt: part.isOver ? now : now + AlertmanagerAlert.interval))
    }
  }

  // Alertmanagers are told again and again of what is not over (prometheus.io/docs/alerting/latest/clients).

  private func startResending(in group: inout DiscardingTaskGroup) async throws {
    let now = context.clock.now
    let (due, receivers) = try await context.store.read { session in
      let due = try session.dueActiveAlerts(before: now, limit: 1_000)
      return (due, due.isEmpty ? [] : try session.receivers())
    }
    for (id, alerts) in Dictionary(grouping: due, by: \.receiver) {
      guard let receiver = receivers.first(where: { $0.id == id }) else {
        try await context.queue.commit { session in
          for active in alerts { try session.removeActiveAlert(active) }
        }
        continue
      }
      // Before it is sent, so that the next look does not send it too.
      try await context.queue.commit { session in
        for active in alerts { try session.postponeActiveAlert(active, to: now + AlertmanagerAlert.interval) }
      }
      group.addTask { await self.resend(alerts, to: receiver, at: now) }
    }
  }

  private func resend(_ alerts: [ActiveAlert], to receiver: ReceiverRecord, at now: Timestamp) async {
    var alerts = alerts
    for index in alerts.indices where alerts[index].endedAt == nil && alerts[index].expiresAt <= now {
      alerts[index].endedAt = now
      alerts[index].alert.endsAt = now
    }
    let sent = alerts
    guard case .delivered = await courier.resend(sent.map(\.alert), to: receiver) else { return }
    do {
      try await context.queue.commit { session in
        for active in sent where active.endedAt != nil { try session.removeActiveAlert(active) }
      }
    } catch {
      logger.error("alerts that are over could not be noted: \(error)")
    }
  }
}
