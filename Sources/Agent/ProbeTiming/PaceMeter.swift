/// Spreads starts evenly: the generic cell rate algorithm (ITU-T I.371), a token bucket kept as one point in time.
package struct PaceMeter: Equatable, Sendable {
  /// Nanoseconds between two starts; 0 for no bound.
  private var interval: UInt64 = 0

  /// When the next start would be on time.
  private var due: UInt64 = 0

  /// How far ahead of its time a start may come: the bucket's depth. Ten milliseconds keep a high rate at the grain of the
  /// poller without letting a pause end in a burst; slow rates keep their full distance.
  private var tolerance: UInt64 { interval < 10_000_000 ? 10_000_000 : 0 }

  /// - Parameter interval: nanoseconds between two starts, 0 for no bound.
  package init(interval: UInt64) { self.interval = interval }

  /// Changes the distance, that from the last start included.
  package mutating func setInterval(_ interval: UInt64) {
    if due >= self.interval { due = due - self.interval + interval }
    self.interval = interval
  }

  /// When the next start is allowed; at or before `now` where it is allowed at once.
  package func nextStart(now: UInt64) -> UInt64 {
    interval == 0 || due <= now + tolerance ? now : due - tolerance
  }

  package mutating func recordStart(now: UInt64) {
    guard interval > 0 else { return }
    due = max(due, now) + interval
  }
}
