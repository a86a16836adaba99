package import CoordinatorCore
internal import Logging
internal import Model
internal import ServiceLifecycle

/// Deletes history that is older than the operator wants to keep, in small batches between other writes. What is now stays
/// whatever its age, and what the oldest baseline needs stays up to twice as long.
package final class HistoryPurge: Service {
  private let context: FleetContext
  private let kept: Duration
  private let logger = Logger(label: "periplus.history")

  /// Rows of each kind in one transaction: a few milliseconds of the writer's time.
  static let batch = 500
  static let pause = Duration.milliseconds(50)
  private static let interval = Duration.seconds(3_600)
  /// Looks until the results of scans are due again: all port states are looked through for those of the scans that are.
  private static let looksBetweenResults = 24
  /// What an agent could not deliver comes up to a week later if its `spool-days` are as they are when nobody sets them, and needs its
  /// lease.
  private static let latestResults = Duration.seconds(14 * 86_400)

  package init(context: FleetContext, kept: Duration) {
    self.context = context
    self.kept = kept
  }

  package func run() async throws {
    // A purge may take long, and what is left of it is done after the next start.
    try await cancelWhenGracefulShutdown { try await self.lookAgainAndAgain() }
  }

  private func lookAgainAndAgain() async throws {
    var looks = 0
    try await look(withResults: true)
    for await _ in AsyncTimerTicks(every: Self.interval).cancelOnGracefulShutdown() {
      looks += 1
      try await look(withResults: looks % Self.looksBetweenResults == 0)
    }
  }

  private func look(withResults: Bool) async throws {
    do {
      let gone = withResults ? try await purge() : try await purgeHistory()
      guard !gone.isEmpty else { return }
      let kinds = gone.sorted { $0.key.rawValue < $1.key.rawValue }.map { "\($0.value) of \($0.key.rawValue)" }
      let space = try await context.store.read { try $0.space() }
      logger.notice(
        """
        rows older than \(DurationText.print(kept)) were purged: \(kinds.joined(separator: ", ")); of the database's \
        \(space.total) bytes \(space.free) are free for what comes
        """)
    } catch is CancellationError {
      return
    } catch {
      // A full disk and a queue that is behind pass; the rows are there at the next look.
      logger.error("history could not be purged: \(error)")
    }
  }

  /// Deletes all that is due, and says how many rows of each kind that was.
  package func purge() async throws -> PurgedRows {
    let history = try await purgeHistory()
    let (now, time) = try await due()
    let results = try await ResultPurge(context: context, before: min(time, now - Self.latestResults), begun: now).run()
    return history.merging(results, uniquingKeysWith: +)
  }

  /// Now, and before when nothing is kept.
  private func due() async throws -> (now: Timestamp, time: Timestamp) {
    let now = context.clock.now
    let oldest = try await context.store.read { try $0.baselines().map(\.at).min() }
    // A baseline holds history back, and not for ever.
    return (now, oldest.map { max(min($0, now - kept), now - kept - kept) } ?? now - kept)
  }

  private func purgeHistory() async throws -> PurgedRows {
    let (now, time) = try await due()
    var gone = PurgedRows()
    while true {
      let part = try await context.queue.commit { session in
        let part = try session.purgeHistory(before: time, limit: Self.batch)
        try session.note(part, before: time, at: now)
        return part
      }
      guard !part.isEmpty else { return gone }
      gone.merge(part, uniquingKeysWith: +)
      try await Task.sleep(for: Self.pause)
    }
  }
}
