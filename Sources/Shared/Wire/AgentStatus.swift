package import Model

/// `GET /agent/v1/clock`: who the agent is to the coordinator, and the coordinator's time.
package struct AgentStatus: Codable, Sendable, Hashable {
  package var agent: AgentID
  package var duties: [Duty]
  package var now: Timestamp
  package var inventoryMilliseconds: Int

  package init(agent: AgentID, duties: [Duty], now: Timestamp, inventoryMilliseconds: Int) {
    self.agent = agent
    self.duties = duties
    self.now = now
    self.inventoryMilliseconds = inventoryMilliseconds
  }
}
