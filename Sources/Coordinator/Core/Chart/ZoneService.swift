package import Model

/// The service at an endpoint as one zone's agents saw it last.
package struct ZoneService: Hashable, Sendable {
  package var zone: ZoneID
  package var facts: ServiceFacts
  package var observedAt: Timestamp
  /// Since when every answer was the same one.
  package var since: Timestamp
  /// Whether it was another before.
  package var hasPast: Bool
  package var job: JobID?
  package var agent: AgentID

  package init(
    zone: ZoneID, facts: ServiceFacts, observedAt: Timestamp, since: Timestamp? = nil, hasPast: Bool = false,
    job: JobID?, agent: AgentID
  ) {
    self.zone = zone
    self.facts = facts
    self.observedAt = observedAt
    self.since = since ?? observedAt
    self.hasPast = hasPast
    self.job = job
    self.agent = agent
  }

  /// This and another of the same zone as one: the newer. The order of the two does not matter. Since when it is so the runs
  /// tell.
  package func merged(with other: ZoneService) -> ZoneService { other.outranks(self) ? other : self }

  private func outranks(_ other: ZoneService) -> Bool {
    if observedAt != other.observedAt { return observedAt > other.observedAt }
    return rank(over: other)
  }

  /// Of two that were seen at one time, whichever came first.
  func rank(over other: ZoneService) -> Bool {
    let (rank, otherRank) = ((job?.rawValue ?? 0, agent.rawValue), (other.job?.rawValue ?? 0, other.agent.rawValue))
    if rank != otherRank { return rank > otherRank }
    return other.facts.order.lexicographicallyPrecedes(facts.order)
  }
}

extension ServiceFacts {
  /// Whether both tell the same service: what it is called and shows of itself may vary from answer to answer.
  package func isSameService(as other: ServiceFacts) -> Bool {
    hasSameIdentity(as: other) && certificate?.sha256 == other.certificate?.sha256
  }

  /// The same but for the certificate.
  package func hasSameIdentity(as other: ServiceFacts) -> Bool {
    (name, product, version, tunnel) == (other.name, other.product, other.version, other.tunnel)
  }

  /// Whether asking has told what it is.
  package var tellsService: Bool { name != nil || product != nil }
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
