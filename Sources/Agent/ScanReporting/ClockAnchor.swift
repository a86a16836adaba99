internal import LinuxSystem
package import Model

/// Turns the engine's clock into the time of day by one reading of both, so that a step of the wall clock in mid-scan
/// reorders nothing.
package struct ClockAnchor: Sendable {
  private let monotonic: UInt64
  private let wall: Int64

  /// Reads both clocks now.
  package init() {
    monotonic = MonotonicClock.now
    wall = MonotonicClock.wallMilliseconds
  }

  /// The time of a reading of `MonotonicClock`, nanoseconds.
  package func time(of reading: UInt64) -> Timestamp {
    let difference = Int64(truncatingIfNeeded: reading &- monotonic) / 1_000_000
    return Timestamp(milliseconds: wall + difference)
  }

  package var now: Timestamp { time(of: MonotonicClock.now) }
}
