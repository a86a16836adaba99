package import CoordinatorCore
package import Model
internal import Synchronization

/// When each agent was last heard of: kept in memory, and stored now and then, so that an agent that only renews or waits
/// writes nothing else.
package final class AgentPresence: Sendable {
  private struct Entry {
    var agent: AgentRecord
    var heardAt: Timestamp
    var storedAt: Timestamp?
    var instances = AgentInstances()
    var report: AgentReport?

    init(_ agent: AgentRecord, heardAt: Timestamp) {
      self.agent = agent
      self.heardAt = heardAt
      storedAt = agent.lastSeen
    }
  }

  /// Agents that are counted together.
  private struct Group: Hashable {
    let site: SiteID
    let zone: ZoneID?
    let placement: ScanPlacement

    func has(_ agent: AgentRecord) -> Bool {
      agent.site == site && (zone == nil || agent.zone == zone) && agent.duties.contains(.scan)
        && agent.drainedAt == nil && placement.admits(agent)
    }
  }

  private struct State {
    var entries: [AgentID: Entry] = [:]
    /// Counts of some groups, with the time until which they hold: thousands of agents are not counted anew for each job. Agents
    /// that come are added; those that fall silent are noticed with the next count.
    var counts: [Group: (count: Int, countedAt: Timestamp)] = [:]

    /// Notes an agent as it is now.
    mutating func note(_ agent: AgentRecord, heardAt time: Timestamp, _ change: (inout Entry) -> Void) {
      var entry = entries[agent.id] ?? Entry(agent, heardAt: time)
      if let before = entries[agent.id] {
        if !before.agent.isPlaced(as: agent) { counts = [:] }
      } else {
        for group in counts.keys where group.has(agent) { counts[group]?.count += 1 }
      }
      entry.agent = agent
      change(&entry)
      entries[agent.id] = entry
    }
  }

  /// How long a count holds.
  private static let countValidFor = Duration.seconds(1)
  /// More groups than are usually counted at once; beyond it all are counted anew.
  private static let groupLimit = 256

  private let silenceAfter: Duration
  private let state = Mutex(State())

  init(silenceAfter: Duration) { self.silenceAfter = silenceAfter }

  /// Notes that the agent was heard of; true if that should be stored, often enough that it never looks silent after a
  /// restart and seldom enough to cost nothing.
  func heard(_ agent: AgentRecord, at time: Timestamp) -> Bool {
    state.withLock { state in
      var isDue = false
      state.note(agent, heardAt: time) { entry in
        entry.heardAt = max(entry.heardAt, time)
        isDue = entry.storedAt.map { time - $0 >= silenceAfter / 4 } ?? true
        if isDue { entry.storedAt = time }
      }
      return isDue
    }
  }

  /// A run of the agent introduces itself with what it has to say.
  func introduce(
    _ instance: AgentInstances.Instance, of agent: AgentRecord, report: AgentReport, at time: Timestamp
  ) -> AgentInstances.Answer {
    state.withLock { state in
      var answer = AgentInstances.Answer.welcome
      state.note(agent, heardAt: time) { entry in
        answer = entry.instances.introduce(instance, at: time, silence: silenceAfter)
        if answer == .welcome { entry.report = report }
      }
      return answer
    }
  }

  /// A run of the agent asks for something.
  package func hear(run: String, of agent: AgentRecord, at time: Timestamp) -> AgentInstances.Answer {
    state.withLock { state in
      var answer = AgentInstances.Answer.welcome
      state.note(agent, heardAt: time) { answer = $0.instances.hear(run, at: time) }
      return answer
    }
  }

  /// Whether no other run has taken the place of this one.
  func isCurrent(run: String, of agent: AgentID) -> Bool {
    state.withLock { $0.entries[agent]?.instances.isCurrent(run) ?? true }
  }

  /// What the agent said last of itself, and the hosts of its copies that were refused.
  package func report(of agent: AgentID) -> (report: AgentReport?, duplicates: [String]) {
    state.withLock { ($0.entries[agent]?.report, $0.entries[agent]?.instances.duplicates ?? []) }
  }

  /// The wall clock was set: nobody spoke earlier or later for that.
  func shift(by step: Duration) {
    state.withLock { state in
      for id in state.entries.keys {
        if let heardAt = state.entries[id]?.heardAt { state.entries[id]?.heardAt = heardAt + step }
        state.entries[id]?.storedAt = nil
      }
      state.counts = [:]
    }
  }

  func forget(_ agent: AgentID) {
    state.withLock { state in
      state.entries[agent] = nil
      state.counts = [:]
    }
  }

  /// The agent's last sign of life; what the record says if there was none in this run.
  package func lastSeen(_ agent: AgentRecord) -> Timestamp? {
    state.withLock { $0.entries[agent.id]?.heardAt } ?? agent.lastSeen
  }

  package func isPresent(_ agent: AgentRecord, at time: Timestamp) -> Bool {
    // A record from before the clock was set back may lie far ahead.
    lastSeen(agent).map { time - $0 < silenceAfter && $0 - time < silenceAfter } ?? false
  }

  /// Agents of a site (and zone) that may take a scan's jobs and were heard of lately; up to a second old.
  func scanningAgents(site: SiteID, zone: ZoneID?, for placement: ScanPlacement, at time: Timestamp) -> Int {
    state.withLock { state in
      let group = Group(site: site, zone: zone, placement: placement)
      if let known = state.counts[group], time >= known.countedAt, time - known.countedAt < Self.countValidFor {
        return known.count
      }
      let count = state.entries.values.count { time - $0.heardAt < silenceAfter && group.has($0.agent) }
      if state.counts.count >= Self.groupLimit { state.counts = [:] }
      state.counts[group] = (count, time)
      return count
    }
  }
}

extension AgentRecord {
  /// Whether both are counted with the same agents.
  fileprivate func isPlaced(as other: AgentRecord) -> Bool {
    site == other.site && zone == other.zone && duties == other.duties && drainedAt == other.drainedAt
      && tags == other.tags && capabilities == other.capabilities
  }
}
