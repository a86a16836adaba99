/// Sees every statement before it runs: where a store fails is decided by tests that make it fail.
package protocol StatementWatch: Sendable {
  /// Called on the connection's queue. Throwing fails the statement, and with it the change that runs it.
  func willRun(_ sql: String) throws
}
