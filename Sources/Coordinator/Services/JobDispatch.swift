internal import CoordinatorCore
internal import CoordinatorTrust
internal import Model

/// Finds the next job for an agent and leases it, inside one transaction: lanes in their turn, work that came back before
/// work that is new, and nothing beyond a bound.
struct JobDispatch {
  let session: any WriteSession
  let context: FleetContext
  let agent: AgentRecord
  let slot: LeaseSlot
  /// Probes a second that the agent has lately managed; nil before its first job.
  let pace: Double?
  let now: Timestamp
  /// The agent was called: what it may not do itself is told, so that others are called.
  let isCalled: Bool
  /// In force, wherever.
  let blackouts: [ActiveBlackout]

  /// What one transaction came to.
  enum Outcome: Sendable {
    /// `mayHaveMore`: others who wait may find work in the same lane.
    case granted(LeaseService.Grant, zone: ZoneID?, mayHaveMore: Bool)
    /// Much of a lane was skipped and its end is not reached: another transaction goes on.
    case cursorMoved
    case nothing
    /// Nothing for this agent in this slot, but perhaps for others.
    case elsewhere([WorkPlace])
  }

  /// Places told of at a time: each costs a wake-up.
  private static let placeLimit = 16

  /// Lanes read at a time.
  private static let page = 64
  /// Lanes looked at in one transaction; others wait meanwhile.
  private static let laneLimit = 1_024
  /// Cuts in one transaction that may come to nothing because rules have changed since submission.
  private static let cutLimit = 256
  /// Jobs of a lane that wait for a limit of their network; more are not cut until some of them have run.
  private static let heldLimit = 64

  private var lifecycle: JobLifecycle { JobLifecycle(session: session, settings: context.settings, now: now) }

  func next() throws -> Outcome {
    guard agent.drainedAt == nil,
      try !session.halts().contains(where: { $0.binds(site: agent.site, zone: agent.zone) })
    else { return .nothing }
    let scope = try context.scopes.scope(of: agent.site, at: now, in: session)
    let bounds = try DispatchBounds(session: session, context: context, agent: agent, now: now)
    let isBlackedOut = blackouts.contains {
      $0.record.networks.isEmpty && $0.record.binds(site: agent.site, zone: agent.zone)
    }
    let besides = try lanesBesides()
    var hasMovedCursor = false
    var elsewhere: [WorkPlace] = []
    var position: LanePosition?
    for _ in 0..<(Self.laneLimit / Self.page) {
      let lanes = try session.openLanes(site: agent.site, zone: agent.zone, after: position, limit: Self.page)
      for lane in lanes {
        guard let scan = try session.scan(lane.scan), !scan.state.isOver else { continue }
        if isBlackedOut, !scan.request.ignoresBlackouts { continue }
        // What an agent works on already needs no express job.
        let isForBulk = try slot == .express && !session.jobs(of: lane.id, in: .leased, limit: 1).isEmpty
        guard scan.request.placement.admits(agent), !besides.contains(lane.id), !isForBulk else {
          let place = WorkPlace(
            zone: lane.zone, placement: scan.request.placement, slot: isForBulk ? .bulk : nil)
          if isCalled, elsewhere.count < Self.placeLimit, !elsewhere.contains(place), try bounds.haveRoom(for: scan) {
            elsewhere.append(place)
          }
          continue
        }
        guard let lanePace = try bounds.pace(of: scan, lane: lane) else { continue }
        let outcome = try job(of: lane, scan: scan, scope: scope, bounds: bounds, lanePace: lanePace)
        switch outcome {
        case .granted: return outcome
        // A lane that rules have come to forbid, for the greater part, must not hold up the others.
        case .cursorMoved: hasMovedCursor = true
        case .nothing, .elsewhere: try lifecycle.settle(lane.id)
        }
      }
      guard lanes.count == Self.page, let last = lanes.last else { break }
      position = LanePosition(pass: last.pass, lane: last.id)
    }
    return hasMovedCursor ? .cursorMoved : elsewhere.isEmpty ? .nothing : .elsewhere(elsewhere)
  }

  /// Lanes that the agent works on in its other slot: two jobs of one scan would probe at twice its pace for each agent.
  private func lanesBesides() throws -> Set<LaneID> {
    Set(
      try session.runningLeases(of: agent.id).filter { $0.slot != slot }.compactMap { try session.job($0.job)?.lane })
  }

  /// A job that came back, or one newly cut, if the lane has any to give out.
  private func job(
    of lane: LaneRecord, scan: ScanRecord, scope: AuthorisedScope, bounds: DispatchBounds, lanePace: LanePace
  ) throws -> Outcome {
    var waiting = try WaitingJobs(of: lane.id, limit: Self.heldLimit, in: session)
    let cutter = LaneCutter(hostCount: scan.request.hostCount, portCount: scan.request.portCount, seed: lane.seed)
    let supply = try supply(of: lane, scan: scan, cutter, &waiting, bounds: bounds, rate: lanePace.probesPerSecond)
    var held = 0
    while let job = try waiting.job(at: held) {
      held += 1
      let stored = try session.rectangles(of: job.id)
      let permitted = try permittedPart(of: stored, lane: lane, scan: scan, scope: scope)
      guard !permitted.isEmpty else {
        try lifecycle.complete(job)
        continue
      }
      let grant = try lease(
        job, permitted, of: scan, lane: lane, scope: scope, bounds: bounds, lanePace: lanePace, supply: supply)
      if let grant { return .granted(grant, zone: lane.zone, mayHaveMore: true) }
    }
    guard held < Self.heldLimit else { return .nothing }
    let budget = context.settings.jobBudget.probes(
      pace: pace, rate: lanePace.probesPerSecond, slot: slot, supply: supply)
    var cursor = lane.cursor
    // Each turn moves the cursor; what the scope has come to exclude is counted as skipped, what a limit holds back waits.
    for _ in 0..<Self.cutLimit where !cutter.isAtEnd(cursor) && held < Self.heldLimit {
      let (cut, next) = cutter.cut(from: cursor, budget: budget)
      cursor = next
      let permitted = try permittedPart(of: cut, lane: lane, scan: scan, scope: scope)
      guard !permitted.isEmpty else { continue }
      let id = try session.insertJob(lane: lane.id, rectangles: permitted)
      guard let job = try session.job(id) else { throw StoreError(.failed, "\(id) was stored and is gone") }
      let grant = try lease(
        job, permitted, of: scan, lane: lane, scope: scope, bounds: bounds, lanePace: lanePace, supply: supply)
      if let grant {
        try session.setCursor(cursor, of: lane.id)
        return .granted(grant, zone: lane.zone, mayHaveMore: !cutter.isAtEnd(cursor))
      }
      held += 1
    }
    if cursor != lane.cursor { try session.setCursor(cursor, of: lane.id) }
    return cutter.isAtEnd(cursor) || held >= Self.heldLimit ? .nothing : .cursorMoved
  }

  /// What is left to give out. What came back is counted only where it may make a job larger: most lanes have plenty, and
  /// each job that waits costs a look.
  private func supply(
    of lane: LaneRecord, scan: ScanRecord, _ cutter: LaneCutter, _ waiting: inout WaitingJobs, bounds: DispatchBounds,
    rate: Double?
  ) throws -> WorkSupply {
    var supply = WorkSupply(
      left: cutter.endpoints(behind: lane.cursor), agents: bounds.agents(of: scan, lane: lane))
    let plenty = context.settings.jobBudget.probes(
      pace: pace, rate: rate, slot: slot, supply: WorkSupply(left: .max, agents: supply.agents))
    var index = 0
    while let part = supply.fairPart, part < plenty, let job = try waiting.job(at: index) {
      supply.add(try session.rectangles(of: job.id).endpointCount)
      index += 1
    }
    return supply
  }

  /// The part of some rectangles that the rules of today permit; the rest is counted as skipped.
  private func permittedPart(
    of rectangles: [WorkRectangle], lane: LaneRecord, scan: ScanRecord, scope: AuthorisedScope
  ) throws -> [WorkRectangle] {
    let space = try context.spaces.space(of: scan)
    var permitted = rectangles
    var skipped: [LaneSkip.Cause: UInt128] = [:]
    for rectangle in rectangles {
      let hosts = AddressSet(space.targets.ranges(in: rectangle.hosts))
      let division = scope.division(of: hosts, ports: space.ports.slice(rectangle.ports))
      func forbid(_ addresses: AddressSet, _ ports: [Range<Int>], by cause: LaneSkip.Cause) {
        guard !addresses.isEmpty, !ports.isEmpty else { return }
        let left = permitted.subtracting(ports.flatMap { space.rectangles(of: addresses, ports: $0) })
        // What two rules forbid is counted for the first.
        let count = permitted.endpointCount - left.endpointCount
        if count > 0 { skipped[cause, default: 0] += count }
        permitted = left
      }
      for (rule, addresses) in division.excluded { forbid(addresses, [rectangle.ports], by: .rule(rule.name)) }
      forbid(division.notAllowed, [rectangle.ports], by: .noRule)
      for conflict in division.portConflicts {
        let ports = rectangle.ports.filter { conflict.ports.contains(space.ports.endpoint(at: $0)) }
        forbid(conflict.addresses, ports.map { $0..<($0 + 1) }, by: .rule(conflict.rule.name))
      }
    }
    guard !skipped.isEmpty else { return rectangles }
    try session.addCoverage(
      LaneCoverage(skipped: rectangles.endpointCount - permitted.endpointCount), failures: [],
      skips: skipped.map { LaneSkip(cause: $0.key, count: $0.value) }, to: lane.id)
    return permitted
  }

  /// Leases as much of a job as the agent should do at once, and as no limit holds back; the rest waits as jobs of its
  /// own. Nil: limits hold back all of it.
  private func lease(
    _ job: JobRecord, _ rectangles: [WorkRectangle], of scan: ScanRecord, lane: LaneRecord, scope: AuthorisedScope,
    bounds: DispatchBounds, lanePace: LanePace, supply: WorkSupply
  ) throws -> LeaseService.Grant? {
    let space = try context.spaces.space(of: scan)
    let forbidden = scan.request.ignoresBlackouts ? [] : blackouts.limits(site: agent.site, zone: agent.zone)
    var parts = LimitParts.divide(rectangles, by: scope.limits + forbidden, in: space)
    guard
      let (index, partPace) = try parts.indices.lazy.compactMap({ index in
        try bounds.pace(lanePace, within: parts[index].rules).map { (index, $0) }
      }).first(where: { _ in true })
    else {
      if rectangles != (try session.rectangles(of: job.id)) { try session.setRectangles(rectangles, of: job.id) }
      return nil
    }
    let part = parts.remove(at: index)
    let budget = UInt128(
      context.settings.jobBudget.probes(pace: pace, rate: partPace.probesPerSecond, slot: slot, supply: supply))
    // A bulk job that is little more than enough stays whole: many small ones cost more than they help.
    let most = slot == .express ? budget : min(budget * 2, UInt128(context.settings.jobBudget.largest))
    let (first, rest) =
      part.rectangles.endpointCount > most ? part.rectangles.split(after: budget) : (part.rectangles, [])
    for left in parts.map(\.rectangles) + [rest] where !left.isEmpty {
      _ = try session.insertPart(of: job, rectangles: left)
    }
    try session.setRectangles(first, of: job.id)
    let turn = try session.turn(of: agent.zone)
    try session.setPass(
      FairShare.pass(
        after: lane.pass, turn: turn, probes: first.endpointCount, priority: scan.request.priority), of: lane.id)
    if lane.pass > turn { try session.setTurn(lane.pass, of: agent.zone) }
    return try grant(job, first, of: scan, lane: lane, pace: partPace)
  }

  private func grant(
    _ job: JobRecord, _ rectangles: [WorkRectangle], of scan: ScanRecord, lane: LaneRecord, pace partPace: LanePace
  ) throws -> LeaseService.Grant {
    let secret = Secret(.lease)
    let epoch = job.epoch + 1
    let deadline = context.settings.jobBudget.deadline(
      probes: rectangles.endpointCount, pace: pace, rate: partPace.probesPerSecond)
    try session.insertLease(
      LeaseRecord(
        job: job.id, epoch: epoch, agent: agent.id, slot: slot, tokenHash: secret.hash, grantedAt: now,
        expiresAt: now + context.settings.leaseDuration, deadline: now + deadline, shares: partPace.shares,
        probesPerSecond: partPace.granted, endedAt: nil, finish: nil))
    if scan.state == .queued { try session.setState(.running, of: scan.id, at: now) }
    if lane.state == .queued { try session.setState(.running, of: lane.id) }
    let space = try context.spaces.space(of: scan)
    return LeaseService.Grant(
      job: job.id, scan: scan.id, generation: try session.generation(), epoch: epoch, token: secret.text,
      attempt: job.attempt + 1, duration: context.settings.leaseDuration, now: now,
      blocks: rectangles.map { rectangle in
        LeaseService.Grant.Block(
          rectangle: rectangle, hosts: space.targets.ranges(in: rectangle.hosts),
          ports: space.ports.slice(rectangle.ports))
      },
      probesPerSecond: partPace.granted, probesPerSecondPerHost: scan.request.ratePerHost,
      timing: scan.request.timing, identifies: scan.request.placement.needs.contains(.identification),
      looksUpNames: scan.request.looksUpNames, asksEchoes: agent.tellsEchoes)
  }
}
