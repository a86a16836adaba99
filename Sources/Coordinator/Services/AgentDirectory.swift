internal import CoordinatorCore
internal import Model
internal import Synchronization

/// Agents by the hash of their secret, so that not every request of ten thousand agents asks the store who it is.
///
/// Whoever changes an agent forgets it here; another coordinator's change is seen after `lifetime`.
final class AgentDirectory: Sendable {
  private struct Entry {
    let agent: AgentRecord
    let readAt: ContinuousClock.Instant
  }

  private static let lifetime = Duration.seconds(30)
  /// More agents than a coordinator is built for; beyond it the copies are dropped and read anew.
  private static let capacity = 50_000

  private struct State {
    var entries: [[UInt8]: Entry] = [:]
    /// Counts changes: what was read before one must not be kept after it.
    var version: UInt64 = 0
  }

  private let state = Mutex(State())

  /// The agent with this hash; nil: none is enrolled. Throws what `read` throws.
  func agent(secretHash hash: [UInt8], _ read: () async throws -> AgentRecord?) async throws -> AgentRecord? {
    let (known, version) = state.withLock { state in
      (state.entries[hash].flatMap { ContinuousClock.now - $0.readAt < Self.lifetime ? $0.agent : nil }, state.version)
    }
    if let known { return known }
    guard let agent = try await read() else { return nil }
    state.withLock { state in
      guard state.version == version else { return }
      if state.entries.count >= Self.capacity { state.entries.removeAll() }
      state.entries[hash] = Entry(agent: agent, readAt: .now)
    }
    return agent
  }

  func forget(_ agent: AgentID) {
    state.withLock { state in
      state.version += 1
      state.entries = state.entries.filter { $0.value.agent.id != agent }
    }
  }
}
