/// Whose turn it is among lanes: start-time fair queueing (Goyal, Vin and Cheng, SIGCOMM 1996).
///
/// Each lane has a *pass*: the probes it was given, divided by its weight. The lane with the lowest pass is served
/// first, so that lanes share by weight and none starves: whatever waits falls behind, and so comes first when it can be
/// served. A lane that could not be served for long does not catch up in a burst: its pass is lifted to the *turn*, the
/// pass at which the last lane was served.
package enum FairShare {
  /// Priorities this far apart differ by a factor of two.
  private static let prioritiesPerDoubling = 10

  /// How much more a lane of this priority gets than one of priority 0.
  package static func weight(ofPriority priority: Int) -> Double {
    // A power of two by halves and doublings: exact, and without a library of functions.
    let (doublings, rest) = priority.quotientAndRemainder(dividingBy: prioritiesPerDoubling)
    let whole = Double(sign: .plus, exponent: doublings, significand: 1)
    // Between two powers the weight grows in a straight line.
    let part = Double(rest) / Double(prioritiesPerDoubling)
    return part >= 0 ? whole * (1 + part) : whole / (1 - part)
  }

  /// A lane's pass after it was given `probes` at `turn`.
  package static func pass(after pass: Double, turn: Double, probes: UInt128, priority: Int) -> Double {
    max(pass, turn) + Double(probes) / weight(ofPriority: priority)
  }
}
