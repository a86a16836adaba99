internal import CoordinatorCore
internal import Logging
internal import Model
internal import ServiceLifecycle

/// Takes back leases that ran out, and ends scans that ran too long. At its start it gives every running lease one more
/// length, because agents could not renew while the coordinator was away.
package struct LeaseReaper: Service {
  private let context: FleetContext
  private let logger = Logger(label: "periplus.reaper")

  package init(context: FleetContext) { self.context = context }

  package func run() async throws {
    let start = context.clock.now
    try await context.queue.commit { [context] session in
      try session.extendRunningLeases(until: start + context.settings.leaseDuration)
    }
    for await _ in AsyncTimerTicks(every: .seconds(1)).cancelOnGracefulShutdown() {
      do {
        try await sweep()
      } catch is CancellationError {
        return
      } catch {
        // A full disk and a queue that is behind pass; leases wait meanwhile and nothing is lost.
        logger.error("leases could not be reaped: \(error)")
      }
    }
  }

  /// One look at the clock; leases that have run out give their remainder back.
  package func sweep() async throws {
    let now = context.clock.now
    let expired = try await context.store.read { try $0.expiringLeases(before: now, limit: 100) }
    let overdue = try await overdueScans(at: now)
    guard !expired.isEmpty || !overdue.isEmpty else { return }
    // Work that comes back must not wait behind the results that are too many.
    try await context.queue.commit(.renewal) { [context] session in
      let lifecycle = JobLifecycle(session: session, settings: context.settings, now: now)
      for lease in expired
      where try session.endLease(job: lease.job, epoch: lease.epoch, at: now, expiredBy: now, finish: nil) {
        try lifecycle.returnRemainder(
          of: lease, countsAsFailure: true, error: "\(lease.agent) did not renew its lease in time")
      }
      for id in overdue {
        if let scan = try session.scan(id), !scan.state.isOver { try lifecycle.end(scan, as: .incomplete) }
      }
    }
    context.measurements.leasesExpired.add(expired.count)
    for lease in expired {
      logger.notice("lease ran out", metadata: ["job": "\(lease.job)", "agent": "\(lease.agent)"])
    }
    context.askers.wake(expired.count + 1)
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
