internal import CoordinatorCore
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
  private static let interval = Duration.seconds(3_600)
  private static let pause = Duration.milliseconds(50)

  package init(context: FleetContext, kept: Duration) {
    self.context = context
    self.kept = kept
  }

  package func run() async throws {
    try await look()
    for await _ in AsyncTimerTicks(every: Self.interval).cancelOnGracefulShutdown() { try await look() }
  }

  private func look() async throws {
    do {
      let count = try await purge()
      if count > 0 { logger.notice("\(count) rows of history older than \(DurationText.print(kept)) were purged") }
    } catch is CancellationError {
      return
    } catch {
      // A full disk and a queue that is behind pass; the rows are there at the next look.
      logger.error("history could not be purged: \(error)")
    }
  }

  /// Deletes all that is due, and says how many rows that was.
  package func purge() async throws -> Int {
    let due = context.clock.now - kept
    let oldest = try await context.store.read { try $0.baselines().map(\.at).min() }
    // A baseline holds history back, and not for ever.
    let time = oldest.map { max(min($0, due), due - kept) } ?? due
    var count = 0
    while true {
      let purged = try await context.queue.commit { try $0.purgeHistory(before: time, limit: Self.batch) }
      count += purged
      guard purged > 0 else { return count }
      try await Task.sleep(for: Self.pause)
    }
  }
}
