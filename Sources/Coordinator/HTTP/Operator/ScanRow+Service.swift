internal import CoordinatorCore
internal import CoordinatorServices
internal import Model
internal import Wire

extension ScanRow {
  init(_ state: ScanService.ScanStatus, _ places: PlaceNames, withLanes: Bool) {
    let scan = state.record
    let size = UInt128(scan.request.hostCount).multipliedReportingOverflow(by: UInt128(scan.request.portCount))
    let laneSize = size.overflow ? UInt128.max : size.partialValue
    let whole = state.lanes.reduce(LaneCoverage()) { $0 + $1.record.coverage }
    let laneCount = UInt128(state.lanes.count)
    let total = laneSize.multipliedReportingOverflow(by: laneCount)
    self.init(
      id: scan.id, name: scan.request.name, note: scan.request.note, site: places.name(of: scan.site),
      zones: state.lanes.map { $0.record.zone.map(places.name) ?? "any" }, state: scan.state,
      targets: scan.request.targets, exclusions: scan.request.exclusions, ports: scan.request.ports,
      identifies: scan.request.identifies, looksUpNames: scan.request.looksUpNames,
      submittedBy: scan.submittedBy, createdAt: scan.createdAt, startedAt: scan.startedAt,
      finishedAt: scan.finishedAt, resultsPurgedAt: scan.purgedAt,
      coverage: CoverageReceipt(
        whole, size: total.overflow ? .max : total.partialValue,
        failures: state.lanes.flatMap { lane in lane.failures.map { .init($0, places) } },
        skips: state.lanes.flatMap { lane in lane.skips.map { .init($0, places) } }),
      open: state.openCount,
      lanes: withLanes
        ? state.lanes.map { lane in
          LaneRow(
            id: lane.record.id, zone: lane.record.zone.map(places.name) ?? "any", state: lane.record.state,
            coverage: CoverageReceipt(
              lane.record.coverage, size: laneSize, failures: lane.failures.map { .init($0, places) },
              skips: lane.skips.map { .init($0, places) }),
            runningJobs: lane.runningJobs, waitingJobs: lane.waitingJobs,
            benched: lane.benched.map { BenchedJobRow(job: $0.id, lastError: $0.lastError) },
            pendingReason: lane.pendingReason)
        } : nil)
  }
}

extension CoverageReceipt {
  init(_ coverage: LaneCoverage, size: UInt128, failures: [Failure], skips: [Skip]) {
    let reached = coverage.probed + coverage.skipped + coverage.failed
    self.init(
      size: String(size), probed: String(coverage.probed), skipped: String(coverage.skipped),
      failed: String(coverage.failed), notReached: String(size - min(size, reached)), failures: failures,
      skips: skips)
  }
}

extension CoverageReceipt.Failure {
  init(_ failure: LaneFailure, _ places: PlaceNames) {
    self.init(
      agent: places.name(of: failure.agent), reason: failure.reason.rawValue, count: String(failure.count))
  }
}

extension CoverageReceipt.Skip {
  init(_ skip: LaneSkip, _ places: PlaceNames) {
    switch skip.cause {
    case .rule(let name): self.init(agent: nil, rule: name, count: String(skip.count))
    case .noRule: self.init(agent: nil, rule: nil, count: String(skip.count))
    case .policy(let agent): self.init(agent: places.name(of: agent), rule: nil, count: String(skip.count))
    }
  }
}
