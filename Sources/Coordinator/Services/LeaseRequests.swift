internal import Model
internal import Synchronization

/// Which request for work is an agent's newest in each of its slots: an agent asks for one at a time, so that an older
/// one still open belongs to a connection it has given up.
final class LeaseRequests: Sendable {
  /// Where an agent says a request comes in its own order.
  struct Place: Sendable, Hashable {
    /// The run that counts; nil for an agent that names none, whose requests are told by their number alone.
    let run: String?
    let number: Int64
  }

  private struct Key: Hashable {
    let agent: AgentID
    let slot: LeaseSlot
  }

  private struct Newest {
    var arrival: UInt64 = 0
    var place: Place?
  }

  private let newest = Mutex<[Key: Newest]>([:])

  /// A number for a request that is read now; earlier ones of the agent for this slot are old from now on. Nil if it is
  /// itself old: connections are read in any order, so that one given up may be read after the one that has followed it.
  /// The same place again is the same request sent again, and as new as the first. An agent that says no `place` is
  /// taken to ask in the order in which it is read.
  func begin(by agent: AgentID, for slot: LeaseSlot, at place: Place?) -> UInt64? {
    newest.withLock { newest in
      var entry = newest[Key(agent: agent, slot: slot), default: Newest()]
      if let place, let known = entry.place, known.run == place.run, known.number > place.number { return nil }
      entry.arrival += 1
      entry.place = place ?? entry.place
      newest[Key(agent: agent, slot: slot)] = entry
      return entry.arrival
    }
  }

  /// Whatever the agent has asked for until now is for nobody.
  func withdraw(by agent: AgentID) {
    newest.withLock { newest in
      for slot in LeaseSlot.allCases { newest[Key(agent: agent, slot: slot), default: Newest()].arrival += 1 }
    }
  }

  func isNewest(_ request: UInt64, by agent: AgentID, for slot: LeaseSlot) -> Bool {
    newest.withLock { $0[Key(agent: agent, slot: slot)]?.arrival == request }
  }
}
