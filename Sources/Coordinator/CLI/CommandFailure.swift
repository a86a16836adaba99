/// A command that ends without having done what was asked: one line for the terminal and the exit status of CLI.md.
package struct CommandFailure: Error, Sendable, CustomStringConvertible {
  package enum Status: Int32, Sendable {
    case failed = 1
    case notAuthorised = 4
    case incomplete = 5
    case unreachable = 6
    case refused = 7
    case timedOut = 8
    case usage = 64
    case interrupted = 130
  }

  package let description: String
  package let status: Status

  package init(_ description: String, status: Status = .failed) {
    self.description = description
    self.status = status
  }
}
