package import Model

/// Tells from looks at two clocks, about a second apart, when something happened to time itself.
package struct ClockWatch: Sendable {
  package enum Event: Hashable, Sendable {
    /// The wall clock was set by so much, forwards or back.
    case stepped(by: Duration)
    /// The program stood still for so long: stopped, or the machine asleep.
    case wasAway(for: Duration)
  }

  /// NTP slews by 500 ppm at most and steps from 128 ms on (ntpd(8)); less than this does not harm a lease.
  private static let smallestStep = Duration.seconds(2)

  private let patience: Duration
  private var last: (wall: Timestamp, continuous: Duration)?

  /// - Parameter patience: between two looks; longer means that the program was away.
  package init(patience: Duration) { self.patience = patience }

  /// What has happened since the last look; `continuous` is the time since any fixed moment, by a clock that nobody sets.
  package mutating func look(wall: Timestamp, continuous: Duration) -> Event? {
    defer { last = (wall, continuous) }
    guard let last else { return nil }
    let passed = continuous - last.continuous
    let step = (wall - last.wall) - passed
    if step >= Self.smallestStep || step <= .zero - Self.smallestStep { return .stepped(by: step) }
    return passed > patience ? .wasAway(for: passed) : nil
  }
}
