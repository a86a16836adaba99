package import Model

package struct SiteRow: Codable, Sendable, Hashable {
  package var id: SiteID
  package var name: String
  package var zones: [String]
  package var createdAt: Timestamp

  package init(id: SiteID, name: String, zones: [String], createdAt: Timestamp) {
    self.id = id
    self.name = name
    self.zones = zones
    self.createdAt = createdAt
  }
}

package struct ZoneRow: Codable, Sendable, Hashable {
  package var id: ZoneID
  package var name: String
  package var site: String
  package var agents: Int
  /// Probes a second that its agents make together; absent: no bound.
  package var rate: Int?
  /// Jobs that its agents have at once; absent: no bound.
  package var maximumJobs: Int?
  package var createdAt: Timestamp

  package init(
    id: ZoneID, name: String, site: String, agents: Int, rate: Int?, maximumJobs: Int?, createdAt: Timestamp
  ) {
    self.id = id
    self.name = name
    self.site = site
    self.agents = agents
    self.rate = rate
    self.maximumJobs = maximumJobs
    self.createdAt = createdAt
  }
}

/// `POST /api/v1/sites`, `POST /api/v1/zones`.
package struct NewPlace: WireRequest, Hashable {
  package var name: String
  /// The site a zone lies in; absent for sites, and where there is only one site.
  package var site: String?

  package init(name: String, site: String? = nil) {
    self.name = name
    self.site = site
  }

  private enum CodingKeys: String, ListedFields { case name, site }
  package static var fieldNames: Set<String> { CodingKeys.names }
}

/// `POST /api/v1/agents/ID/tags`: tags that an agent is to have, and not to have.
package struct TagChange: WireRequest, Hashable {
  package var add: [String]?
  package var remove: [String]?

  package init(add: [String]? = nil, remove: [String]? = nil) {
    self.add = add
    self.remove = remove
  }

  private enum CodingKeys: String, ListedFields { case add, remove }
  package static var fieldNames: Set<String> { CodingKeys.names }
}

/// `PUT /api/v1/zones/ID/bounds`: what the agents of a zone do together, at most; absent: no bound.
package struct ZoneBounds: WireRequest, Hashable {
  package var rate: Int?
  package var maximumJobs: Int?

  package init(rate: Int?, maximumJobs: Int?) {
    self.rate = rate
    self.maximumJobs = maximumJobs
  }

  private enum CodingKeys: String, ListedFields { case rate, maximumJobs }
  package static var fieldNames: Set<String> { CodingKeys.names }
}

package struct AgentRow: Codable, Sendable, Hashable {
  package enum Presence: String, Codable, Sendable {
    case online, silent, removed
    /// Ends what it works on, and is given no new job.
    case draining
    case neverSeen = "never-seen"
  }

  package var id: AgentID
  package var name: String
  package var site: String
  package var zone: String
  package var presence: Presence
  package var duties: [Duty]
  package var tags: [String]
  package var version: String
  package var hostName: String
  package var operatingSystem: String
  package var enrolledAt: Timestamp
  package var lastSeen: Timestamp?
  package var inventoryAt: Timestamp?
  package var probesPerSecond: Double?
  package var currentJob: JobID?
  package var addresses: [String]
  /// Of `AgentCapability`; absent: an earlier agent, which does not say.
  package var capabilities: [String]?
  /// How far its clock runs ahead of the coordinator's; negative: behind.
  package var clockSkewMilliseconds: Int?
  package var spool: SpoolReport?
  /// Hosts of copies of this agent that were refused.
  package var duplicates: [String]

  package init(
    id: AgentID, name: String, site: String, zone: String, presence: Presence, duties: [Duty], tags: [String],
    version: String, hostName: String, operatingSystem: String, enrolledAt: Timestamp, lastSeen: Timestamp?,
    inventoryAt: Timestamp?, probesPerSecond: Double?, currentJob: JobID?, addresses: [String],
    capabilities: [String]? = nil, clockSkewMilliseconds: Int? = nil, spool: SpoolReport? = nil,
    duplicates: [String] = []
  ) {
    self.capabilities = capabilities
    self.clockSkewMilliseconds = clockSkewMilliseconds
    self.spool = spool
    self.duplicates = duplicates
    self.id = id
    self.name = name
    self.site = site
    self.zone = zone
    self.presence = presence
    self.duties = duties
    self.tags = tags
    self.version = version
    self.hostName = hostName
    self.operatingSystem = operatingSystem
    self.enrolledAt = enrolledAt
    self.lastSeen = lastSeen
    self.inventoryAt = inventoryAt
    self.probesPerSecond = probesPerSecond
    self.currentJob = currentJob
    self.addresses = addresses
  }
}
