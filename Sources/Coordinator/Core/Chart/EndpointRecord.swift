package import Model

/// Where an endpoint is: a host, as the chart tells hosts apart.
package struct ChartHost: Hashable, Sendable {
  package var site: SiteID
  package var scope: HostScope
  package var address: IPAddress

  package init(site: SiteID, scope: HostScope, address: IPAddress) {
    self.site = site
    self.scope = scope
    self.address = address
  }
}

extension ChartHost {
  /// Whether it stands before the other in key order, in which lists of the chart are.
  package func precedes(_ other: ChartHost) -> Bool {
    if site != other.site { return site < other.site }
    if scope != other.scope { return scope.rawValue.utf8.lexicographicallyPrecedes(other.scope.rawValue.utf8) }
    return address.octets.lexicographicallyPrecedes(other.address.octets)
  }
}

/// What the merged row of an endpoint says, beyond where it is: the most exposed zone's view, and the owner.
package struct EndpointSummary: Hashable, Sendable {
  /// Nil: no zone has covered it.
  package var state: EndpointState?
  package var reason: ProbeReason?
  package var verdict: Verdict?
  package var zone: ZoneID?
  /// Zones whose state differs from the shown one.
  package var otherZones: [ZoneID]
  package var isSelfView: Bool
  package var listener: ListenerID?
  /// The agent that lives at the address.
  package var insideAgent: AgentID?
  package var firstSeen: Timestamp?
  package var lastSeen: Timestamp?
  package var differedAt: Timestamp?
  /// What the shown zone last found out of the service; nil: nothing, or the endpoint is not open there.
  package var service: ShownService?
  /// Rules that a person should look at it for.
  package var findings = FindingSet()

  package init(
    state: EndpointState?, reason: ProbeReason?, verdict: Verdict?, zone: ZoneID?, otherZones: [ZoneID],
    isSelfView: Bool, listener: ListenerID?, insideAgent: AgentID?, firstSeen: Timestamp?, lastSeen: Timestamp?,
    differedAt: Timestamp?, service: ShownService? = nil
  ) {
    self.state = state
    self.reason = reason
    self.verdict = verdict
    self.zone = zone
    self.otherZones = otherZones
    self.isSelfView = isSelfView
    self.listener = listener
    self.insideAgent = insideAgent
    self.firstSeen = firstSeen
    self.lastSeen = lastSeen
    self.differedAt = differedAt
    self.service = service
  }
}

/// An endpoint of the chart with every zone's view of it.
package struct EndpointRecord: Hashable, Sendable {
  package var id: EndpointID
  package var transport: TransportProtocol
  package var port: Port
  package var views: [ZoneView]
  /// What is there, by zone; none where nobody asked.
  package var services: [ZoneService]
  package var summary: EndpointSummary

  package init(
    id: EndpointID, transport: TransportProtocol, port: Port, views: [ZoneView], services: [ZoneService] = [],
    summary: EndpointSummary
  ) {
    self.id = id
    self.transport = transport
    self.port = port
    self.views = views
    self.services = services
    self.summary = summary
  }
}

extension EndpointSummary {
  /// The merged row of an endpoint from its views and its owner; `absence` counts where the agent has no listener there.
  package init(
    views: [ZoneView], services: [ZoneService] = [], listener: ListenerRecord?, insideAgent: AgentID?,
    absence: ListenerAbsence = .always, isLoopback: Bool
  ) {
    let views = views.map(\.shown)
    let inside = listener.map(InsideView.init) ?? (insideAgent == nil ? .noAgent : .noListener(absence))
    func service(of view: ZoneView?) -> ShownService? {
      guard let view, view.state == .open else { return nil }
      return services.first { $0.zone == view.zone }.flatMap { ShownService($0.facts) }
    }
    if let view = views.first, views.count == 1 {
      // Most endpoints have one view, and come by the ten thousand.
      self.init(
        state: view.state, reason: view.reason, verdict: Verdict(view: view, inside: inside, isLoopback: isLoopback),
        zone: view.zone, otherZones: [], isSelfView: view.isSelfView, listener: listener?.id, insideAgent: insideAgent,
        firstSeen: view.firstSeen, lastSeen: view.lastSeen, differedAt: view.differedAt,
        service: service(of: view))
      return
    }
    let judged = views.map { (view: $0, verdict: Verdict(view: $0, inside: inside, isLoopback: isLoopback)) }
    // Ties are broken by time and then by zone, so that the same facts always give the same row.
    // A self view verifies nothing: what another host saw goes before it.
    func rank(_ view: ZoneView, _ verdict: Verdict?) -> Int {
      view.isSelfView && verdict == .unverified ? .max - 1 : verdict?.exposureRank ?? .max
    }
    let shown = judged.min { left, right in
      let leftRank = rank(left.view, left.verdict)
      let rightRank = rank(right.view, right.verdict)
      if leftRank != rightRank { return leftRank < rightRank }
      if left.view.observedAt != right.view.observedAt { return left.view.observedAt > right.view.observedAt }
      return left.view.zone < right.view.zone
    }
    self.init(
      state: shown?.view.state, reason: shown?.view.reason,
      verdict: shown.map(\.verdict) ?? Verdict(view: nil, inside: inside, isLoopback: isLoopback),
      zone: shown?.view.zone,
      otherZones: Set(views.filter { $0.state != shown?.view.state && $0.zone != shown?.view.zone }.map(\.zone))
        .sorted(),
      isSelfView: shown?.view.isSelfView ?? false, listener: listener?.id, insideAgent: insideAgent,
      firstSeen: views.compactMap(\.firstSeen).min(), lastSeen: views.compactMap(\.lastSeen).max(),
      differedAt: views.compactMap(\.differedAt).max(),
      service: service(of: shown?.view))
  }
}
