/// How many probes may wait for an answer at once: slow start and congestion avoidance (RFC 5681, 3.1), grown by answers.
package struct CongestionWindow: Equatable, Sendable {
  private var size: Double
  private var threshold: Double
  private let least: Double

  /// Until when a further loss belongs to the same event, nanoseconds.
  private var lossEventEnds: UInt64 = 0

  /// - Precondition: `initial` ≥ `least` ≥ 1.
  package init(initial: Int, least: Int) {
    precondition(initial >= least && least >= 1, "a window lets something through")
    size = Double(initial)
    self.least = Double(least)
    threshold = .infinity
  }

  package var limit: Int { Int(size) }

  /// An answer came to a first try; `ceiling` is the most that the window may grow to.
  package mutating func recordAnswer(ceiling: Int) {
    guard size < Double(ceiling) else { return }
    size += size < threshold ? 1 : 1 / size
  }

  /// A try met silence where nothing ever answered: no sign that more at once would be too much, as a loss would be.
  package mutating func recordUnopposedSilence(ceiling: Int) {
    if size < Double(ceiling) { size += 1 }
  }

  /// A loss came to light: half as many, once in a `wait` (one answer time, nanoseconds).
  package mutating func recordLoss(now: UInt64, wait: UInt64) {
    guard now >= lossEventEnds else { return }
    lossEventEnds = now + wait
    size = max(size / 2, least)
    threshold = size
  }
}
