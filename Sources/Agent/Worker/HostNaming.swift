package import Model

/// Looks up what hosts are called, beside the probing.
package protocol HostNaming: Sendable {
  /// Those of one job.
  func begin() -> any HostNameQuestions
}

/// Questions for names that are answered one after the other.
package protocol HostNameQuestions: Sendable {
  /// Does not block. False: too many wait, and there will be no answer.
  func ask(_ host: HostAddress) -> Bool
  /// Answers that have come since the last call.
  func takeAnswers() -> [(host: HostAddress, answer: HostNameAnswer)]
  /// Whether answers are still to come or to be taken.
  var isBusy: Bool { get }
  /// Nobody waits for answers any more.
  func giveUp()
}
