package import Model

/// An enrolled agent.
package struct AgentRecord: Hashable, Sendable {
  package var id: AgentID
  package var name: String
  package var site: SiteID
  package var zone: ZoneID
  package var installation: String
  package var duties: Set<Duty>
  package var tags: [String]
  package var version: String
  package var hostName: String
  package var operatingSystem: String
  package var enrolledAt: Timestamp
  package var lastSeen: Timestamp?
  package var removedAt: Timestamp?
  package var inventoryAt: Timestamp?
  /// Probes a second it has lately managed; nil before its first job.
  package var probesPerSecond: Double?
  /// The minor version of the protocol that it speaks.
  package var protocolMinor: Int
  /// What its host lets it do; nil: an earlier agent, which does not say.
  package var capabilities: Set<AgentCapability>?
  /// Since then it is given no new job; nil: it works.
  package var drainedAt: Timestamp?

  package init(
    id: AgentID, name: String, site: SiteID, zone: ZoneID, installation: String, duties: Set<Duty>, tags: [String],
    version: String, hostName: String, operatingSystem: String, enrolledAt: Timestamp, lastSeen: Timestamp?,
    removedAt: Timestamp?, inventoryAt: Timestamp?, probesPerSecond: Double?,
    protocolMinor: Int = 0, capabilities: Set<AgentCapability>? = nil, drainedAt: Timestamp? = nil
  ) {
    self.id = id
    self.name = name
    self.site = site
    self.zone = zone
    self.installation = installation
    self.duties = duties
    self.tags = tags
    self.version = version
    self.hostName = hostName
    self.operatingSystem = operatingSystem
    self.enrolledAt = enrolledAt
    self.lastSeen = lastSeen
    self.removedAt = removedAt
    self.inventoryAt = inventoryAt
    self.probesPerSecond = probesPerSecond
    self.protocolMinor = protocolMinor
    self.capabilities = capabilities
    self.drainedAt = drainedAt
  }

  /// Whether a job may ask this of the agent.
  ///
  /// One of before, which does not say what it can do, is believed to reach IPv6. The others came into jobs with a minor
  /// version; an earlier agent may say that it can, and means what it does alone.
  package func can(_ capability: AgentCapability) -> Bool {
    switch capability {
    case .ipv6: capabilities?.contains(.ipv6) ?? true
    case .udp, .identification, .names:
      protocolMinor >= capability.sinceMinor && capabilities?.contains(capability) == true
    }
  }
}

extension AgentRecord {
  /// Whether a job may ask of the agent what becomes of echoes to hosts; that it may send some is not said by this.
  package var tellsEchoes: Bool { protocolMinor >= 5 }
}

extension AgentCapability {
  /// The minor version of the protocol with which jobs may ask for it (`AgentProtocol.minorVersion`).
  package var sinceMinor: Int {
    switch self {
    case .ipv6: 0
    case .udp, .identification: 2
    case .names: 3
    }
  }
}
