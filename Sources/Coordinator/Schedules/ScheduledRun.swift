package import Model

/// One coming run, with what the clock does to it.
package struct ScheduledRun: Hashable, Sendable {
  package enum Shift: Hashable, Sendable {
    /// The clock shows the wanted time never on that day: the run is moved to where it goes on.
    case movedOverGap(wanted: LocalTime)
    /// The clock shows the time twice, and this is the first.
    case firstOfTwo
    /// The clock shows the time twice, and the run comes in both.
    case again
  }

  package var time: Timestamp
  package var shift: Shift?

  /// For people: why it is not when they would expect it.
  package var note: String? {
    switch shift {
    case nil: nil
    case .movedOverGap(let wanted): "the clock goes forward and skips \(wanted.clockText)"
    case .firstOfTwo: "the clock goes back and shows this time twice; this is the first"
    case .again: "the clock goes back and shows this time again"
    }
  }
}
