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

  private let silenceAfter: Duration
  private let entries = Mutex<[AgentID: Entry]>([:])

  init(silenceAfter: Duration) { self.silenceAfter = silenceAfter }

  /// Notes that the agent was heard of; true if that should be stored, often enough that it never looks silent after a
  /// restart and seldom enough to cost nothing.
  func heard(_ agent: AgentRecord, at time: Timestamp) -> Bool {
    entries.withLock { entries in
      var entry = entries[agent.id] ?? Entry(agent, heardAt: time)
      entry.agent = agent
      entry.heardAt = max(entry.heardAt, time)
      let isDue = entry.storedAt.map { time - $0 >= silenceAfter / 4 } ?? true
      if isDue { entry.storedAt = time }
      entries[agent.id] = entry
      return isDue
    }
  }

  /// A run of the agent introduces itself with what it has to say.
  func introduce(
    _ instance: AgentInstances.Instance, of agent: AgentRecord, report: AgentReport, at time: Timestamp
  ) -> AgentInstances.Answer {
    entries.withLock { entries in
      var entry = entries[agent.id] ?? Entry(agent, heardAt: time)
      defer { entries[agent.id] = entry }
      let answer = entry.instances.introduce(instance, at: time, silence: silenceAfter)
      if answer == .welcome { entry.report = report }
      return answer
    }
  }

  /// A run of the agent asks for something.
  package func hear(run: String, of agent: AgentRecord, at time: Timestamp) -> AgentInstances.Answer {
    entries.withLock { entries in
      var entry = entries[agent.id] ?? Entry(agent, heardAt: time)
      defer { entries[agent.id] = entry }
      return entry.instances.hear(run, at: time)
    }
  }

  /// Whether no other run has taken the place of this one.
  func isCurrent(run: String, of agent: AgentID) -> Bool {
    entries.withLock { $0[agent]?.instances.isCurrent(run) ?? true }
  }

  /// What the agent said last of itself, and the hosts of its copies that were refused.
  package func report(of agent: AgentID) -> (report: AgentReport?, duplicates: [String]) {
    entries.withLock { ($0[agent]?.report, $0[agent]?.instances.duplicates ?? []) }
  }

  /// The wall clock was set: nobody spoke earlier or later for that.
  func shift(by step: Duration) {
    entries.withLock { entries in
      for id in entries.keys {
        if let heardAt = entries[id]?.heardAt { entries[id]?.heardAt = heardAt + step }
        entries[id]?.storedAt = nil
      }
    }
  }

  func forget(_ agent: AgentID) { entries.withLock { $0[agent] = nil } }

  /// The agent's last sign of life; what the record says if there was none in this run.
  package func lastSeen(_ agent: AgentRecord) -> Timestamp? {
    entries.withLock { $0[agent.id]?.heardAt } ?? agent.lastSeen
  }

  package func isPresent(_ agent: AgentRecord, at time: Timestamp) -> Bool {
    // A record from before the clock was set back may lie far ahead.
    lastSeen(agent).map { time - $0 < silenceAfter && $0 - time < silenceAfter } ?? false
  }

  /// Agents of a site (and zone) that may take a scan's jobs and were heard of lately.
  func scanningAgents(site: SiteID, zone: ZoneID?, for placement: ScanPlacement, at time: Timestamp) -> Int {
    entries.withLock { entries in
      entries.values.count { entry in
        let agent = entry.agent
        return agent.site == site && (zone == nil || agent.zone == zone) && time - entry.heardAt < silenceAfter
          && agent.duties.contains(.scan) && agent.drainedAt == nil && placement.admits(agent)
      }
    }
  }
}
