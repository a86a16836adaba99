package import Model

/// Tells whether scope rules have been added or removed: ids are given once, and rules are not changed in place.
package struct ScopeMark: Hashable, Sendable {
  package var count: Int
  package var newest: Int64
  /// Milliseconds: a rule whose transaction was undone may give its id to another.
  package var newestAt: Int64

  package init(count: Int, newest: Int64, newestAt: Int64) {
    self.count = count
    self.newest = newest
    self.newestAt = newestAt
  }
}

/// A statement of what may be scanned, or must not be.
package struct ScopeRule: Hashable, Sendable {
  package var id: ScopeRuleID
  package var name: String
  package var action: ScopeAction
  package var networks: [AddressRange]
  /// A port expression; nil: every port.
  package var ports: String?
  /// Nil: every site.
  package var site: SiteID?
  /// Of a limit: probes a second to its networks, over all agents.
  package var probesPerSecond: Int?
  /// Of a limit: jobs in its networks at once.
  package var maximumJobs: Int?
  package var note: String
  package var until: Timestamp?
  package var createdAt: Timestamp

  package init(
    id: ScopeRuleID, name: String, action: ScopeAction, networks: [AddressRange], ports: String?, site: SiteID?,
    probesPerSecond: Int? = nil, maximumJobs: Int? = nil, note: String, until: Timestamp?, createdAt: Timestamp
  ) {
    self.id = id
    self.name = name
    self.action = action
    self.networks = networks
    self.ports = ports
    self.site = site
    self.probesPerSecond = probesPerSecond
    self.maximumJobs = maximumJobs
    self.note = note
    self.until = until
    self.createdAt = createdAt
  }
}
