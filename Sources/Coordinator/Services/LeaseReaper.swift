internal import CoordinatorCore
internal import Logging
internal import Model
internal import ServiceLifecycle
internal import Synchronization

/// Takes back leases that ran out, and ends scans that ran too long. At its start it gives every running lease one more
/// length, because agents could not renew while the coordinator was away.
package final class LeaseReaper: Service {
  private let context: FleetContext
  private let logger = Logger(label: "periplus.reaper")
  private let watch: Mutex<ClockWatch>
  /// What was seen of the clocks and could not be written yet.
  private let unhandled = Mutex<[ClockWatch.Event]>([])

  package init(context: FleetContext) {
    self.context = context
    watch = Mutex(ClockWatch(patience: context.settings.leaseDuration / 3))
  }

  package func run() async throws {
    let start = context.clock.now
    try await context.queue.commit { [context] session in
      try session.extendRunningLeases(until: start + context.settings.leaseDuration)
    }
    let begin = ContinuousClock.now
    for await _ in AsyncTimerTicks(every: .seconds(1)).cancelOnGracefulShutdown() {
      do {
        try await mindTheClock(since: ContinuousClock.now - begin)
        try await sweep()
      } catch is CancellationError {
        return
      } catch {
        // A full disk and a queue that is behind pass; leases wait meanwhile and nothing is lost.
        logger.error("leases could not be reaped: \(error)")
      }
    }
  }

  /// Leases are dated by a clock that may be set, and by a program that may be stopped: neither is an agent's fault.
  ///
  /// - Parameter continuous: the time since any fixed moment, by a clock that nobody sets.
  /// - Throws: what a commit throws; what was seen is handled the next time.
  package func mindTheClock(since continuous: @autoclosure () -> Duration) async throws {
    let reading = ClockReading(wall: context.clock, continuous: continuous)
    let until = reading.wall + context.settings.leaseDuration
    let seen = watch.withLock { $0.look(reading) }
    let events = unhandled.withLock { unhandled in
      unhandled += seen
      return unhandled
    }
    for event in events {
      switch event {
      case .stepped(let step):
        logger.warning("the clock of this machine was set by \(step); running leases begin anew")
        try await context.queue.commit(.renewal) {
          try $0.rebaseRunningLeases(at: reading.wall, steppedBy: step, until: until)
        }
        context.presence.shift(by: step)
      case .wasAway(let time):
        logger.warning("this coordinator stood still for \(time); running leases begin anew")
        try await context.queue.commit(.renewal) { try $0.extendRunningLeases(until: until) }
      }
      unhandled.withLock { _ = $0.removeFirst() }
    }
  }

  /// One look at the clock; leases that have run out give their remainder back.
  package func sweep() async throws {
    let now = context.clock.now
    let expired = try await context.store.read { try $0.expiringLeases(before: now, limit: 100) }
    let overdue = try await overdueScans(at: now)
    guard !expired.isEmpty || !overdue.isEmpty else { return }
    // Work that comes back must not wait behind the results that are too many.
    let (lanes, sites) = try await context.queue.commit(.renewal) { [context] session in
      let lifecycle = JobLifecycle(session: session, settings: context.settings, now: now)
      var lanes: [LaneID: (site: SiteID, place: WorkPlace, jobs: Int)] = [:]
      for lease in expired
      where try session.endLease(job: lease.job, epoch: lease.epoch, at: now, expiredBy: now, finish: nil) {
        if let job = try session.job(lease.job), let lane = try session.lane(job.lane),
          let scan = try session.scan(lane.scan)
        {
          let place = WorkPlace(zone: lane.zone, placement: scan.request.placement)
          lanes[lane.id, default: (scan.site, place, 1)].jobs += 1
        }
        try lifecycle.returnRemainder(
          of: lease, countsAsFailure: true, error: "\(lease.agent) did not renew its lease in time")
      }
      var sites: Set<SiteID> = []
      for id in overdue {
        guard let scan = try session.scan(id), !scan.state.isOver else { continue }
        try lifecycle.end(scan, as: .incomplete)
        sites.insert(scan.site)
      }
      return (lanes, sites)
    }
    context.measurements.leasesExpired.add(expired.count)
    for lease in expired {
      logger.notice("lease ran out", metadata: ["job": "\(lease.job)", "agent": "\(lease.agent)"])
    }
    for (site, place, jobs) in lanes.values {
      context.offerWork(in: site, zone: place.zone, for: place.placement, to: jobs)
    }
    // Their bounds have room for other scans.
    for site in sites.union(lanes.values.map(\.site)) { context.offerWork(in: site, zone: nil, to: 1) }
    if !overdue.isEmpty { context.holders.wake() }
  }

  private func overdueScans(at now: Timestamp) async throws -> [ScanID] {
    try await context.store.read { session in
      try session.scansWithDeadline().filter { scan in
        guard let start = scan.startedAt, let limit = scan.request.maximumDuration else { return false }
        return start + limit <= now
      }.map(\.id)
    }
  }
}
