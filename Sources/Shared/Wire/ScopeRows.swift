package import Model

package struct ScopeRuleRow: Codable, Sendable, Hashable {
  package var id: ScopeRuleID
  package var name: String
  package var action: ScopeAction
  package var networks: [String]
  /// Absent: every port.
  package var ports: String?
  /// Absent: every site.
  package var site: String?
  /// Of a limit: probes a second, over all agents.
  package var rate: Int?
  /// Of a limit: jobs at once.
  package var maximumJobs: Int?
  package var note: String
  package var until: Timestamp?
  package var createdAt: Timestamp

  package init(
    id: ScopeRuleID, name: String, action: ScopeAction, networks: [String], ports: String?, site: String?,
    rate: Int? = nil, maximumJobs: Int? = nil, note: String, until: Timestamp?, createdAt: Timestamp
  ) {
    self.id = id
    self.name = name
    self.action = action
    self.networks = networks
    self.ports = ports
    self.site = site
    self.rate = rate
    self.maximumJobs = maximumJobs
    self.note = note
    self.until = until
    self.createdAt = createdAt
  }
}

/// `POST /api/v1/scope`.
package struct NewScopeRule: WireRequest, Hashable {
  package var action: ScopeAction
  package var networks: [String]
  package var name: String
  package var note: String
  package var site: String?
  package var ports: String?
  package var rate: Int?
  package var maximumJobs: Int?
  package var until: Timestamp?

  package init(action: ScopeAction, networks: [String], name: String, note: String) {
    self.action = action
    self.networks = networks
    self.name = name
    self.note = note
  }

  private enum CodingKeys: String, ListedFields {
    case action, networks, name, note, site, ports, rate, maximumJobs, until
  }
  package static var fieldNames: Set<String> { CodingKeys.names }
}

/// `GET /api/v1/scope/test`: which rule decides on an address.
package struct ScopeDecision: Codable, Sendable, Hashable {
  package var address: HostAddress
  package var port: Port?
  package var isAllowed: Bool
  /// Absent when no rule names the address: then it is refused.
  package var rule: ScopeRuleRow?

  package init(address: HostAddress, port: Port?, isAllowed: Bool, rule: ScopeRuleRow?) {
    self.address = address
    self.port = port
    self.isAllowed = isAllowed
    self.rule = rule
  }
}
