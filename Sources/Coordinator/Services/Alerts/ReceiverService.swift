package import CoordinatorCore
internal import CoordinatorTrust
package import Model

/// Receivers, and what is on its way to them.
package struct ReceiverService: Sendable {
  private let context: FleetContext
  private let courier: any Courier

  package init(context: FleetContext, courier: any Courier) {
    self.context = context
    self.courier = courier
  }

  static let receiverLimit = 1_000

  package func receivers() async throws -> [ReceiverRecord] { try await context.store.read { try $0.receivers() } }

  package func receiver(_ id: ReceiverID) async throws -> ReceiverRecord {
    guard let receiver = try await context.store.read({ try $0.receiver(id) }) else {
      throw Refusal(.notFound, "there is no \(id)")
    }
    return receiver
  }

  /// Makes a receiver. `secret` is a signing secret that was made up, and is told this once.
  package func add(
    _ kind: ReceiverKind, named name: String, _ draft: ReceiverDraft
  ) async throws -> (receiver: ReceiverRecord, secret: String?) {
    try NameCheck.check(name, at: "/name")
    let now = context.clock.now
    var receiver = ReceiverRecord(
      id: ReceiverID(0), name: name, kind: kind, settings: ReceiverSettings(), secrets: ReceiverSecrets(), note: nil,
      createdAt: now, changedAt: now)
    var draft = draft
    var secret: String?
    if kind == .webhook, draft.signing == nil {
      let made = WebhookSecret.generate()
      draft.signing = [made]
      secret = made
    }
    try draft.apply(to: &receiver)
    try courier.check(receiver)
    let whole = receiver
    receiver.id = try await context.queue.commit { session in
      let known = try session.receivers()
      guard known.count < Self.receiverLimit else {
        throw Refusal(.conflict, "there are \(Self.receiverLimit) receivers already")
      }
      guard !known.contains(where: { $0.name == name }) else {
        throw Refusal(.conflict, "there is a receiver \"\(name)\" already", at: "/name")
      }
      return try session.insertReceiver(whole)
    }
    return (receiver, secret)
  }

  package func edit(_ id: ReceiverID, _ draft: ReceiverDraft) async throws -> ReceiverRecord {
    let now = context.clock.now
    context.lanePauses.lift(id)
    return try await context.queue.commit { [courier] session in
      guard var receiver = try session.receiver(id) else { throw Refusal(.notFound, "there is no \(id)") }
      try draft.apply(to: &receiver)
      try courier.check(receiver)
      receiver.changedAt = now
      try session.setReceiver(receiver)
      return receiver
    }
  }

  package func remove(_ id: ReceiverID) async throws {
    let now = context.clock.now
    try await context.queue.commit { session in
      guard try session.receiver(id) != nil else { throw Refusal(.notFound, "there is no \(id)") }
      let users = try session.alerts().filter { $0.receivers.contains(id) }.map(\.name)
      guard users.isEmpty else {
        throw Refusal(.conflict, "alerts send to it: \(users.joined(separator: ", ")); edit or remove them first")
      }
      try session.removeReceiver(id, at: now)
    }
  }

  /// One attempt to send a test message, now; not in the list of deliveries.
  package func test(_ id: ReceiverID) async throws -> DeliveryOutcome {
    let receiver = try await receiver(id)
    context.lanePauses.lift(id)
    let message = AlertService.testMessage(of: "test of \(receiver.name)", .info, at: context.clock.now)
    return await courier.deliver(message, to: receiver)
  }

  package func deliveries(
    in state: DeliveryRecord.State?, before id: DeliveryID?, limit: Int
  ) async throws -> [DeliveryRecord] {
    try await context.store.read { try $0.deliveries(in: state, before: id, limit: limit) }
  }

  package func delivery(_ id: DeliveryID) async throws -> DeliveryRecord {
    let (delivery, purged) = try await context.store.read { session in
      (try session.delivery(id), try session.messagesPurgedBefore())
    }
    guard let delivery else {
      throw Refusal(
        .notFound, "there is no \(id)" + (purged.map { "; those of before \($0) were purged" } ?? ""))
    }
    return delivery
  }

  /// Sends a message again, under the id that it had.
  package func replay(_ id: DeliveryID) async throws -> DeliveryRecord {
    let now = context.clock.now
    let delivery = try await context.queue.commit { session in
      guard let delivery = try session.delivery(id) else { throw Refusal(.notFound, "there is no \(id)") }
      guard delivery.state != .pending else { throw Refusal(.conflict, "\(id) is on its way already") }
      guard try session.receiver(delivery.receiver) != nil else {
        throw Refusal(.conflict, "the receiver \(delivery.receiverName) was removed")
      }
      try session.replayDelivery(id, at: now)
      return try session.delivery(id) ?? delivery
    }
    context.lanePauses.lift(delivery.receiver)
    context.outbox.fire()
    return delivery
  }
}
