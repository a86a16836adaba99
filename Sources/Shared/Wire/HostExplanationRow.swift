package import Model

/// `GET /api/v1/explain/host`: all that is known of a host, and why the chart says so.
package struct HostExplanationRow: Codable, Sendable, Hashable {
  /// A time in which it answered whenever a zone's agents looked at it as a whole, or never did.
  package struct Period: Codable, Sendable, Hashable {
    package var state: String
    /// By what the last answer of `up` came, `echo-reply`; absent: by a port.
    package var reason: ProbeReason?
    package var from: Timestamp
    package var to: Timestamp
    package var change: String?
    package var agent: String
    package var job: JobID?

    package init(
      state: String, reason: ProbeReason?, from: Timestamp, to: Timestamp, change: String?, agent: String, job: JobID?
    ) {
      self.state = state
      self.reason = reason
      self.from = from
      self.to = to
      self.change = change
      self.agent = agent
      self.job = job
    }
  }

  /// What one zone's agents know of it.
  package struct View: Codable, Sendable, Hashable {
    package var zone: String
    package var isSelfView: Bool
    package var state: String
    /// By what it answered last while it is up, `echo-reply`; absent: by a port.
    package var reason: ProbeReason?
    package var firstSeen: Timestamp
    package var lastSeen: Timestamp
    package var agent: String
    package var job: JobID?
    package var why: String
    package var runs: [Period]

    package init(
      zone: String, isSelfView: Bool, state: String, reason: ProbeReason?, firstSeen: Timestamp, lastSeen: Timestamp,
      agent: String, job: JobID?, why: String, runs: [Period]
    ) {
      self.zone = zone
      self.isSelfView = isSelfView
      self.state = state
      self.reason = reason
      self.firstSeen = firstSeen
      self.lastSeen = lastSeen
      self.agent = agent
      self.job = job
      self.why = why
      self.runs = runs
    }
  }

  /// The last look of a zone that never had an answer.
  package struct Look: Codable, Sendable, Hashable {
    package var zone: String
    package var at: Timestamp
    package var agent: String
    package var job: JobID?

    package init(zone: String, at: Timestamp, agent: String, job: JobID?) {
      self.zone = zone
      self.at = at
      self.agent = agent
      self.job = job
    }
  }

  /// What name servers called it for a time, as a zone's agents were told.
  package struct Name: Codable, Sendable, Hashable {
    /// Absent: it had no name.
    package var name: String?
    package var zone: String
    package var from: Timestamp
    package var to: Timestamp
    package var agent: String
    package var job: JobID?

    package init(name: String?, zone: String, from: Timestamp, to: Timestamp, agent: String, job: JobID?) {
      self.name = name
      self.zone = zone
      self.from = from
      self.to = to
      self.agent = agent
      self.job = job
    }
  }

  package var host: HostRow
  package var why: String
  /// Absent: an earlier coordinator, which has none.
  package var names: [Name]?
  package var views: [View]
  package var looks: [Look]
  package var inventoryAt: Timestamp?
  package var isInventoryCurrent: Bool

  package init(
    host: HostRow, why: String, names: [Name]?, views: [View], looks: [Look], inventoryAt: Timestamp?,
    isInventoryCurrent: Bool
  ) {
    self.host = host
    self.why = why
    self.names = names
    self.views = views
    self.looks = looks
    self.inventoryAt = inventoryAt
    self.isInventoryCurrent = isInventoryCurrent
  }
}
