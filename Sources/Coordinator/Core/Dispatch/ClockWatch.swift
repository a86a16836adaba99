internal import Model

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
  private var last: ClockReading?

  /// - Parameter patience: between two looks; longer means that the program was away.
  package init(patience: Duration) { self.patience = patience }

  /// What has happened since the last look; both, when the clock was set while the program was away.
  package mutating func look(_ reading: ClockReading) -> [Event] {
    defer { last = reading }
    guard let last else { return [] }
    let passed = reading.continuous - last.continuous
    let step = (reading.wall - last.wall) - passed
    var events: [Event] = []
    if step >= Self.smallestStep || step <= .zero - Self.smallestStep { events.append(.stepped(by: step)) }
    if passed > patience { events.append(.wasAway(for: passed)) }
    return events
  }
}
