package import Model

/// What an agent says of itself each time it starts.
package struct AgentFacts: Hashable, Sendable {
  package var version: String
  package var hostName: String
  package var operatingSystem: String
  package var protocolMinor: Int
  package var capabilities: Set<AgentCapability>

  package init(
    version: String, hostName: String, operatingSystem: String, protocolMinor: Int, capabilities: Set<AgentCapability>
  ) {
    self.version = version
    self.hostName = hostName
    self.operatingSystem = operatingSystem
    self.protocolMinor = protocolMinor
    self.capabilities = capabilities
  }

  /// Whether the record says the same.
  package func agree(with agent: AgentRecord) -> Bool {
    version == agent.version && hostName == agent.hostName && operatingSystem == agent.operatingSystem
      && protocolMinor == agent.protocolMinor && capabilities == agent.capabilities
  }
}
