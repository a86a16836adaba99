internal import Glibc

/// Time that never jumps and goes on while the machine sleeps.
package enum MonotonicClock {
  /// Nanoseconds since the machine started, by CLOCK_BOOTTIME: unlike CLOCK_MONOTONIC it counts suspended time too
  /// (clock_gettime(2)), so that a lease or an observation never looks younger than it is.
  package static var now: UInt64 { nanoseconds(of: CLOCK_BOOTTIME) }

  /// Milliseconds since 1970 (UTC) by the wall clock, which may jump.
  package static var wallMilliseconds: Int64 { Int64(nanoseconds(of: CLOCK_REALTIME) / 1_000_000) }

  private static func nanoseconds(of clock: clockid_t) -> UInt64 {
    var time = timespec()
    // Fails only for a clock that does not exist or an address that is not ours.
    let result = clock_gettime(clock, &time)
    precondition(result == 0, "the clock exists")
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }
}
