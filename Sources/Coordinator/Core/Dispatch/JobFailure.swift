/// What becomes of a job whose lease ended with work left: waits, is halved, or is benched.
package enum JobFailure {
  /// Halves this small are not halved again: what poisons them is found.
  private static let smallestHalf: UInt128 = 16
  /// A job of the largest size comes down to that.
  private static let halvingLimit = 8

  package enum Outcome: Hashable, Sendable {
    /// Waits for the next agent, having failed so many times in a row.
    case wait(attempt: Int)
    /// One half of it harms nobody, perhaps: two jobs take its place, each with attempts of its own.
    case halve
    /// Shown with its last error, and tried no more.
    case bench
  }

  /// Decided by how often in a row the job came to nothing, this time included (progress starts the count anew), how
  /// often is enough, how many endpoints are left in it, and how often it was halved.
  package static func outcome(attempt: Int, limit: Int, size: UInt128, halvings: Int) -> Outcome {
    guard attempt >= limit else { return .wait(attempt: max(0, attempt)) }
    return size >= smallestHalf * 2 && halvings < halvingLimit ? .halve : .bench
  }
}
