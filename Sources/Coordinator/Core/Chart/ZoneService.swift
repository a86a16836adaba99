package import Model

/// The service at an endpoint as one zone's agents saw it last.
package struct ZoneService: Hashable, Sendable {
  package var zone: ZoneID
  package var facts: ServiceFacts
  package var observedAt: Timestamp
  package var job: JobID?
  package var agent: AgentID

  package init(zone: ZoneID, facts: ServiceFacts, observedAt: Timestamp, job: JobID?, agent: AgentID) {
    self.zone = zone
    self.facts = facts
    self.observedAt = observedAt
    self.job = job
    self.agent = agent
  }

  /// This and another of the same zone as one: the newer. The order of the two does not matter.
  package func merged(with other: ZoneService) -> ZoneService { other.outranks(self) ? other : self }

  private func outranks(_ other: ZoneService) -> Bool {
    if observedAt != other.observedAt { return observedAt > other.observedAt }
    let (rank, otherRank) = ((job?.rawValue ?? 0, agent.rawValue), (other.job?.rawValue ?? 0, other.agent.rawValue))
    if rank != otherRank { return rank > otherRank }
    return other.facts.order.lexicographicallyPrecedes(facts.order)
  }
}

extension ServiceFacts {
  /// Any fixed order: of two that were seen at one time, the same one stays whichever came first.
  fileprivate var order: [String] {
    [
      name, product, version, info, hostName, confidence.rawValue, tunnel?.rawValue, tlsVersion, banner,
      certificate?.sha256,
    ].map { $0.map { "+" + $0 } ?? "" }
  }
}
