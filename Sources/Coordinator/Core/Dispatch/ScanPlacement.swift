package import Model

/// Which agents of a lane's zone may take its jobs.
package struct ScanPlacement: Hashable, Sendable {
  /// These agents alone; empty: any.
  package var agents: [AgentID]
  /// Agents with every one of these tags.
  package var tags: [String]

  package init(agents: [AgentID] = [], tags: [String] = []) {
    self.agents = agents
    self.tags = tags
  }

  package func admits(_ agent: AgentRecord) -> Bool {
    (agents.isEmpty || agents.contains(agent.id)) && tags.allSatisfy(agent.tags.contains)
  }
}
