package import Model

/// Two clocks, read as nearly at one moment as this program is let.
package struct ClockReading: Hashable, Sendable {
  /// Longer between two readings, and the program may have been stopped amid them.
  private static let closeness = Duration.milliseconds(100)
  private static let attempts = 3

  package let wall: Timestamp
  /// Since any fixed moment, by a clock that nobody sets.
  package let continuous: Duration

  package init(wall: Timestamp, continuous: Duration) {
    self.wall = wall
    self.continuous = continuous
  }

  /// Reads again when the program stood still between the clocks: that would look like a wall clock that was set.
  ///
  /// - Parameters:
  ///   - wall: the clock that may be set.
  ///   - continuous: reads the time since any fixed moment, by a clock that nobody sets.
  package init(wall: any WallClock, continuous: () -> Duration) {
    var before = continuous()
    var now = wall.now
    for _ in 1..<Self.attempts {
      let after = continuous()
      guard after - before > Self.closeness else { break }
      before = after
      now = wall.now
    }
    self.init(wall: now, continuous: before)
  }
}
