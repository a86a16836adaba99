/// Spreads starts evenly: the generic cell rate algorithm (ITU-T I.371), a token bucket kept as one point in time.
struct PaceMeter {
  /// Nanoseconds between two starts; 0 for no bound.
  private var interval: UInt64 = 0

  /// When the next start would be on time.
  private var due: UInt64 = 0

  /// How far ahead of its time a start may come: the bucket's depth. Ten milliseconds keep the rate at the grain of the
  /// poller without letting a pause end in a burst.
  private static let tolerance: UInt64 = 10_000_000

  /// - Precondition: `perSecond` is nil or above 0.
  init(perSecond: Int?) { setRate(perSecond: perSecond) }

  mutating func setRate(perSecond: Int?) {
    precondition(perSecond.map { $0 > 0 } ?? true, "a rate is above zero")
    interval = perSecond.map { max(1_000_000_000 / UInt64($0), 1) } ?? 0
  }

  /// When the next start is allowed; at or before `now` where it is allowed at once.
  func nextStart(now: UInt64) -> UInt64 {
    interval == 0 || due <= now + Self.tolerance ? now : due - Self.tolerance
  }

  mutating func recordStart(now: UInt64) {
    guard interval > 0 else { return }
    due = max(due, now) + interval
  }
}
