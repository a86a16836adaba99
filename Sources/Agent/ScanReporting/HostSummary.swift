package import Model
package import ScanEngine

/// What is told of one host as a whole.
package struct HostSummary: Hashable, Sendable {
  package let presence: HostObservation.Presence
  package let reason: ProbeReason
  package let ending: HostObservation.Ending
  package let isSelf: Bool

  /// Microseconds; nil where nothing answered.
  package let roundTrip: RoundTrip?
  package let startedAt: Timestamp
  package let endedAt: Timestamp

  /// Smoothed, variation and timeout in microseconds.
  package struct RoundTrip: Hashable, Sendable {
    package let smoothed: Int64
    package let variation: Int64
    package let timeout: Int64

    package init(smoothed: Int64, variation: Int64, timeout: Int64) {
      self.smoothed = smoothed
      self.variation = variation
      self.timeout = timeout
    }
  }

  package init(
    presence: HostObservation.Presence, reason: ProbeReason, ending: HostObservation.Ending, isSelf: Bool,
    roundTrip: RoundTrip?, startedAt: Timestamp, endedAt: Timestamp
  ) {
    self.presence = presence
    self.reason = reason
    self.ending = ending
    self.isSelf = isSelf
    self.roundTrip = roundTrip
    self.startedAt = startedAt
    self.endedAt = endedAt
  }

  package init(_ host: HostObservation, clock: ClockAnchor) {
    self.init(
      presence: host.presence, reason: host.reason, ending: host.ending, isSelf: host.isSelf,
      roundTrip: host.roundTrip.map {
        RoundTrip(
          smoothed: $0.smoothed.wholeMicroseconds, variation: $0.variation.wholeMicroseconds,
          timeout: $0.timeout.wholeMicroseconds)
      },
      startedAt: clock.time(of: host.startedAt), endedAt: clock.time(of: host.endedAt))
  }
}
