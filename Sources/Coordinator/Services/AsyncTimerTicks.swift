/// A tick every so often; late ticks are not made up for.
struct AsyncTimerTicks: AsyncSequence, Sendable {
  private let interval: Duration

  init(every interval: Duration) { self.interval = interval }

  func makeAsyncIterator() -> Iterator { Iterator(interval: interval) }

  struct Iterator: AsyncIteratorProtocol {
    let interval: Duration

    /// Nil once the task is cancelled.
    mutating func next() async -> Void? {
      do {
        try await Task.sleep(for: interval)
        return ()
      } catch {
        return nil
      }
    }
  }
}
