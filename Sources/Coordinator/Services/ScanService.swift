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
    package var transports: Set<TransportProtocol> = [.tcp]
    package var identifies = false
    /// Look up what hosts that answer are called.
    package var looksUpNames = false
    package var site: String?
    package var zones: [String] = []
    package var timing: Int?
    package var rate: Int?
    package var ratePerAgent: Int?
    package var ratePerHost: Int?
    package var priority = 0
    package var maximumJobs: Int?
    /// `agent:3`, `3`, or names.
    package var agents: [String] = []
    package var tags: [String] = []
    package var maximumDuration: Duration?
    package var name: String?
    package var note: String?
    /// Probe in blackouts too.
    package var ignoresBlackouts = false
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
    /// In its way.
    package let blackouts: [BlackoutCalendar.Coming]
    /// With those agents that the scan names.
    package let places: PlaceNames
  }

  /// A scan with everything a listing says of it.
  package struct ScanStatus: Sendable {
    package let record: ScanRecord
    package let lanes: [LaneStatus]
    package let openCount: Int

    /// Agents of which it tells something.
    var agents: [AgentID] {
      lanes.flatMap { lane in
        lane.failures.map(\.agent)
          + lane.skips.compactMap { skip in
            if case .policy(let agent) = skip.cause { agent } else { nil }
          }
      }
    }
  }

  package struct LaneStatus: Sendable {
    package let record: LaneRecord
    package let failures: [LaneFailure]
    package let skips: [LaneSkip]
    package let runningJobs: Int
    package let waitingJobs: Int
    /// The first of the jobs that failed too often.
    package let benched: [JobRecord]
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
    let prepared = try await prepare(submission, by: principal)
    let (site, zones, plan, places, _) = try await context.store.read { try prepared.checked(in: $0) }
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
    let inTheWay =
      submission.ignoresBlackouts
      ? [] : try await blackouts(over: site.id, zones.map { $0?.id }, plan.space.set, lasting: seconds)
    guard !submission.isDryRun else {
      return Receipt(
        scan: nil, plan: plan, lanes: laneNames, secondsExpected: seconds, blackouts: inTheWay, places: places)
    }
    // Rules may have changed since they were read: what is stored is what today's rules permit.
    let stored = try await context.queue.commit { try prepared.store(in: $0) }
    offer(stored)
    let (state, named) = try await scan(stored.id)
    return Receipt(
      scan: state, plan: plan, lanes: laneNames, secondsExpected: seconds, blackouts: inTheWay, places: named)
  }

  /// Reads the expressions and resolves the names; what may be scanned is decided when it is stored.
  ///
  /// Throws a `Refusal` for expressions that cannot be read.
  func prepare(_ submission: Submission, by principal: AccessService.Principal) async throws -> PreparedScan {
    let planner = ScanPlanner(services: context.services)
    let expressions = try planner.parse(submission)
    return PreparedScan(
      submission: submission, principal: principal, context: context, planner: planner, expressions: expressions,
      names: await resolver.addresses(of: expressions.hostNames))
  }

  /// Whether names have to be looked up for it. Throws a `Refusal` for words that cannot be read.
  func hasHostNames(_ submission: Submission) throws -> Bool {
    try !ScanPlanner(services: context.services).parse(submission).hostNames.isEmpty
  }

  /// Calls agents to a scan that has just been stored.
  func offer(_ stored: PreparedScan.Stored) {
    for zone in stored.zones { context.offerWork(in: stored.site, zone: zone, for: stored.placement, to: 16) }
  }

  /// Blackouts that hold up some of it now, or will before it should be over.
  private func blackouts(
    over site: SiteID, _ zones: [ZoneID?], _ targets: AddressSet, lasting seconds: Double?
  ) async throws -> [BlackoutCalendar.Coming] {
    let now = context.clock.now
    let end = now + .milliseconds(Int64(min(seconds ?? 0, 366 * 86_400) * 1_000))
    let records = try await context.store.read { try $0.blackouts() }
    return records.filter { record in
      zones.contains { record.zone == nil || $0 == nil || record.zone == $0 } && (record.site ?? site) == site
        && (record.networks.isEmpty || !targets.isDisjoint(with: AddressSet(record.networks.map { HostRange($0) })))
    }.compactMap { context.blackouts.coming($0, from: now, to: end) }
  }

  /// The lanes of a scan: one for agents of any zone (nil), or one for each named zone.
  static func placement(_ names: [String], in site: SiteRecord, _ places: PlaceNames) throws -> [ZoneRecord?] {
    switch names {
    case [], ["any"]: return [nil]
    case ["each"]: return places.zones.filter { $0.site == site.id && !$0.isImport }
    default:
      guard !names.contains("any"), !names.contains("each") else {
        throw Refusal(.invalidValue, "any and each stand alone; otherwise name zones", at: "/zones")
      }
      var seen: Set<ZoneID> = []
      var zones: [ZoneRecord] = []
      for (index, name) in names.enumerated() {
        let zone = try places.zone(named: name, in: site, at: "/zones/\(index)")
        guard !zone.isImport else {
          throw Refusal(
            .invalidValue, "no agent stands in the zone \"\(name)\": it is what files tell", at: "/zones/\(index)")
        }
        if seen.insert(zone.id).inserted { zones.append(zone) }
      }
      return zones
    }
  }

  /// The agents that are named, by id or by name.
  static func agents(_ names: [String], in site: SiteRecord, _ session: any ReadSession) throws -> [AgentID] {
    guard !names.isEmpty else { return [] }
    let known = try session.agents(includingRemoved: false).filter { $0.site == site.id && $0.duties.contains(.scan) }
    return try names.enumerated().map { index, name in
      guard let agent = known.first(where: { $0.name == name || AgentID(name) == $0.id }) else {
        throw Refusal(
          .invalidValue, "no scanning agent of site \(site.name) is called \"\(name)\"", at: "/agents/\(index)")
      }
      return agent.id
    }
  }

  /// At the measured pace of the agents that may take part, and the rates asked for; nil while no pace is known.
  func secondsExpected(
    for plan: ScanPlan, site: SiteID, zones: [ZoneRecord?], submission: Submission
  ) async throws -> Double? {
    let usual = JobBudget.usualRate(hasUDP: !plan.ports.udp.isEmpty, identifies: plan.identifies) ?? .infinity
    let most = min(usual, submission.ratePerAgent.map(Double.init) ?? .infinity)
    let paces = try await context.store.read { session in
      try zones.compactMap { try session.pace(site: site, zone: $0?.id, upTo: most.isFinite ? most : nil) }
    }
    let slowest = paces.map { min($0, Double(submission.rate ?? .max)) }.min()
    return slowest.map { Double(plan.probes) / max(1, $0) }
  }

  package func scans(before: ScanID?, limit: Int) async throws -> (scans: [ScanStatus], places: PlaceNames) {
    try await context.store.read { session in
      let scans = try session.scans(before: before, limit: limit).map { try Self.state(of: $0, session) { _ in nil } }
      return (scans, try PlaceNames.with(Set(scans.flatMap(\.agents)), session))
    }
  }

  /// Throws a `Refusal` with `notFound`.
  package func scan(_ id: ScanID) async throws -> (state: ScanStatus, places: PlaceNames) {
    let now = context.clock.now
    return try await context.store.read { [context] session in
      guard let scan = try session.scan(id) else { throw Refusal(.notFound, "there is no \(id)") }
      let reason = PendingReason(session: session, context: context, scan: scan, now: now)
      let status = try Self.state(of: scan, session) { try reason.text(for: $0) }
      return (status, try PlaceNames.with(Set(status.agents), session))
    }
  }

  private static func state(
    of scan: ScanRecord, _ session: any ReadSession, reason: (LaneRecord) throws -> String?
  ) throws -> ScanStatus {
    let lanes = try session.lanes(of: scan.id).map { lane in
      let running = try session.jobs(of: lane.id, in: .leased).count
      return LaneStatus(
        record: lane, failures: try session.failures(of: lane.id), skips: try session.skips(of: lane.id),
        runningJobs: running,
        waitingJobs: try session.jobs(of: lane.id, in: .pending).count,
        benched: try session.jobs(of: lane.id, in: .benched, limit: Self.benchedShown),
        pendingReason: running > 0 || lane.state.isOver ? nil : try reason(lane))
    }
    return ScanStatus(record: scan, lanes: lanes, openCount: try session.openCount(of: scan.id))
  }

  /// Benched jobs that a scan shows with their last error.
  private static let benchedShown = 20

  /// Ends a scan before its time; cancelling one that is over changes nothing.
  package func cancel(_ id: ScanID) async throws {
    let now = context.clock.now
    try await context.queue.commit { [context] session in
      guard let scan = try session.scan(id) else { throw Refusal(.notFound, "there is no \(id)") }
      guard !scan.state.isOver else { return }
      try JobLifecycle(session: session, settings: context.settings, now: now).end(scan, as: .cancelled)
    }
    context.holders.wake()
  }

  /// No new job is given out, and running ones are given back with what they have found.
  ///
  /// Throws a `Refusal`: `notFound`, or `conflict` for a scan that is over. Pausing a paused scan changes nothing.
  package func pause(_ id: ScanID) async throws {
    try await change(id) { scan, session, now in
      guard scan.state != .paused else { return }
      try session.setState(.paused, of: scan.id, at: now)
      for lane in try session.lanes(of: scan.id) where !lane.state.isOver {
        try session.setState(.paused, of: lane.id)
      }
    }
    context.holders.wake()
  }

  /// Throws as `pause` does. Resuming a scan that is not paused changes nothing.
  package func resume(_ id: ScanID) async throws {
    let site = try await change(id) { scan, session, now in
      guard scan.state == .paused else { return }
      let state: ScanState = scan.startedAt == nil ? .queued : .running
      try session.setState(state, of: scan.id, at: now)
      let lifecycle = JobLifecycle(session: session, settings: context.settings, now: now)
      for lane in try session.lanes(of: scan.id) where lane.state == .paused {
        try session.setState(state, of: lane.id)
        // What ran when the scan was paused may have been its last job.
        try lifecycle.settle(lane.id)
      }
    }
    context.offerWork(in: site, zone: nil, to: 16)
  }

  @discardableResult
  private func change(
    _ id: ScanID, _ body: @escaping @Sendable (ScanRecord, any WriteSession, Timestamp) throws -> Void
  ) async throws -> SiteID {
    let now = context.clock.now
    return try await context.queue.commit { session in
      guard let scan = try session.scan(id) else { throw Refusal(.notFound, "there is no \(id)") }
      guard !scan.state.isOver else { throw Refusal(.conflict, "\(id) is \(scan.state.rawValue)") }
      try body(scan, session, now)
      return scan.site
    }
  }
}
