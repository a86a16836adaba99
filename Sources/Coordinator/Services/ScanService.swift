package import CoordinatorCore
package import Model

/// Takes scans in, tells how they are getting on, and ends them.
package struct ScanService: Sendable {
  /// What somebody asks for, as typed.
  package struct Submission: Sendable {
    package var targets: [String]
    package var exclusions: [String] = []
    package var ports: String?
    package var excludedPorts: String?
    package var site: String?
    package var zones: [String] = []
    package var timing: Int?
    package var rate: Int?
    package var ratePerAgent: Int?
    package var ratePerHost: Int?
    package var priority = 0
    package var maximumDuration: Duration?
    package var name: String?
    package var note: String?
    package var isConfirmed = false
    package var isDryRun = false

    package init(targets: [String]) { self.targets = targets }
  }

  /// What a submission costs, and the scan unless it was a dry run.
  package struct Receipt: Sendable {
    package let scan: ScanStatus?
    package let plan: ScanPlan
    /// Zones' names, or `any`.
    package let lanes: [String]
    package let secondsExpected: Double?
  }

  /// A scan with everything a listing says of it.
  package struct ScanStatus: Sendable {
    package let record: ScanRecord
    package let lanes: [LaneStatus]
    package let openCount: Int
  }

  package struct LaneStatus: Sendable {
    package let record: LaneRecord
    package let failures: [LaneFailure]
    package let runningJobs: Int
    package let pendingReason: String?
  }

  private let context: FleetContext
  private let resolver: any HostNameResolver

  package init(context: FleetContext, resolver: any HostNameResolver) {
    self.context = context
    self.resolver = resolver
  }

  /// Prices a scan and, unless it is a dry run, stores it.
  ///
  /// Throws a `Refusal` that points at the field: for expressions that cannot be read, names that cannot be resolved,
  /// nothing left to scan, addresses outside the authorised scope, or more than 2^40 probes without consent.
  package func submit(_ submission: Submission, by principal: AccessService.Principal) async throws -> Receipt {
    let planner = ScanPlanner(services: context.services)
    let expressions = try planner.parse(submission)
    let names = await resolver.addresses(of: expressions.hostNames)
    let now = context.clock.now
    let clock = context.clock
    let prepare: @Sendable (any ReadSession) throws -> (SiteRecord, [ZoneRecord?], ScanPlan, PlaceNames) = {
      [services = context.services] session in
      let places = try PlaceNames(session)
      let site = try places.site(named: submission.site, for: principal, at: "/site")
      let scope = try AuthorisedScope(rules: session.scopeRules(), site: site.id, at: clock.now, services: services)
      let plan = try planner.plan(expressions, resolved: names.resolved, failed: names.failed, scope: scope)
      return (site, try Self.placement(submission.zones, in: site, places), plan, places)
    }
    let (site, zones, plan, places) = try await context.store.read(prepare)
    let probes = plan.probes.multipliedReportingOverflow(by: UInt128(zones.count))
    if probes.overflow || probes.partialValue > ScanPlanner.consentLimit, !submission.isConfirmed, !submission.isDryRun
    {
      throw Refusal(
        .confirmationNeeded,
        "these are \(probes.overflow ? "2^128 or more" : "\(probes.partialValue)") probes; say --yes if they are meant",
        at: "/isConfirmed")
    }
    let laneNames = zones.map { zone in zone.map { places.name(of: $0.id) } ?? "any" }
    let seconds = try await secondsExpected(for: plan, site: site.id, zones: zones, submission: submission)
    guard !submission.isDryRun else {
      return Receipt(scan: nil, plan: plan, lanes: laneNames, secondsExpected: seconds)
    }
    let id = try await context.queue.commit { session in
      // Rules may have changed since they were read: what is stored is what today's rules permit.
      let (site, zones, plan, _) = try prepare(session)
      let id = try session.insertScan(
        plan.request(for: submission), site: site.id, submittedBy: principal.name, at: now)
      for zone in zones { _ = try session.insertLane(scan: id, zone: zone?.id, seed: .random(in: .min ... .max)) }
      return id
    }
    context.workSignal.fire()
    return Receipt(scan: try await scan(id).state, plan: plan, lanes: laneNames, secondsExpected: seconds)
  }

  /// The lanes of a scan: one for agents of any zone (nil), or one for each named zone.
  private static func placement(_ names: [String], in site: SiteRecord, _ places: PlaceNames) throws -> [ZoneRecord?] {
    switch names {
    case [], ["any"]: return [nil]
    case ["each"]: return places.zones.filter { $0.site == site.id }
    default:
      guard !names.contains("any"), !names.contains("each") else {
        throw Refusal(.invalidValue, "any and each stand alone; otherwise name zones", at: "/zones")
      }
      var seen: Set<ZoneID> = []
      var zones: [ZoneRecord] = []
      for (index, name) in names.enumerated() {
        let zone = try places.zone(named: name, in: site, at: "/zones/\(index)")
        if seen.insert(zone.id).inserted { zones.append(zone) }
      }
      return zones
    }
  }

  /// At the measured pace of the agents that may take part, and the rates asked for; nil while no pace is known.
  private func secondsExpected(
    for plan: ScanPlan, site: SiteID, zones: [ZoneRecord?], submission: Submission
  ) async throws -> Double? {
    let agents = try await context.store.read { try $0.agents(includingRemoved: false) }
    let slowest = zones.compactMap { zone -> Double? in
      let paces = agents.filter { $0.site == site && $0.duties.contains(.scan) && (zone == nil || $0.zone == zone?.id) }
        .compactMap(\.probesPerSecond)
        .map { min($0, Double(submission.ratePerAgent ?? .max)) }
      guard !paces.isEmpty else { return nil }
      return min(paces.reduce(0, +), Double(submission.rate ?? .max))
    }.min()
    return slowest.map { Double(plan.probes) / max(1, $0) }
  }

  package func places() async throws -> PlaceNames { try await context.store.read { try PlaceNames($0) } }

  package func scans(before: ScanID?, limit: Int) async throws -> (scans: [ScanStatus], places: PlaceNames) {
    try await context.store.read { session in
      (
        try session.scans(before: before, limit: limit).map { try Self.state(of: $0, agents: [], session) },
        try PlaceNames(session)
      )
    }
  }

  /// Throws a `Refusal` with `notFound`.
  package func scan(_ id: ScanID) async throws -> (state: ScanStatus, places: PlaceNames) {
    let silentBefore = context.clock.now - context.settings.silenceAfter
    return try await context.store.read { session in
      guard let scan = try session.scan(id) else { throw Refusal(.notFound, "there is no \(id)") }
      let agents = try session.agents(includingRemoved: false).filter { agent in
        agent.site == scan.site && agent.duties.contains(.scan)
      }
      let present = agents.filter { ($0.lastSeen ?? $0.enrolledAt) >= silentBefore }
      return (
        try Self.state(of: scan, agents: agents.map { ($0, present.contains($0)) }, session), try PlaceNames(session)
      )
    }
  }

  private static func state(
    of scan: ScanRecord, agents: [(record: AgentRecord, isPresent: Bool)], _ session: any ReadSession
  ) throws -> ScanStatus {
    let lanes = try session.lanes(of: scan.id).map { lane in
      let running = try session.jobs(of: lane.id, in: .leased).count
      return LaneStatus(
        record: lane, failures: try session.failures(of: lane.id), runningJobs: running,
        pendingReason: running > 0 || lane.state.isOver
          ? nil : pendingReason(lane, agents: agents.filter { lane.zone == nil || $0.record.zone == lane.zone }))
    }
    return ScanStatus(record: scan, lanes: lanes, openCount: try session.openCount(of: scan.id))
  }

  private static func pendingReason(
    _ lane: LaneRecord, agents: [(record: AgentRecord, isPresent: Bool)]
  ) -> String {
    let place = lane.zone == nil ? "in this site" : "in this zone"
    if agents.isEmpty { return "no agent \(place) has the duty to scan" }
    let present = agents.filter(\.isPresent)
    if present.isEmpty { return "no scanning agent \(place) has been heard of lately (\(agents.count) enrolled)" }
    return "waiting for a free agent (\(present.count) \(place))"
  }

  /// Ends a scan before its time; cancelling one that is over changes nothing.
  package func cancel(_ id: ScanID) async throws {
    let now = context.clock.now
    try await context.queue.commit { [context] session in
      guard let scan = try session.scan(id) else { throw Refusal(.notFound, "there is no \(id)") }
      guard !scan.state.isOver else { return }
      try JobLifecycle(session: session, settings: context.settings, now: now).end(scan, as: .cancelled)
    }
    context.orderSignal.fire()
  }
}
