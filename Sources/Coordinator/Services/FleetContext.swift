package import CoordinatorCore
package import Model
package import Schedules

/// What the services share: the store and its queue, the clock, the settings, and those who wait for one another.
package struct FleetContext: Sendable {
  package let store: any CoordinatorStore
  package let queue: CommitQueue
  package let clock: any WallClock
  package let settings: FleetSettings
  package let services: ServiceNames
  /// Agents that wait for work.
  package let askers = Waiters<AskingAgent, WorkCall>()
  /// Renewals that are held open, so that an order to stop arrives at once.
  package let holders = Waiters<LeaseHolder, Void>()
  package let presence: AgentPresence
  package let measurements: Measurements
  /// Makes the seeds by which lanes are permuted.
  let laneSeed: @Sendable () -> UInt64
  /// Fires when there is something to deliver.
  package let outbox = Signal()
  let directory = AgentDirectory()
  let spaces: ScanSpaces
  let scopes: ScopeCache
  let leaseRequests = LeaseRequests()
  let readiness = Readiness()
  let abundance = WorkAbundance()
  let lanePauses = LanePauses()
  package let timeZones: any TimeZoneSource
  let blackouts: BlackoutCalendar

  package init(
    store: any CoordinatorStore, queue: CommitQueue, clock: any WallClock, settings: FleetSettings,
    services: ServiceNames, timeZones: any TimeZoneSource = UniversalTime(),
    laneSeed: @escaping @Sendable () -> UInt64 = { .random(in: .min ... .max) }
  ) {
    self.laneSeed = laneSeed
    self.timeZones = timeZones
    blackouts = BlackoutCalendar(timeZones: timeZones)
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
    let place = WorkPlace(zone: zone, placement: placement)
    askers.wake(limit, noting: WorkCall(site: site, zonesAsked: zone == nil ? [] : nil)) {
      $0.agent.site == site && place.admits($0)
    }
  }

  /// There may be work for agents anywhere. Throws what the store throws.
  func offerWorkEverywhere() async throws {
    for site in try await store.read({ try $0.sites() }) { offerWork(in: site.id, zone: nil, to: 16) }
  }

  /// The agent was called for work and found none that it may do, but perhaps some for others: one of those is called to each
  /// place, and one of a zone that nobody of this call has looked from.
  func passOn(_ call: Waiters<AskingAgent, WorkCall>.WakeUp, by agent: AgentRecord, to places: [WorkPlace]) {
    let site = call.note.site
    for place in places {
      askers.pass(call, to: 1, noting: WorkCall(site: site, zonesAsked: nil)) {
        $0.agent.site == site && place.admits($0)
      }
    }
    guard let asked = call.note.zonesAsked?.union([agent.zone]) else { return }
    askers.pass(call, to: 1, noting: WorkCall(site: site, zonesAsked: asked)) {
      $0.agent.site == site && $0.agent.drainedAt == nil && !asked.contains($0.agent.zone)
    }
  }

  /// The agent was called for work and did not look, or did not need to: another one is called instead.
  func passOn(_ call: Waiters<AskingAgent, WorkCall>.WakeUp) {
    askers.pass(call, to: 1, noting: call.note) {
      $0.agent.site == call.note.site && $0.agent.drainedAt == nil
    }
  }

  /// Notes that the agent was heard of, inside a transaction that is made anyway.
  func note(_ agent: AgentRecord, at time: Timestamp, in session: any WriteSession) throws {
    if presence.heard(agent, at: time) { try session.markSeen(agent.id, at: time) }
  }
}
