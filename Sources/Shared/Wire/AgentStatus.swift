package import Model

/// `GET /agent/v1/clock` and the answer to `hello`: who the agent is to the coordinator, and the coordinator's time.
package struct AgentStatus: Codable, Sendable, Hashable {
  package var agent: AgentID
  package var duties: [Duty]
  package var now: Timestamp
  package var inventoryMilliseconds: Int
  /// The minor version of the protocol that the coordinator speaks; absent: 0.
  package var protocolMinor: Int?
  /// When the next `hello` is wanted.
  package var helloMilliseconds: Int?

  package init(
    agent: AgentID, duties: [Duty], now: Timestamp, inventoryMilliseconds: Int, protocolMinor: Int? = nil,
    helloMilliseconds: Int? = nil
  ) {
    self.protocolMinor = protocolMinor
    self.helloMilliseconds = helloMilliseconds
    self.agent = agent
    self.duties = duties
    self.now = now
    self.inventoryMilliseconds = inventoryMilliseconds
  }
}
