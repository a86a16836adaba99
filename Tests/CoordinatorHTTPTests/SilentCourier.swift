import CoordinatorCore

/// Takes every message and tells nobody.
struct SilentCourier: Courier {
  func check(_ receiver: ReceiverRecord) throws {}
  func deliver(_ message: AlertMessage, to receiver: ReceiverRecord) async -> DeliveryOutcome { .delivered }
  func resend(_ alerts: [AlertmanagerAlert], to receiver: ReceiverRecord) async -> DeliveryOutcome { .delivered }
}
