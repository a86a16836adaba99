/// Where the worker says what it does: one line an event.
package protocol WorkerLog: Sendable {
  func note(_ line: String)
}
