internal import Model
internal import Synchronization

/// Which request for work is an agent's newest in each of its slots: an agent asks for one at a time, so that an older
/// one still open belongs to a connection it has given up.
final class LeaseRequests: Sendable {
  private struct Key: Hashable {
    let agent: AgentID
    let slot: LeaseSlot
  }

  private let newest = Mutex<[Key: UInt64]>([:])

  /// A number for a new request; earlier ones of the agent for this slot are old from now on.
  func begin(by agent: AgentID, for slot: LeaseSlot) -> UInt64 {
    newest.withLock { newest in
      newest[Key(agent: agent, slot: slot), default: 0] += 1
      return newest[Key(agent: agent, slot: slot), default: 0]
    }
  }

  /// Whatever the agent has asked for until now is for nobody.
  func withdraw(by agent: AgentID) {
    for slot in LeaseSlot.allCases { _ = begin(by: agent, for: slot) }
  }

  func isNewest(_ request: UInt64, by agent: AgentID, for slot: LeaseSlot) -> Bool {
    newest.withLock { $0[Key(agent: agent, slot: slot)] == request }
  }
}
