package import Model

/// A join token or an API token; only the hash of its secret is known.
package struct TokenRecord: Hashable, Sendable {
  package enum Grant: Hashable, Sendable {
    /// Agents may enrol into the zone, with these duties and tags, so many times (nil: any number).
    case join(zone: ZoneID, duties: Set<Duty>, tags: [String], usesAllowed: Int?)
    /// People and scripts may use the operator's API; nil: every site.
    case api(role: AccessRole, site: SiteID?)
  }

  package var id: TokenID
  package var grant: Grant
  package var usesMade: Int
  package var note: String?
  package var createdAt: Timestamp
  package var expiresAt: Timestamp?
  package var revokedAt: Timestamp?
  /// Of a join token: whoever enrols with it takes this agent's place.
  package var replaces: AgentID?

  package init(
    id: TokenID, grant: Grant, usesMade: Int, note: String?, createdAt: Timestamp, expiresAt: Timestamp?,
    revokedAt: Timestamp?, replaces: AgentID? = nil
  ) {
    self.id = id
    self.grant = grant
    self.usesMade = usesMade
    self.note = note
    self.createdAt = createdAt
    self.expiresAt = expiresAt
    self.revokedAt = revokedAt
    self.replaces = replaces
  }

  package enum Condition: Hashable, Sendable {
    case valid, expired, revoked, usedUp
  }

  package func condition(at time: Timestamp) -> Condition {
    if revokedAt != nil { return .revoked }
    if let expiresAt, expiresAt <= time { return .expired }
    if case .join(_, _, _, let allowed?) = grant, usesMade >= allowed { return .usedUp }
    return .valid
  }
}
