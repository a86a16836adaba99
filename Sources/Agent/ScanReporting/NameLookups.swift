internal import Glibc
internal import LinuxSystem
internal import LocalSystem
package import Model
internal import Synchronization

/// Names of addresses, looked up on threads of their own: the resolver blocks, and neither the engine nor the reports
/// wait for it.
package final class NameLookups: Sendable {
  /// Lookups at the same time: a name server that does not answer costs ten seconds each (resolv.conf(5)).
  private static let threads = 16

  /// Addresses that may wait; beyond it addresses stay without a name, and are counted.
  private static let waitingLimit = 4096

  private struct State {
    var waiting: [HostAddress] = []
    var next = 0
    var running = 0
    var answers: [(HostAddress, HostNameAnswer)] = []
  }

  private let state = Mutex(State())
  private let lookUp: @Sendable (IPAddress) -> HostNameAnswer

  package convenience init() { self.init { HostNames.lookUp($0) } }

  /// - Parameter lookUp: may block.
  package init(_ lookUp: @escaping @Sendable (IPAddress) -> HostNameAnswer) { self.lookUp = lookUp }

  /// Asks for a name; the answer comes by `takeAnswers`.
  ///
  /// - Returns: false where too many wait: there will be no answer.
  package func ask(_ host: HostAddress) -> Bool {
    let (isTaken, needsThread) = state.withLock { state in
      guard state.waiting.count - state.next < Self.waitingLimit else { return (false, false) }
      state.waiting.append(host)
      guard state.running < Self.threads else { return (true, false) }
      state.running += 1
      return (true, true)
    }
    if needsThread {
      do throws(SystemError) {
        _ = try SystemThread(name: "names") { [self] in work() }
      } catch {
        // Other threads take it, or else nobody does: a name is a help, not a result.
        state.withLock { $0.running -= 1 }
      }
    }
    return isTaken
  }

  /// Answers that have come since the last call.
  package func takeAnswers() -> [(host: HostAddress, answer: HostNameAnswer)] {
    state.withLock { state in
      defer { state.answers = [] }
      return state.answers.map { (host: $0.0, answer: $0.1) }
    }
  }

  /// What waits is not asked any more; lookups under way end by themselves.
  package func giveUp() {
    state.withLock { state in
      state.waiting = []
      state.next = 0
      state.answers = []
    }
  }

  /// Whether answers are still to come or to be taken.
  package var isBusy: Bool { state.withLock { $0.running > 0 || !$0.answers.isEmpty } }

  private func work() {
    while let host = next() {
      let answer = lookUp(host.address)
      state.withLock { $0.answers.append((host, answer)) }
    }
  }

  private func next() -> HostAddress? {
    state.withLock { state in
      guard state.next < state.waiting.count else {
        state.waiting = []
        state.next = 0
        state.running -= 1
        return nil
      }
      let host = state.waiting[state.next]
      state.next += 1
      if state.next > Self.waitingLimit {
        state.waiting.removeFirst(state.next)
        state.next = 0
      }
      return host
    }
  }
}
