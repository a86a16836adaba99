internal import CoordinatorCore
internal import Model

/// Why nobody works on a lane, in words.
struct PendingReason {
  let session: any ReadSession
  let context: FleetContext
  let scan: ScanRecord
  let now: Timestamp

  /// The first of the reasons that holds. Agents are told of as the store knows them, which learns up to a quarter of the
  /// time of silence late that one was heard of.
  func text(for lane: LaneRecord) throws -> String {
    if lane.state == .paused { return "the scan is paused" }
    if let halt = try halt(over: lane) { return "probing is halted: \(halt.note)" }
    let blackouts = scan.request.ignoresBlackouts ? [] : try context.blackouts.active(at: now, in: session)
    if let blackout = blackouts.covering(site: scan.site, zones: [lane.zone]) { return blackout.reason }
    let place = lane.zone == nil ? "in this site" : "in this zone"
    let silence = context.settings.silenceAfter
    let scanning = try session.scanningAgents(
      site: scan.site, zone: lane.zone, heardIn: (now - silence * 5 / 4)...(now + silence))
    if scanning.isEmpty { return "no agent \(place) has the duty to scan" }
    let admitted = try admitted(of: scanning, to: lane, by: scan.request.placement)
    if admitted.isEmpty { return "no scanning agent \(place) \(wanted)\(try hint(scanning, lane))" }
    guard admitted.contains(where: { $0.presentCount > 0 }) else {
      return "no scanning agent \(place) has been heard of lately (\(admitted.reduce(0) { $0 + $1.count }) enrolled)"
    }
    let working = admitted.reduce(0) { $0 + ($1.example.drainedAt == nil ? $1.presentCount : 0) }
    if working == 0 {
      return "every scanning agent \(place) is drained (\(admitted.reduce(0) { $0 + $1.presentCount }))"
    }
    if let obstacle = try obstacle(to: lane) { return obstacle }
    return "waiting for a free agent (\(working) \(place))"
  }

  /// Those groups, or those agents where they are named, that may take the lane's jobs.
  private func admitted(
    of groups: [AgentGroup], to lane: LaneRecord, by placement: ScanPlacement
  ) throws -> [AgentGroup] {
    guard !placement.agents.isEmpty else { return groups.filter { placement.admits($0.example) } }
    return try placement.agents.compactMap { try session.agent($0) }.filter {
      $0.removedAt == nil && $0.site == scan.site && (lane.zone == nil || $0.zone == lane.zone)
        && $0.duties.contains(.scan) && placement.admits($0)
    }.map { AgentGroup(example: $0, count: 1, presentCount: context.presence.isPresent($0, at: now) ? 1 : 0) }
  }

  /// An order that binds every agent that could come.
  private func halt(over lane: LaneRecord) throws -> HaltRecord? {
    let zones = try session.zones().filter { $0.site == scan.site && (lane.zone == nil || $0.id == lane.zone) }
    let halts = try session.halts()
    let binding = zones.map { zone in halts.first { $0.binds(site: scan.site, zone: zone.id) } }
    return binding.contains { $0 == nil } ? nil : binding.compactMap(\.self).first
  }

  /// What the scan asks of agents.
  private var wanted: String {
    let placement = scan.request.placement
    let named =
      placement.agents.isEmpty
      ? [] : ["is \(placement.agents.map(\.description).joined(separator: " or "))"]
    let tagged = placement.tags.isEmpty ? [] : ["is tagged \(placement.tags.joined(separator: " and "))"]
    let able =
      placement.needs.isEmpty ? [] : ["can do \(placement.needs.map(\.rawValue).sorted().joined(separator: " and "))"]
    return (named + tagged + able).joined(separator: " and ")
  }

  /// What would help, where nothing but their age keeps agents from it.
  private func hint(_ groups: [AgentGroup], _ lane: LaneRecord) throws -> String {
    var placement = scan.request.placement
    let newer = Set(AgentCapability.allCases.filter { $0.sinceMinor > 0 })
    let needed = placement.needs.map(\.sinceMinor).max() ?? 0
    guard !placement.needs.isDisjoint(with: newer) else { return "" }
    placement.needs.subtract(newer)
    let old = try admitted(of: groups, to: lane, by: placement).filter { $0.example.protocolMinor < needed }
      .reduce(0) { $0 + $1.count }
    return old == 0 ? "" : " (\(old) of an earlier version: update \(old == 1 ? "it" : "them"))"
  }

  private func obstacle(to lane: LaneRecord) throws -> String? {
    var zone: WorkBound?
    if let id = lane.zone, let record = try session.zones().first(where: { $0.id == id }) {
      zone = WorkBound(
        share: .zone(id), name: "zone \(record.name)", jobs: record.maximumJobs,
        probesPerSecond: record.probesPerSecond)
    }
    let bounds = try DispatchBounds.bounds(of: scan, zone: zone, settings: context.settings, in: session)
    if let reached = bounds.compactMap(\.obstacle).first { return reached }
    // What waits though agents are there is held back by a limit of its networks.
    guard try !session.jobs(of: lane.id, in: .pending, limit: 1).isEmpty else { return nil }
    if !scan.request.ignoresBlackouts,
      let blackout = try context.blackouts.active(at: now, in: session).first(where: {
        !$0.record.networks.isEmpty && $0.record.binds(site: scan.site, zone: lane.zone)
      })
    {
      return blackout.reason
    }
    let limits = try session.scopeRules().filter { rule in
      rule.action == .limit && (rule.site == nil || rule.site == scan.site) && (rule.until.map { $0 > now } ?? true)
    }
    let uses = try session.use(of: limits.map { .rule($0.id) })
    return limits.compactMap { rule in
      WorkBound(
        share: .rule(rule.id), name: "rule \"\(rule.name)\"", jobs: rule.maximumJobs,
        probesPerSecond: rule.probesPerSecond, use: uses[.rule(rule.id)] ?? WorkUse()
      ).obstacle
    }.first
  }
}
