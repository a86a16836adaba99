package import Model

/// `POST /agent/v1/enroll`, authenticated by a join token: a new agent introduces itself.
package struct EnrollRequest: WireRequest, Hashable {
  package var protocolVersion: Int
  /// The name people see; the host's name by default.
  package var name: String
  /// Random, made once per installation: hardware identities repeat on cloned machines.
  package var installation: String
  package var version: String
  package var hostName: String
  package var operatingSystem: String
  /// The agent whose place it takes, by name or id; the join token must be for it.
  package var replaces: String?

  package init(
    protocolVersion: Int = AgentProtocol.version, name: String, installation: String, version: String,
    hostName: String, operatingSystem: String, replaces: String? = nil
  ) {
    self.protocolVersion = protocolVersion
    self.name = name
    self.installation = installation
    self.version = version
    self.hostName = hostName
    self.operatingSystem = operatingSystem
    self.replaces = replaces
  }

  private enum CodingKeys: String, ListedFields {
    case protocolVersion, name, installation, version, hostName, operatingSystem, replaces
  }
  package static var fieldNames: Set<String> { CodingKeys.names }
}

/// The answer: who the agent is from now on. The secret is shown this once.
package struct EnrollResponse: Codable, Sendable, Hashable {
  package var agent: AgentID
  package var name: String
  package var secret: String
  package var site: String
  package var zone: String
  package var duties: [Duty]

  package init(agent: AgentID, name: String, secret: String, site: String, zone: String, duties: [Duty]) {
    self.agent = agent
    self.name = name
    self.secret = secret
    self.site = site
    self.zone = zone
    self.duties = duties
  }
}
