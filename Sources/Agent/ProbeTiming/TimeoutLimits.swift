/// How long to wait for an answer, from what is known: bounds in nanoseconds.
package struct TimeoutLimits: Equatable, Sendable {
  /// For a host that nothing is known of.
  package let initial: UInt64

  /// For every try but the first.
  package let shortest: UInt64
  package let longest: UInt64

  /// For the first try: a quarter of `shortest`. Missing an answer here costs one more try and decides nothing.
  package let quick: UInt64

  package init(initial: Duration, shortest: Duration, longest: Duration) {
    self.initial = initial.wholeNanoseconds
    self.shortest = shortest.wholeNanoseconds
    self.longest = max(longest.wholeNanoseconds, self.shortest)
    quick = self.shortest / 4
  }

  /// The wait for one try, nanoseconds: the host's own estimate, else its network's, else for the first try a guess from
  /// the run's.
  ///
  /// - Parameters:
  ///   - isFirst: whether this endpoint was not tried before.
  ///   - host: what is known of the host.
  ///   - network: what is known of its network.
  ///   - run: what is known of all hosts of the run.
  /// - Returns: nanoseconds.
  package func wait(
    isFirst: Bool, host: RoundTripEstimate, network: RoundTripEstimate, run: RoundTripEstimate
  ) -> UInt64 {
    if host.hasSample || network.hasSample {
      // A neighbour's time is less sure: twice as long.
      let time = host.hasSample ? host.answerTime : 2 * network.answerTime
      return min(max(time, isFirst ? quick : shortest), longest)
    }
    guard isFirst, run.hasSample else { return initial }
    return min(initial, max(initial / 4, 4 * run.answerTime))
  }
}

extension Duration {
  /// Nanoseconds, 0 for negative durations, at most 9·10^18.
  package var wholeNanoseconds: UInt64 {
    let (seconds, attoseconds) = components
    guard seconds >= 0, attoseconds >= 0 else { return 0 }
    return UInt64(min(seconds, 9_000_000_000)) * 1_000_000_000 + UInt64(attoseconds) / 1_000_000_000
  }
}
