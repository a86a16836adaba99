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

  /// Rows of one transaction: the usual ones take some milliseconds.
  private let part: Int

  package init(context: FleetContext, part: Int = 1_000) {
    self.context = context
    self.part = part
  }

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

  /// Keeps the counts of now unless some of this day are kept. The chart is read at once and written in parts, between which others
  /// write; a day that was begun and not finished, because the coordinator ended, is forgotten.
  package func rollUp() async throws {
    let now = context.clock.now
    // What a clock that ran ahead has dated is of no day that was.
    let last = try await context.store.read { try $0.dailyCounts(by: now) }
    if let last, Self.day(of: last.sameUntil <= now ? last.sameUntil : last.takenAt) >= Self.day(of: now) { return }
    let part = part
    var isLeft = true
    while isLeft {
      isLeft = try await context.queue.commit(rows: part) { try $0.forgetUnfinishedCounts(limit: part) }
    }
    // Those of before may have taken a while to forget.
    let takenAt = context.clock.now
    let counts: [KeptCount]? = try await context.store.read { session in
      if let last, try session.countsAreThose(of: last) { return nil }
      return try session.keptCounts()
    }
    guard let counts else {
      if let last { try await context.queue.commit { try $0.setSame(last, until: takenAt) } }
      return
    }
    let day = try await context.queue.commit { try $0.beginDailyCounts(at: takenAt) }
    for start in stride(from: 0, to: counts.count, by: part) {
      let rows = counts[start..<min(start + part, counts.count)]
      try await context.queue.commit(rows: rows.count) { try $0.addDailyCounts(rows, to: day) }
    }
    try await context.queue.commit { try $0.finishDailyCounts(day) }
  }

  private static func day(of time: Timestamp) -> Int64 { time.milliseconds / day }
}
