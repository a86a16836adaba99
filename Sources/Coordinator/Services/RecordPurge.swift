internal import CoordinatorCore
internal import Logging
internal import Model
internal import ServiceLifecycle

/// Deletes what was told and what was run longer ago than the operator wants to know, in small batches between other writes. Each
/// schedule's newest run stays whatever its age.
package final class RecordPurge: Service {
  package static let standard = Duration.seconds(90 * 86_400)

  /// What is gone.
  package struct Purged: Hashable, Sendable {
    package var messages = 0
    /// Deliveries among those messages that had not arrived.
    package var undelivered = 0
    package var runs = 0
    package var remembered = 0
  }

  private let context: FleetContext
  private let kept: Duration
  private let logger = Logger(label: "periplus.records")

  /// Rows in one transaction: a few milliseconds of the writer's time.
  private static let batch = 500
  private static let interval = Duration.seconds(3_600)
  private static let pause = Duration.milliseconds(50)
  /// No alert asks for certificates that end later than a year from when it is told (`AlertService`).
  private static let longestCertificate = Duration.seconds(366 * 86_400)

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
      let purged = try await purge()
      guard purged != Purged() else { return }
      logger.notice(
        "older than \(DurationText.print(kept)), purged: \(purged.messages) messages, of which \(purged.undelivered) deliveries had not arrived; \(purged.runs) planned runs"
      )
    } catch is CancellationError {
      return
    } catch {
      // A full disk and a queue that is behind pass; the rows are there at the next look.
      logger.error("records could not be purged: \(error)")
    }
  }

  /// Deletes all that is due.
  package func purge() async throws -> Purged {
    let now = context.clock.now
    var purged = Purged()
    try await repeating { [kept] session in
      let (messages, undelivered) = try session.purgeMessages(before: now - kept, limit: Self.batch)
      return Purged(messages: messages, undelivered: undelivered)
    } sum: { part in
      purged.messages += part.messages
      purged.undelivered += part.undelivered
    }
    // Runs of many schedules share a transaction.
    let schedules = try await context.store.read { [kept] in try $0.schedulesWithSlots(before: now - kept) }
    for start in stride(from: 0, to: schedules.count, by: Self.batch) {
      let some = Array(schedules[start..<min(start + Self.batch, schedules.count)])
      try await repeating { [kept] session in
        var part = Purged()
        for id in some where part.runs < Self.batch {
          part.runs += try session.purgeSlots(of: id, before: now - kept, limit: Self.batch - part.runs)
        }
        return part
      } sum: {
        purged.runs += $0.runs
      }
    }
    try await repeating {
      Purged(runs: try $0.purgeRemovedSchedules(limit: Self.batch))
    } sum: {
      purged.runs += $0.runs
    }
    try await repeating { session in
      Purged(remembered: try session.purgeTold(before: now - Self.longestCertificate, limit: Self.batch))
    } sum: {
      purged.remembered += $0.remembered
    }
    return purged
  }

  /// Batch after batch, until one finds nothing.
  private func repeating(
    _ batch: @escaping @Sendable (any WriteSession) throws -> Purged, sum: (Purged) -> Void
  ) async throws {
    while true {
      let part = try await context.queue.commit(rows: Self.batch, batch)
      guard part != Purged() else { return }
      sum(part)
      try await Task.sleep(for: Self.pause)
    }
  }
}
