package import Model

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
  package var note: String
  package var until: Timestamp?
  package var createdAt: Timestamp

  package init(
    id: ScopeRuleID, name: String, action: ScopeAction, networks: [AddressRange], ports: String?, site: SiteID?,
    note: String,
    until: Timestamp?, createdAt: Timestamp
  ) {
    self.id = id
    self.name = name
    self.action = action
    self.networks = networks
    self.ports = ports
    self.site = site
    self.note = note
    self.until = until
    self.createdAt = createdAt
  }
}
