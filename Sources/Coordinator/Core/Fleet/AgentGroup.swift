internal import Model

/// Scanning agents of which a placement admits all or none, and which are all drained or none: a fleet has few kinds of agents.
package struct AgentGroup: Hashable, Sendable {
  /// One of them, to ask a placement about.
  package var example: AgentRecord
  package var count: Int
  /// Those heard of lately.
  package var presentCount: Int

  package init(example: AgentRecord, count: Int, presentCount: Int) {
    self.example = example
    self.count = count
    self.presentCount = presentCount
  }
}
