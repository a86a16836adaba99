package import Model

/// What a run learned of one host as a whole; it comes after the last observation of the host's endpoints.
package struct HostObservation: Hashable, Sendable {
  /// Whether somebody was there.
  package enum Presence: String, Hashable, Sendable {
    case up
    /// Nothing came back from it.
    case silent
    /// The network said that it is not there.
    case unreachable
    /// This host could not look.
    case unchecked
  }

  /// How the work on the host ended.
  package enum Ending: String, Hashable, Sendable {
    case complete
    /// Its time limit passed: what was left is unchecked.
    case hostTimeout = "host-timeout"
    /// Every port seemed open, as tarpits and intrusion prevention make it look: what was left is unchecked.
    case everythingOpen = "everything-open"
    /// Nothing answered the likely ports: what was left is unchecked.
    case silent
  }

  /// Which block of the work.
  package let blockIndex: Int
  package let host: HostAddress

  /// The index of the host within its block's hosts.
  package let hostOffset: UInt128
  package let presence: Presence

  /// Why: the reason of the first answer, or of what came instead.
  package let reason: ProbeReason
  package let ending: Ending

  /// Whether the host is one of this host's own addresses.
  package let isSelf: Bool

  /// Smoothed round-trip time and its variation (RFC 6298), and the wait derived from both; nil where nothing answered.
  package let roundTrip: RoundTripSummary?

  /// Nanoseconds of `MonotonicClock` (CLOCK_BOOTTIME).
  package let startedAt: UInt64
  package let endedAt: UInt64

  package init(
    blockIndex: Int, host: HostAddress, hostOffset: UInt128, presence: Presence, reason: ProbeReason, ending: Ending,
    isSelf: Bool, roundTrip: RoundTripSummary?, startedAt: UInt64, endedAt: UInt64
  ) {
    self.blockIndex = blockIndex
    self.host = host
    self.hostOffset = hostOffset
    self.presence = presence
    self.reason = reason
    self.ending = ending
    self.isSelf = isSelf
    self.roundTrip = roundTrip
    self.startedAt = startedAt
    self.endedAt = endedAt
  }
}
