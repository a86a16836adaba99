internal import CoordinatorCore
internal import CoordinatorServices
internal import Model
internal import Schedules
internal import Wire

extension ScheduleService.Draft {
  init(_ body: ScheduleSubmission) {
    self.init(
      name: body.name, expression: body.cron, timeZone: body.timeZone ?? "UTC",
      submission: ScanRoutes.submission(body.scan))
    if let overlap = body.overlap { policy.overlap = overlap }
    if let manner = body.onBlackout { policy.onBlackout = manner }
    if let seconds = body.catchUpSeconds { policy.catchUp = .seconds(seconds) }
    if let seconds = body.jitterSeconds { policy.jitter = .seconds(seconds) }
    isPaused = body.isPaused ?? false
    note = body.note
    expiresAt = body.expiresAt
  }
}

extension ScheduleRow {
  init(_ status: ScheduleService.Status, _ places: PlaceNames) {
    let record = status.record
    self.init(
      id: record.id, name: record.name, cron: record.expression, timeZone: record.timeZone,
      site: places.name(of: record.site), scan: ScanSubmission(status.submission), overlap: record.policy.overlap,
      onBlackout: record.policy.onBlackout, catchUpSeconds: Int(record.policy.catchUp.components.seconds),
      jitterSeconds: Int(record.policy.jitter.components.seconds), delaySeconds: Int(record.delay.components.seconds),
      isPaused: record.isPaused, note: record.note, expiresAt: record.expiresAt, createdBy: record.createdBy,
      createdAt: record.createdAt, nextAt: status.nextStart, lastRun: status.lastSlot.map(ScheduleRunRow.init))
  }
}

extension ScheduleRunRow {
  init(_ slot: ScheduleSlot) {
    self.init(
      slot: slot.slot, outcome: slot.outcome, scan: slot.scan, reason: slot.reason, decidedAt: slot.decidedAt)
  }
}

extension ComingRunRow {
  init(_ run: ScheduleService.PreviewedRun) { self.init(at: run.run.time, local: run.local, notes: run.notes) }
}

extension ScanSubmission {
  /// What somebody has asked for, as they would ask for it again; what is usual is left out.
  init(_ submission: ScanService.Submission) {
    self.init(targets: submission.targets)
    exclusions = submission.exclusions.isEmpty ? nil : submission.exclusions
    ports = submission.ports
    excludedPorts = submission.excludedPorts
    transports =
      submission.transports == [.tcp] ? nil : submission.transports.sorted { $0.rawValue < $1.rawValue }
    identifies = submission.identifies ? true : nil
    looksUpNames = submission.looksUpNames ? true : nil
    zones = submission.zones.isEmpty ? nil : submission.zones
    timing = submission.timing
    rate = submission.rate
    ratePerAgent = submission.ratePerAgent
    ratePerHost = submission.ratePerHost
    priority = submission.priority == 0 ? nil : submission.priority
    maximumJobs = submission.maximumJobs
    agents = submission.agents.isEmpty ? nil : submission.agents
    tags = submission.tags.isEmpty ? nil : submission.tags
    maximumSeconds = submission.maximumDuration.map { Int($0.components.seconds) }
    note = submission.note
    ignoresBlackouts = submission.ignoresBlackouts ? true : nil
    isConfirmed = submission.isConfirmed ? true : nil
  }
}
