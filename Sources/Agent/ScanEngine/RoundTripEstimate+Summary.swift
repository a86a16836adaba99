internal import ProbeTiming

extension RoundTripEstimate {
  /// For a report; nil before the first answer.
  func summary(_ limits: TimeoutLimits) -> RoundTripSummary? {
    guard hasSample else { return nil }
    let nothing = RoundTripEstimate()
    let wait = limits.wait(isFirst: false, host: self, network: nothing, run: nothing)
    return RoundTripSummary(
      smoothed: .nanoseconds(Int64(clamping: smoothed)), variation: .nanoseconds(Int64(clamping: variation)),
      timeout: .nanoseconds(Int64(clamping: wait)))
  }
}
