import CoordinatorCore
import Synchronization

/// Keeps what it is to deliver, and answers as the test says.
final class RecordingCourier: Courier {
  typealias Answer = @Sendable (AlertMessage, ReceiverRecord) async -> DeliveryOutcome

  private let state = Mutex<(messages: [(AlertMessage, String)], alerts: [AlertmanagerAlert])>(([], []))
  private let answer: Answer

  init(_ answer: @escaping Answer = { _, _ in .delivered }) { self.answer = answer }

  var messages: [AlertMessage] { state.withLock { $0.messages.map(\.0) } }
  var resent: [AlertmanagerAlert] { state.withLock { $0.alerts } }

  func messages(to receiver: String) -> [AlertMessage] {
    state.withLock { $0.messages.filter { $0.1 == receiver }.map(\.0) }
  }

  func check(_ receiver: ReceiverRecord) throws {}

  func deliver(_ message: AlertMessage, to receiver: ReceiverRecord) async -> DeliveryOutcome {
    state.withLock { $0.messages.append((message, receiver.name)) }
    return await answer(message, receiver)
  }

  func resend(_ alerts: [AlertmanagerAlert], to receiver: ReceiverRecord) async -> DeliveryOutcome {
    state.withLock { $0.alerts += alerts }
    return .delivered
  }
}
