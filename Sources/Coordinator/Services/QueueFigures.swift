package import CoordinatorCore
package import Model

/// What waits and what runs, at one moment.
package struct QueueFigures: Sendable {
  package let jobs: [JobRecord.State: Int]
  package let scans: [ScanState: Int]
  /// How long the scan that has waited longest for its first job has waited; nil: none waits.
  package let oldestQueuedScan: Duration?
  /// How long ago the running lease that ends first ends, or will (negative); nil: none runs.
  package let latestLease: Duration?
  package let agents: [(presence: String, count: Int)]
  /// Changes that wait for a transaction.
  package let waitingChanges: Int
  /// Requests for work that are held open.
  package let waitingAgents: Int
  package let space: StoreSpace
  /// Since when the history is whole; nil: nothing of it was purged.
  package let historySince: Timestamp?
  package let purges: [PurgeRecord]
}

extension FleetService {
  package func figures() async throws -> QueueFigures {
    let now = context.clock.now
    return try await context.store.read { [context] session in
      let agents = try session.agents(includingRemoved: false)
      let present = agents.count { context.presence.isPresent($0, at: now) }
      return QueueFigures(
        jobs: try session.jobCounts(), scans: try session.scanCounts(),
        oldestQueuedScan: try session.oldestQueuedScan().map { now - $0 },
        latestLease: try session.expiringLeases(before: Timestamp(milliseconds: .max), limit: 1).first.map {
          now - $0.expiresAt
        },
        agents: [("online", present), ("silent", agents.count - present)],
        waitingChanges: context.queue.waitingCount, waitingAgents: context.askers.count,
        space: try session.space(), historySince: try session.historySince(), purges: try session.purges())
    }
  }

  package var measurements: Measurements { context.measurements }

  /// Whether the store can be read and written now, or could a moment ago. Throws what it throws, or a `Refusal` with
  /// `overloaded` while a transaction hangs: whoever asks must get an answer.
  package func demandReady() async throws { try await context.readiness.demand(context) }
}
