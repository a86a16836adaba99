package import Wire

/// An answer that is a problem, with what its header says about a repetition.
package struct RefusedRequest: Error, Sendable {
  package let problem: Problem
  /// How long to wait before the request is sent again (Retry-After in seconds, RFC 9110, 10.2.3); the form with a date is
  /// not read, because clocks differ.
  package let retryAfter: Duration?

  init(_ problem: Problem, headers: [String: String]) {
    self.problem = problem
    retryAfter = headers["retry-after"].flatMap { UInt32($0) }.map { .seconds($0) }
  }
}
