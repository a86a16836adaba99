package import Model
package import Wire

/// Says hello as often as the coordinator wants it, with what could not be delivered.
struct PresenceReporter: Sendable {
  let conversation: any CoordinatorConversation
  let spool: any ResultSpool
  let clock: any WorkerClock
  let stop: StopSignal
  let interval: Duration

  /// Works until told to stop or cancelled. Throws a `ConversationError` for an agent that the coordinator does not know, or
  /// that is a copy of another one.
  func run() async throws {
    var interval = interval
    while true {
      // A fleet that started together does not speak together for ever.
      await stop.sleep(for: interval * Double.random(in: 0.8...1.2), clock)
      guard !stop.isStopping, !Task.isCancelled else { return }
      do {
        let status = try await conversation.hello(SpoolReport(spool.contents))
        if let wanted = status.helloMilliseconds { interval = .milliseconds(max(1_000, wanted)) }
      } catch let error as ConversationError {
        switch error.code {
        case .notEnrolled, .refused, .leaseLost: throw error
        // The next one says the same and more.
        case .passing, .cancelled: break
        }
      }
    }
  }
}

extension SpoolReport {
  package init(_ contents: SpoolContents) {
    self.init(
      records: contents.records, bytes: contents.bytes, oldestAt: contents.oldest, lostRecords: contents.lostRecords,
      lostBytes: contents.lostBytes)
  }
}
