internal import CoordinatorCore
internal import Model

/// Why nobody works on a lane, in words.
struct PendingReason {
  let session: any ReadSession
  let context: FleetContext
  let scan: ScanRecord
  let now: Timestamp

  /// The first of the reasons that holds.
  func text(for lane: LaneRecord, agents: [AgentRecord]) throws -> String {
    if lane.state == .paused { return "the scan is paused" }
    if let halt = try halt(over: lane) { return "probing is halted: \(halt.note)" }
    let place = lane.zone == nil ? "in this site" : "in this zone"
    let scanning = agents.filter {
      $0.site == scan.site && (lane.zone == nil || $0.zone == lane.zone) && $0.duties.contains(.scan)
    }
    if scanning.isEmpty { return "no agent \(place) has the duty to scan" }
    let admitted = scanning.filter(scan.request.placement.admits)
    if admitted.isEmpty { return "no scanning agent \(place) \(wanted)\(hint(scanning))" }
    let present = admitted.filter { context.presence.isPresent($0, at: now) }
    if present.isEmpty { return "no scanning agent \(place) has been heard of lately (\(admitted.count) enrolled)" }
    let working = present.filter { $0.drainedAt == nil }
    if working.isEmpty { return "every scanning agent \(place) is drained (\(present.count))" }
    if let obstacle = try obstacle(to: lane) { return obstacle }
    return "waiting for a free agent (\(working.count) \(place))"
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
  private func hint(_ agents: [AgentRecord]) -> String {
    var placement = scan.request.placement
    let newer: Set<AgentCapability> = [.udp, .identification]
    guard !placement.needs.isDisjoint(with: newer) else { return "" }
    placement.needs.subtract(newer)
    let old = agents.filter { placement.admits($0) && $0.protocolMinor < 2 }
    return old.isEmpty ? "" : " (\(old.count) of an earlier version: update \(old.count == 1 ? "it" : "them"))"
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
