package import Model

/// One message on its way to one receiver.
package struct DeliveryRecord: Sendable {
  package enum State: String, Hashable, Sendable, Codable, CaseIterable {
    case pending, delivered
    /// Given up; can be replayed.
    case dead
  }

  package var id: DeliveryID
  package var message: AlertMessage
  package var receiver: ReceiverID
  /// Its name when the message was made.
  package var receiverName: String
  package var state: State
  package var attempts: Int
  package var nextAt: Timestamp
  package var triedAt: Timestamp?
  package var settledAt: Timestamp?
  /// Why the last attempt came to nothing.
  package var error: String?

  package init(
    id: DeliveryID, message: AlertMessage, receiver: ReceiverID, receiverName: String, state: State, attempts: Int,
    nextAt: Timestamp, triedAt: Timestamp?, settledAt: Timestamp?, error: String?
  ) {
    self.id = id
    self.message = message
    self.receiver = receiver
    self.receiverName = receiverName
    self.state = state
    self.attempts = attempts
    self.nextAt = nextAt
    self.triedAt = triedAt
    self.settledAt = settledAt
    self.error = error
  }
}

/// What came of an attempt.
package enum DeliveryOutcome: Hashable, Sendable {
  case delivered
  /// It may go better later. `isDown`: the receiver takes nothing now, so that others need not be tried.
  case failed(String, retryAfter: Duration?, isDown: Bool)
  /// It will not go better: nothing but a change of the receiver or the configuration helps.
  case refused(String)
}

/// Carries messages to receivers.
package protocol Courier: Sendable {
  /// Throws a `Refusal` for a receiver that cannot be, or that the configuration forbids. Names are not resolved.
  func check(_ receiver: ReceiverRecord) throws
  /// One attempt, bounded in time; errors name no secret.
  func deliver(_ message: AlertMessage, to receiver: ReceiverRecord) async -> DeliveryOutcome
  /// Tells an Alertmanager again of alerts that it knows, or that they are over.
  func resend(_ alerts: [AlertmanagerAlert], to receiver: ReceiverRecord) async -> DeliveryOutcome
}

/// When a failed delivery is tried again, and when it is given up.
package struct DeliveryPatience: Hashable, Sendable {
  package var first: Duration
  package var longest: Duration
  package var attempts: Int

  package init(first: Duration = .seconds(5), longest: Duration = .seconds(3_600), attempts: Int = 16) {
    self.first = first
    self.longest = longest
    self.attempts = attempts
  }

  /// The pause after so many failures in a row, doubled each time; `jitter`, of 0 to 1, shortens it by up to a quarter, so that
  /// what failed together does not come back together.
  package func pause(after failures: Int, jitter: Double) -> Duration {
    let factor = Double(UInt64(1) << UInt64(min(max(failures - 1, 0), 40)))
    let whole = min(first * factor, longest)
    return whole * (1 - jitter / 4)
  }
}
