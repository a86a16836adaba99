internal import Model
internal import Synchronization

/// Which request for work is an agent's newest: an agent asks one at a time, so that an older one still open belongs to a
/// connection it has given up.
final class LeaseRequests: Sendable {
  private let newest = Mutex<[AgentID: UInt64]>([:])

  /// A number for a new request; earlier ones of the agent are old from now on.
  func begin(by agent: AgentID) -> UInt64 {
    newest.withLock { newest in
      newest[agent, default: 0] += 1
      return newest[agent, default: 0]
    }
  }

  func isNewest(_ request: UInt64, by agent: AgentID) -> Bool { newest.withLock { $0[agent] == request } }
}
