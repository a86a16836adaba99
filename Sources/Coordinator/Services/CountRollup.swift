internal import CoordinatorCore
internal import Logging
internal import Model
internal import ServiceLifecycle

/// Takes the chart's counts down once a day (by UTC), so that those of a time past can be told among millions.
package final class CountRollup: Service {
  private let context: FleetContext
  private let logger = Logger(label: "periplus.counts")

  private static let interval = Duration.seconds(60)
  private static let day: Int64 = 86_400_000

  package init(context: FleetContext) { self.context = context }

  package func run() async throws {
    await look()
    for await _ in AsyncTimerTicks(every: Self.interval).cancelOnGracefulShutdown() { await look() }
  }

  private func look() async {
    do {
      try await rollUp()
    } catch is CancellationError {
      return
    } catch {
      // A full disk and a queue that is behind pass; the day is not over for a while.
      logger.error("the day's counts could not be kept: \(error)")
    }
  }

  /// Keeps the counts of now unless some of this day are kept.
  package func rollUp() async throws {
    let now = context.clock.now
    // What a clock that ran ahead has dated is of no day that was.
    let last = try await context.store.read { try $0.dailyCounts(by: now) }
    if let last, Self.day(of: last.sameUntil <= now ? last.sameUntil : last.takenAt) >= Self.day(of: now) { return }
    try await context.queue.commit { try $0.keepDailyCounts(at: now) }
  }

  private static func day(of time: Timestamp) -> Int64 { time.milliseconds / day }
}
