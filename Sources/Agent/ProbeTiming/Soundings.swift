/// The first probes of a round go out alone and ever further apart, so that a host that limits the rate can answer some of
/// them: probes sent together share one fate, and all of them lost would look like so many silent ports.
package struct Soundings: Equatable, Sendable {
  private var left = 0
  private var taken = 0
  private var answered = 0
  private var due: UInt64 = 0
  private var evenGap: UInt64?

  /// Two gaps of two milliseconds, two of twice that, and so on: sixteen probes reach over a third of a second, in which
  /// a host that answers five a second answers one.
  private static let firstGap: UInt64 = 2_000_000
  private static let longestGap: UInt64 = 40_000_000

  package init() {}

  package var isSounding: Bool { left > 0 }

  /// Begins with a round's first `count` probes.
  ///
  /// - Parameters:
  ///   - count: how many; none ends.
  ///   - gap: nanoseconds between two of them, the same for all and before the first; nil for gaps that grow.
  ///   - now: nanoseconds.
  package mutating func begin(_ count: Int, gap: UInt64? = nil, now: UInt64) {
    evenGap = gap
    left = count
    taken = 0
    answered = 0
    due = now + (gap ?? 0)
  }

  /// One of them was answered: where losses are rare a few answers are enough.
  package mutating func recordAnswer(loss: Double) {
    answered += 1
    if answered >= 3, loss < 0.05, evenGap == nil { left = 0 }
  }

  package mutating func end() { left = 0 }

  /// When the next may start; at or before `now` where it may at once.
  package func nextStart(now: UInt64) -> UInt64 { isSounding ? max(due, now) : now }

  package mutating func recordStart(now: UInt64) {
    guard isSounding else { return }
    due = now + (evenGap ?? min(Self.firstGap << UInt64(min(taken / 2, 16)), Self.longestGap))
    taken += 1
    left -= 1
  }
}
