package import Model

/// All that is known of one endpoint, and why the chart says of it what it says.
package struct EndpointExplanation: Sendable {
  package struct View: Sendable {
    package var view: ZoneView
    package var verdict: Verdict?
    package var reason: String
    package var scan: ScanID?
    /// In the order of time; of a view that was in one state only, that one.
    package var runs: [ViewRun]

    package init(view: ZoneView, verdict: Verdict?, reason: String, scan: ScanID?, runs: [ViewRun]) {
      self.view = view
      self.verdict = verdict
      self.reason = reason
      self.scan = scan
      self.runs = runs
    }
  }

  package var host: ChartHost
  package var key: ProtocolPort
  package var verdict: Verdict?
  package var reason: String
  package var views: [View]
  package var services: [ZoneService]
  /// Listeners that answer at the endpoint, its owner first.
  package var listeners: [ListenerRecord]
  /// The agent that lives at the address; nil: none, or more than one says so.
  package var agent: AgentID?
  package var inventoryAt: Timestamp?
  package var isInventoryCurrent: Bool

  package init(
    host: ChartHost, key: ProtocolPort, verdict: Verdict?, reason: String, views: [View], services: [ZoneService],
    listeners: [ListenerRecord], agent: AgentID?, inventoryAt: Timestamp?, isInventoryCurrent: Bool
  ) {
    self.host = host
    self.key = key
    self.verdict = verdict
    self.reason = reason
    self.views = views
    self.services = services
    self.listeners = listeners
    self.agent = agent
    self.inventoryAt = inventoryAt
    self.isInventoryCurrent = isInventoryCurrent
  }
}
