internal import Model

extension ScanRequest {
  /// Endpoints a second that such work usually comes to; nil: the agent's own pace tells.
  package var usualRate: Double? {
    JobBudget.usualRate(
      hasUDP: placement.needs.contains(.udp), identifies: placement.needs.contains(.identification))
  }
}
