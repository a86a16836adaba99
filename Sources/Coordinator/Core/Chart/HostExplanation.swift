package import Model

/// All that is known of a host, and why the chart says of it what it says.
package struct HostExplanation: Sendable {
  package struct View: Sendable {
    package var view: HostView
    package var reason: String
    /// In the order of time.
    package var runs: [HostRun]

    package init(view: HostView, reason: String, runs: [HostRun]) {
      self.view = view
      self.reason = reason
      self.runs = runs
    }
  }

  /// The last look of a zone's agents that nothing answered, at a host of which that zone never had an answer.
  package struct Look: Hashable, Sendable {
    package var zone: ZoneID
    package var at: Timestamp
    package var agent: AgentID
    package var job: JobID?

    package init(zone: ZoneID, at: Timestamp, agent: AgentID, job: JobID?) {
      self.zone = zone
      self.at = at
      self.agent = agent
      self.job = job
    }
  }

  /// What name servers called it for a time, as a zone's agents were told.
  package struct Name: Hashable, Sendable {
    package var zone: ZoneID
    package var run: HostNameRun

    package init(zone: ZoneID, run: HostNameRun) {
      self.zone = zone
      self.run = run
    }
  }

  package var row: ChartHostRow
  package var reason: String
  /// By zone, each in the order of time.
  package var names: [Name]
  package var views: [View]
  package var looks: [Look]
  package var inventoryAt: Timestamp?
  package var isInventoryCurrent: Bool

  package init(
    row: ChartHostRow, reason: String, names: [Name], views: [View], looks: [Look], inventoryAt: Timestamp?,
    isInventoryCurrent: Bool
  ) {
    self.row = row
    self.reason = reason
    self.names = names
    self.views = views
    self.looks = looks
    self.inventoryAt = inventoryAt
    self.isInventoryCurrent = isInventoryCurrent
  }
}
