package import CoordinatorCore
package import Model

/// What the services share: the store and its queue, the clock, the settings, and those who wait for one another.
package struct FleetContext: Sendable {
  package let store: any CoordinatorStore
  package let queue: CommitQueue
  package let clock: any WallClock
  package let settings: FleetSettings
  package let services: ServiceNames
  /// Agents that wait for work.
  package let askers = Waiters<AskingAgent>()
  /// Renewals that are held open, so that an order to stop arrives at once.
  package let holders = Waiters<LeaseHolder>()
  package let presence: AgentPresence
  package let measurements: Measurements
  /// Makes the seeds by which lanes are permuted.
  let laneSeed: @Sendable () -> UInt64
  let directory = AgentDirectory()
  let spaces: ScanSpaces
  let scopes: ScopeCache
  let leaseRequests = LeaseRequests()
  let readiness = Readiness()
  let abundance = WorkAbundance()

  package init(
    store: any CoordinatorStore, queue: CommitQueue, clock: any WallClock, settings: FleetSettings,
    services: ServiceNames, laneSeed: @escaping @Sendable () -> UInt64 = { .random(in: .min ... .max) }
  ) {
    self.laneSeed = laneSeed
    self.store = store
    self.queue = queue
    self.clock = clock
    self.settings = settings
    self.services = services
    measurements = queue.measurements
    presence = AgentPresence(silenceAfter: settings.silenceAfter)
    spaces = ScanSpaces(services: services)
    scopes = ScopeCache(services: services)
  }

  /// Ends every wait, so that open requests are answered when the coordinator stops.
  package func endWaits() {
    askers.close()
    holders.close()
  }

  /// There may be work for agents of this site (and zone): some of those that wait look for it, and each that finds some
  /// calls others.
  func offerWork(in site: SiteID, zone: ZoneID?, for placement: ScanPlacement = ScanPlacement(), to limit: Int) {
    askers.wake(limit) { asker in
      let agent = asker.agent
      return agent.site == site && (zone == nil || agent.zone == zone) && agent.drainedAt == nil
        && placement.admits(agent)
    }
  }

  /// Notes that the agent was heard of, inside a transaction that is made anyway.
  func note(_ agent: AgentRecord, at time: Timestamp, in session: any WriteSession) throws {
    if presence.heard(agent, at: time) { try session.markSeen(agent.id, at: time) }
  }
}
