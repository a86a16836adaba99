/// A host's round-trip times as nmap's XML reports them (element `times`).
package struct RoundTripSummary: Hashable, Sendable {
  package let smoothed: Duration
  package let variation: Duration
  package let timeout: Duration

  package init(smoothed: Duration, variation: Duration, timeout: Duration) {
    self.smoothed = smoothed
    self.variation = variation
    self.timeout = timeout
  }
}
