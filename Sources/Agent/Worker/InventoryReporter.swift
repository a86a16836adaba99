internal import Model
internal import Wire

/// Sends the inside view whenever the coordinator wants it.
struct InventoryReporter: Sendable {
  let conversation: any CoordinatorConversation
  let source: any InventorySource
  let clock: any WorkerClock
  let log: any WorkerLog
  /// Names this run of the agent: sequence numbers begin anew with it.
  let epoch: String

  /// Works until cancelled, or until the agent is not enrolled any more, which it throws.
  func run() async throws {
    var dialogue = InventoryDialogue(epoch: epoch)
    var pause = RetryPause()
    var isFailing = false
    // The coordinator's clock less this machine's: what is sampled is dated by the coordinator.
    var skew = try await clockSkew()
    while !Task.isCancelled {
      do {
        let takenAt = clock.now + skew
        let sample = try await source.sample()
        var next: InventoryReport? = dialogue.report(
          sample, takenAt: takenAt, ownersVerifiedAt: sample.ownersReadAt.map { $0 + skew }, uptime: clock.uptime)
        var wait = 0
        while let report = next {
          let sentAt = clock.now
          let receipt = try await conversation.send(report)
          skew = receipt.now - sentAt
          wait = receipt.nextAfterMilliseconds
          next = dialogue.received(receipt, uptime: clock.uptime)
        }
        pause.reset()
        isFailing = false
        try await clock.sleep(for: .milliseconds(max(1_000, wait)))
      } catch let error as ConversationError where error.code == .notEnrolled {
        throw error
      } catch is CancellationError {
        return
      } catch let error as ConversationError where error.code == .cancelled {
        return
      } catch {
        if let error = error as? ConversationError, error.code == .refused { dialogue.refused() }
        // Said once, not at every try.
        if !isFailing { log.note("the inventory could not be sent: \(error)") }
        isFailing = true
        do { try await clock.sleep(for: pause.take()) } catch { return }
      }
    }
  }

  private func clockSkew() async throws -> Duration {
    var pause = RetryPause()
    while true {
      do {
        let sentAt = clock.now
        return try await conversation.status().now - sentAt
      } catch let error as ConversationError where error.code == .passing {
        do { try await clock.sleep(for: pause.take()) } catch { return .zero }
      }
    }
  }
}
