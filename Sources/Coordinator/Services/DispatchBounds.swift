internal import CoordinatorCore
internal import Model

/// How fast a job may go, and what it counts against.
struct LanePace: Sendable {
  /// The lowest rate that binds the job, of its scan's timing too; nil: none does.
  var probesPerSecond: Double?
  /// The lowest rate that is told to the agent and counted while the job runs; nil: none is.
  var granted: Int?
  var shares: [WorkShare]
}

/// The bounds of one agent's next job: of its zone, of the scan and its submitter, of the networks.
struct DispatchBounds {
  private let session: any WriteSession
  private let context: FleetContext
  private let agent: AgentRecord
  private let now: Timestamp
  private let zone: WorkBound

  init(session: any WriteSession, context: FleetContext, agent: AgentRecord, now: Timestamp) throws {
    self.session = session
    self.context = context
    self.agent = agent
    self.now = now
    let record = try session.zones().first { $0.id == agent.zone }
    zone = WorkBound(
      share: .zone(agent.zone), name: "zone \(record?.name ?? agent.zone.description)", jobs: record?.maximumJobs,
      probesPerSecond: record?.probesPerSecond)
  }

  /// What a scan counts against, with what runs of it now.
  static func bounds(
    of scan: ScanRecord, zone: WorkBound?, settings: FleetSettings, in session: any ReadSession
  ) throws -> [WorkBound] {
    let bounds =
      [
        WorkBound(
          share: .scan(scan.id), name: scan.id.description, jobs: scan.request.maximumJobs,
          probesPerSecond: scan.request.rate),
        WorkBound(
          share: .submitter(scan.submittedBy), name: scan.submittedBy, jobs: settings.jobsPerSubmitter,
          probesPerSecond: nil),
      ] + (zone.map { [$0] } ?? [])
    return try counted(bounds, in: session)
  }

  private static func counted(_ bounds: [WorkBound], in session: any ReadSession) throws -> [WorkBound] {
    let uses = try session.use(of: bounds.map(\.share))
    return bounds.map { bound in
      var bound = bound
      bound.use = uses[bound.share] ?? WorkUse()
      return bound
    }
  }

  /// Whether no bound of the scan itself is reached, whoever comes.
  func haveRoom(for scan: ScanRecord) throws -> Bool {
    try Self.bounds(of: scan, zone: nil, settings: context.settings, in: session).allSatisfy { $0.obstacle == nil }
  }

  /// Nil: a bound of the scan or the zone is reached.
  func pace(of scan: ScanRecord, lane: LaneRecord) throws -> LanePace? {
    let bounds = try Self.bounds(of: scan, zone: zone, settings: context.settings, in: session)
    guard bounds.allSatisfy({ $0.obstacle == nil }) else { return nil }
    let rates = bounds.map { bound in bound.part(forEachOf: sharers(of: bound, scan: scan, lane: lane)) }
    let granted = (rates + [scan.request.ratePerAgent]).compactMap(\.self).min()
    return LanePace(
      probesPerSecond: JobBudget.rate(
        [granted, scan.request.ratePerHost], timing: scan.request.timing, usual: scan.request.usualRate),
      granted: granted, shares: bounds.map(\.share))
  }

  /// The pace of a part that lies under some limits; nil: one of them is reached.
  func pace(_ pace: LanePace, within rules: [ScopeRule]) throws -> LanePace? {
    guard !rules.isEmpty else { return pace }
    let bounds = try Self.counted(
      rules.map { rule in
        WorkBound(
          share: .rule(rule.id), name: "rule \"\(rule.name)\"", jobs: rule.maximumJobs,
          probesPerSecond: rule.probesPerSecond)
      }, in: session)
    guard bounds.allSatisfy({ $0.obstacle == nil }) else { return nil }
    var pace = pace
    pace.shares += bounds.map(\.share)
    for bound in bounds {
      // Divided over those who work there now, and this one.
      guard let rate = bound.part(forEachOf: bound.use.jobs + 1) else { continue }
      pace.granted = min(pace.granted ?? .max, rate)
      pace.probesPerSecond = min(pace.probesPerSecond ?? .infinity, Double(rate))
    }
    return pace
  }

  /// Agents that may come for a lane's jobs.
  func agents(of scan: ScanRecord, lane: LaneRecord) -> Int {
    context.presence.scanningAgents(site: agent.site, zone: lane.zone, for: scan.request.placement, at: now)
  }

  /// Among how many agents a rate is divided: those that may come, but no more than the work that is left can keep busy.
  private func sharers(of bound: WorkBound, scan: ScanRecord, lane: LaneRecord) -> Int {
    guard let rate = bound.probesPerSecond else { return 1 }
    let zone = bound.share.kind == .zone ? agent.zone : lane.zone
    let agents = context.presence.scanningAgents(
      site: agent.site, zone: zone, for: scan.request.placement, at: now)
    let (size, isHuge) = scan.request.hostCount.multipliedReportingOverflow(by: UInt128(scan.request.portCount))
    let left = isHuge ? UInt128.max : size - min(size, lane.coverage.total)
    let jobs = left / UInt128(max(1, rate * Int(context.settings.jobBudget.duration.wholeMilliseconds) / 1_000))
    return max(1, Int(min(UInt128(agents), jobs + 1)))
  }
}
