package import Model

/// Which agents of a lane's zone may take its jobs.
package struct ScanPlacement: Hashable, Sendable {
  /// These agents alone; empty: any.
  package var agents: [AgentID]
  /// Agents with every one of these tags.
  package var tags: [String]
  /// What the targets, and what is to be found out of them, ask of an agent.
  package var needs: Set<AgentCapability>

  package init(agents: [AgentID] = [], tags: [String] = [], needs: Set<AgentCapability> = []) {
    self.agents = agents
    self.tags = tags
    self.needs = needs
  }

  package func admits(_ agent: AgentRecord) -> Bool {
    (agents.isEmpty || agents.contains(agent.id)) && tags.allSatisfy(agent.tags.contains)
      && needs.allSatisfy(agent.can)
  }
}
