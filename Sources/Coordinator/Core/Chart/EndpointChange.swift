package import Model

/// A change of what is at an endpoint while it stays as open as it was: its service, its certificate, its owner.
package struct EndpointChange: Hashable, Sendable {
  package var kind: ChangeKind
  /// Where it was seen from; of an owner, where its agent stands.
  package var zone: ZoneID
  /// When it was first seen so.
  package var at: Timestamp
  /// When it was last seen as before.
  package var notBefore: Timestamp?
  /// On one line each.
  package var before: String
  package var after: String
  package var agent: AgentID
  package var job: JobID?

  package init(
    kind: ChangeKind, zone: ZoneID, at: Timestamp, notBefore: Timestamp?, before: String, after: String,
    agent: AgentID, job: JobID?
  ) {
    self.kind = kind
    self.zone = zone
    self.at = at
    self.notBefore = notBefore
    self.before = before
    self.after = after
    self.agent = agent
    self.job = job
  }
}
