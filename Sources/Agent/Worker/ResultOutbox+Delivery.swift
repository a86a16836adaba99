internal import Model
internal import Wire

extension ResultOutbox {
  /// Delivers what is in the spool, in order, for as long as the task lives.
  ///
  /// - Throws: `ConversationError` with `notEnrolled`; the spool then stays as it is.
  func deliver() async throws {
    var pause = RetryPause()
    while !Task.isCancelled {
      guard !spool.contents.isEmpty else {
        await change()
        continue
      }
      do {
        try await deliverOne(within: Self.longPatience)
        pause.reset()
        noteSound()
      } catch let error as ConversationError {
        guard error.code == .passing || error.code == .cancelled else { throw error }
        await rest(max(pause.take(), error.retryAfter ?? .zero))
      } catch {
        noteFault(error)
        await rest(pause.take())
      }
    }
  }

  /// What is still in the spool when the agent stops is delivered as far as that takes no longer than `limit` and the
  /// coordinator answers; the rest waits for the agent's next start.
  func deliverLast(within limit: Duration) async {
    let begin = clock.uptime
    while !isAway, !spool.contents.isEmpty, clock.uptime - begin < limit {
      do {
        try await deliverOne(within: limit - (clock.uptime - begin))
      } catch {
        break
      }
    }
    let rest = spool.contents
    if !rest.isEmpty { log.note("\(rest.records) spooled results wait for the next start") }
  }

  /// Delivers the oldest result, or drops one that the coordinator will never take.
  private func deliverOne(within limit: Duration) async throws {
    guard let (number, result) = try await next() else { return }
    var isLost = false
    do {
      if try await !say(result, within: limit) { noteLate(result.job) }
    } catch let error as ConversationError {
      switch error.code {
      case .passing:
        noteAway(error)
        throw error
      case .notEnrolled, .cancelled: throw error
      case .leaseLost, .refused:
        isAway = false
        if case .chunk = result { isLost = true }
        log.note("a spooled \(isLost ? "result" : "last word") of \(result.job) is dropped: \(error)")
      }
    }
    do {
      if isLost { try await spool.discard(number) } else { try await spool.remove(number) }
    } catch {
      // It is gone all the same.
      noteFault(error)
    }
    left(number)
  }

  private func rest(_ duration: Duration) async {
    // Cancellation ends the loop that asks.
    try? await clock.sleep(for: duration)
  }
}
