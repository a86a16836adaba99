package import Model

/// `GET /api/v1/explain`: all that is known of one endpoint, and why the chart says so.
package struct ExplanationRow: Codable, Sendable, Hashable {
  /// A time in which one zone's sightings all said the same.
  package struct Period: Codable, Sendable, Hashable {
    package var state: EndpointState
    package var from: Timestamp
    package var to: Timestamp
    package var change: String?
    package var agent: String
    package var job: JobID?

    package init(state: EndpointState, from: Timestamp, to: Timestamp, change: String?, agent: String, job: JobID?) {
      self.state = state
      self.from = from
      self.to = to
      self.change = change
      self.agent = agent
      self.job = job
    }
  }

  /// What one zone's agents saw.
  package struct View: Codable, Sendable, Hashable {
    package var zone: String
    /// The agent looked at an address of its own: the packet never left the host.
    package var isSelfView: Bool
    package var state: EndpointState
    package var reason: ProbeReason
    package var observedAt: Timestamp
    package var firstSeen: Timestamp?
    package var lastSeen: Timestamp?
    package var agent: String
    package var job: JobID?
    package var scan: ScanID?
    package var verdict: Verdict?
    package var why: String
    package var runs: [Period]

    package init(
      zone: String, isSelfView: Bool, state: EndpointState, reason: ProbeReason, observedAt: Timestamp,
      firstSeen: Timestamp?, lastSeen: Timestamp?, agent: String, job: JobID?, scan: ScanID?, verdict: Verdict?,
      why: String, runs: [Period]
    ) {
      self.zone = zone
      self.isSelfView = isSelfView
      self.state = state
      self.reason = reason
      self.observedAt = observedAt
      self.firstSeen = firstSeen
      self.lastSeen = lastSeen
      self.agent = agent
      self.job = job
      self.scan = scan
      self.verdict = verdict
      self.why = why
      self.runs = runs
    }
  }

  /// A service as one zone's agents identified it.
  package struct Service: Codable, Sendable, Hashable {
    package var zone: String
    package var facts: ServiceFacts
    package var observedAt: Timestamp

    package init(zone: String, facts: ServiceFacts, observedAt: Timestamp) {
      self.zone = zone
      self.facts = facts
      self.observedAt = observedAt
    }
  }

  package var site: String
  package var scope: String
  package var address: IPAddress
  package var `protocol`: TransportProtocol
  package var port: Port
  package var verdict: Verdict?
  package var why: String
  package var views: [View]
  package var services: [Service]
  /// Listeners that answer there, its owner first.
  package var listeners: [ListenerRow]
  /// The agent that lives at the address.
  package var agent: String?
  package var inventoryAt: Timestamp?
  package var isInventoryCurrent: Bool

  package init(
    site: String, scope: String, address: IPAddress, protocol: TransportProtocol, port: Port, verdict: Verdict?,
    why: String, views: [View], services: [Service], listeners: [ListenerRow], agent: String?, inventoryAt: Timestamp?,
    isInventoryCurrent: Bool
  ) {
    self.site = site
    self.scope = scope
    self.address = address
    self.protocol = `protocol`
    self.port = port
    self.verdict = verdict
    self.why = why
    self.views = views
    self.services = services
    self.listeners = listeners
    self.agent = agent
    self.inventoryAt = inventoryAt
    self.isInventoryCurrent = isInventoryCurrent
  }
}
