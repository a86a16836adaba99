package import Model

/// A time in which name servers called a host the same whenever one zone's agents asked.
package struct HostNameRun: Hashable, Sendable {
  /// In lower case, since names compare without regard to it (RFC 4343); nil: the host had no name.
  package var name: String?
  package var first: Timestamp
  package var last: Timestamp
  /// Who asked last.
  package var agent: AgentID
  package var job: JobID?

  package init(name: String?, first: Timestamp, last: Timestamp, agent: AgentID, job: JobID?) {
    self.name = name
    self.first = first
    self.last = last
    self.agent = agent
    self.job = job
  }
}

extension HostNameRun: SightingRun {
  package func saysSame(as other: HostNameRun) -> Bool { name == other.name }
  package func saysMore(than other: HostNameRun) -> Bool { (name ?? "") > (other.name ?? "") }
}

extension [HostNameRun] {
  /// The run of what was known by a time.
  package func asOf(_ time: Timestamp) -> HostNameRun? { last { $0.first <= time } }
}
