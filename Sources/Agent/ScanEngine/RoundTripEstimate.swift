/// A host's smoothed round-trip time and what to wait for it (RFC 6298, section 2, with nmap's first variance and bounds).
struct RoundTripEstimate: Equatable {
  /// Nanoseconds; 0 before the first sample.
  private var smoothed: Int64 = 0
  private var variance: Int64 = 0

  /// What no answer takes: such a sample tells of a machine that slept.
  private static let longestSample: Int64 = 8_000_000_000

  /// Takes the time between a probe and its answer, nanoseconds. Each try is a connection of its own, so that an answer
  /// always belongs to its own try.
  mutating func add(_ sample: UInt64) {
    guard sample < Self.longestSample else { return }
    let sample = max(Int64(sample), 1)
    guard smoothed > 0 else {
      smoothed = sample
      variance = min(max(sample, 5_000_000), 2_000_000_000)
      return
    }
    let difference = sample - smoothed
    smoothed = max(smoothed + difference / 8, 1)
    variance += (abs(difference) - variance) / 4
  }

  /// How long to wait for the next answer, nanoseconds.
  func timeout(_ limits: TimeoutLimits) -> UInt64 {
    guard smoothed > 0 else { return limits.initial }
    return min(max(UInt64(smoothed + 4 * variance), limits.shortest), limits.longest)
  }

  /// nil before the first answer.
  func summary(_ limits: TimeoutLimits) -> RoundTripSummary? {
    guard smoothed > 0 else { return nil }
    return RoundTripSummary(
      smoothed: .nanoseconds(smoothed), variation: .nanoseconds(variance),
      timeout: .nanoseconds(Int64(clamping: timeout(limits))))
  }
}

/// A pace's timeouts in nanoseconds.
struct TimeoutLimits: Equatable {
  let initial: UInt64
  let shortest: UInt64
  let longest: UInt64

  init(_ pace: ScanPace) {
    initial = pace.timeout.wholeNanoseconds
    shortest = pace.shortestTimeout.wholeNanoseconds
    longest = max(pace.longestTimeout.wholeNanoseconds, shortest)
  }
}

extension Duration {
  /// Nanoseconds, 0 for negative durations, at most 2^63.
  var wholeNanoseconds: UInt64 {
    let (seconds, attoseconds) = components
    guard seconds >= 0, attoseconds >= 0 else { return 0 }
    return UInt64(min(seconds, 9_000_000_000)) * 1_000_000_000 + UInt64(attoseconds) / 1_000_000_000
  }
}
