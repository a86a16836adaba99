package import Model

/// Who saw what a chunk tells, and from where.
package struct Seer: Hashable, Sendable {
  package let zone: ZoneID
  package let agent: AgentID
  /// Nil: no job of ours, as in what was imported.
  package let job: JobID?

  package init(zone: ZoneID, agent: AgentID, job: JobID?) {
    self.zone = zone
    self.agent = agent
    self.job = job
  }
}
