package import Model

/// Reading sites, zones and agents, inside one transaction. Throws what the store throws.
package protocol FleetReading {
  func sites() throws -> [SiteRecord]
  func zones() throws -> [ZoneRecord]
  func agents(includingRemoved: Bool) throws -> [AgentRecord]
  /// What agents are called, removed ones too.
  func agentNames() throws -> [AgentID: String]
  /// The agent that is called so at a site, if it was not removed.
  func agent(named name: String, at site: SiteID) throws -> AgentRecord?
  /// Probes a second that the scanning agents of a site (and zone) have lately managed together, each counted up to `most`; nil
  /// while none has worked.
  func pace(site: SiteID, zone: ZoneID?, upTo most: Double?) throws -> Double?
  /// The scanning agents of a site (and zone) by what a placement asks of them but for their names; present are those that
  /// were stored as heard of between two times.
  func scanningAgents(site: SiteID, zone: ZoneID?, heardIn times: ClosedRange<Timestamp>) throws -> [AgentGroup]
  func agent(_ id: AgentID) throws -> AgentRecord?
  func agent(secretHash: [UInt8]) throws -> AgentRecord?
  func interfaces(of agent: AgentID) throws -> [InterfaceAddress]
  /// The job each agent holds a lease on now.
  func currentJobs() throws -> [AgentID: JobID]
  /// Orders in force that nobody probes.
  func halts() throws -> [HaltRecord]
}

/// Changing sites, zones and agents, inside one transaction.
package protocol FleetWriting: FleetReading {
  func insertSite(name: String, at time: Timestamp) throws -> SiteRecord
  func insertZone(name: String, site: SiteID, at time: Timestamp) throws -> ZoneRecord
  func insertAgent(_ agent: NewAgent) throws -> AgentID
  func markSeen(_ agent: AgentID, at time: Timestamp) throws
  func setFacts(_ facts: AgentFacts, of agent: AgentID) throws
  func setPace(_ agent: AgentID, probesPerSecond: Double) throws
  /// The agent's secret stops working; its inventory goes with it.
  func removeAgent(_ agent: AgentID, at time: Timestamp) throws
  /// The secret it had until now stops working.
  func setSecret(hash: [UInt8], of agent: AgentID) throws
  /// Another installation takes the agent's place: its secret, and what it says of itself. Name, zone, duties and tags stay as they
  /// are; addresses and the place in its inventory are forgotten.
  func replaceAgent(_ agent: AgentID, by newcomer: NewAgent) throws
  func setTags(_ tags: [String], of agent: AgentID) throws
  /// Nil: the agent is given jobs again.
  func setDrained(_ agent: AgentID, at time: Timestamp?) throws
  func setBounds(of zone: ZoneID, probesPerSecond: Int?, maximumJobs: Int?) throws
  func insertHalt(site: SiteID?, zone: ZoneID?, note: String, by: String, at time: Timestamp) throws
  func removeHalt(_ id: HaltID) throws
  /// Replaces the addresses that an agent reports as its own; those that are gone are kept as the past's.
  func setInterfaces(_ addresses: [InterfaceAddress], of agent: AgentID, at time: Timestamp) throws
}
