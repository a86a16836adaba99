internal import Model
package import Wire

/// Keeps one lease alive on an executor of its own, so that scanning and reporting cannot starve it.
package actor LeaseKeeper {
  /// How the keeping ended.
  package enum End: Sendable {
    /// The job is over on this side.
    case released
    /// The coordinator wants it stopped, and says why.
    case cancelled(String)
    /// The coordinator says, or its silence means, that the job may be somebody else's.
    case lost(String)
  }

  private let executor: any SerialExecutor
  private let conversation: any CoordinatorConversation
  private let clock: any WorkerClock

  package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  package init(
    executor: any SerialExecutor, conversation: any CoordinatorConversation, clock: any WorkerClock
  ) {
    self.executor = executor
    self.conversation = conversation
    self.clock = clock
  }

  /// Renews at a third of the lease until cancelled, told to stop, or lost.
  package func keep(_ grant: LeaseGrant, granted: Duration) async -> End {
    var renewedAt = granted
    var leaseLength = Duration.milliseconds(grant.leaseMilliseconds)
    var pause = RetryPause()
    var silence = ""
    while !Task.isCancelled {
      let sentAt = clock.uptime
      // Nothing is waited for beyond the end of the lease: by then the job may be somebody else's.
      let left = leaseLength - (sentAt - renewedAt)
      guard left > .zero else { return .lost("the coordinator was away for longer than the lease: \(silence)") }
      do {
        let response = try await conversation.renew(
          grant.job,
          RenewRequest(lease: grant.lease, waitMilliseconds: Int(min(leaseLength / 3, left / 2).wholeMilliseconds)),
          within: left)
        pause.reset()
        // Counted from before the request: the coordinator cannot have counted from earlier.
        renewedAt = sentAt
        leaseLength = .milliseconds(response.leaseMilliseconds)
        if response.order == .cancel { return .cancelled(response.reason ?? "the scan is over") }
      } catch let error as ConversationError {
        switch error.code {
        case .leaseLost, .notEnrolled, .refused: return .lost(error.description)
        case .cancelled: return .released
        case .passing: break
        }
        silence = error.description
        let rest = min(pause.take(), max(.zero, leaseLength - (clock.uptime - renewedAt)))
        do { try await clock.sleep(for: rest) } catch { return .released }
      } catch {
        return .released
      }
    }
    return .released
  }
}
