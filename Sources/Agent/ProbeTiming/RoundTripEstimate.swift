/// A smoothed round-trip time and its variation (RFC 6298, section 2, with nmap's bounds on the first variation).
///
/// Each try is a connection of its own, so that an answer always belongs to its own try (Karn's rule is not needed).
package struct RoundTripEstimate: Equatable, Sendable {
  /// Nanoseconds; 0 before the first sample.
  package private(set) var smoothed: UInt64 = 0
  package private(set) var variation: UInt64 = 0

  /// What no answer takes: such a sample tells of a machine that slept (nmap's timing.cc ignores the same).
  private static let longestSample: UInt64 = 8_000_000_000
  private static let leastFirstVariation: UInt64 = 5_000_000
  private static let mostFirstVariation: UInt64 = 2_000_000_000

  package init() {}

  package var hasSample: Bool { smoothed > 0 }

  /// Takes the time between a probe and its answer, nanoseconds.
  package mutating func add(_ sample: UInt64) {
    guard sample < Self.longestSample else { return }
    let sample = max(sample, 1)
    guard hasSample else {
      smoothed = sample
      variation = min(max(sample, Self.leastFirstVariation), Self.mostFirstVariation)
      return
    }
    let difference = sample > smoothed ? sample - smoothed : smoothed - sample
    smoothed = max(sample > smoothed ? smoothed + difference / 8 : smoothed - difference / 8, 1)
    variation =
      difference > variation
      ? variation + (difference - variation) / 4 : variation - (variation - difference) / 4
  }

  /// How long an answer may take, nanoseconds, before bounds: what RFC 6298 says, but never a margin below twenty
  /// milliseconds and half the time itself: the variation of an even path falls to nothing, and a try that is given up
  /// too early looks like a loss.
  package var answerTime: UInt64 { smoothed + max(4 * variation, smoothed / 2 + 20_000_000) }
}
