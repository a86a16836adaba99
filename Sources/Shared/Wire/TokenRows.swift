package import Model

package enum TokenUse: String, Codable, Sendable, CaseIterable {
  /// Lets agents enrol.
  case join
  /// Lets people and scripts use the operator's API.
  case api
}

package struct TokenRow: Codable, Sendable, Hashable {
  package enum Condition: String, Codable, Sendable {
    case valid, expired, revoked
    case usedUp = "used-up"
  }

  package var id: TokenID
  package var use: TokenUse
  package var condition: Condition
  package var role: AccessRole?
  package var site: String?
  package var zone: String?
  package var duties: [Duty]
  package var tags: [String]
  package var usesMade: Int
  package var usesAllowed: Int?
  package var note: String?
  package var createdAt: Timestamp
  package var expiresAt: Timestamp?
  /// Of a join token: the agent whose place it is for.
  package var replaces: AgentID?

  package init(
    id: TokenID, use: TokenUse, condition: Condition, role: AccessRole?, site: String?, zone: String?, duties: [Duty],
    tags: [String], usesMade: Int, usesAllowed: Int?, note: String?, createdAt: Timestamp, expiresAt: Timestamp?
  ) {
    self.id = id
    self.use = use
    self.condition = condition
    self.role = role
    self.site = site
    self.zone = zone
    self.duties = duties
    self.tags = tags
    self.usesMade = usesMade
    self.usesAllowed = usesAllowed
    self.note = note
    self.createdAt = createdAt
    self.expiresAt = expiresAt
  }
}

/// `POST /api/v1/tokens`.
package struct NewToken: WireRequest, Hashable {
  package var use: TokenUse
  package var role: AccessRole?
  package var site: String?
  package var zone: String?
  package var createZone: Bool?
  package var duties: [Duty]?
  package var tags: [String]?
  package var uses: Int?
  package var expiresInSeconds: Int?
  package var note: String?

  package init(use: TokenUse) { self.use = use }

  private enum CodingKeys: String, ListedFields {
    case use, role, site, zone, createZone, duties, tags, uses, expiresInSeconds, note
  }
  package static var fieldNames: Set<String> { CodingKeys.names }
}

/// The answer to `POST /api/v1/tokens`: the only time the secret is shown.
package struct IssuedToken: Codable, Sendable, Hashable {
  package var token: TokenRow
  package var secret: String

  package init(token: TokenRow, secret: String) {
    self.token = token
    self.secret = secret
  }
}

/// `POST /api/v1/agents/ID/replace`: how long the join token shall be valid, an hour unless said, and what it is for.
package struct NewReplacement: WireRequest, Hashable {
  package var expiresInSeconds: Int?
  package var note: String?

  package init(expiresInSeconds: Int? = nil, note: String? = nil) {
    self.expiresInSeconds = expiresInSeconds
    self.note = note
  }

  private enum CodingKeys: String, ListedFields { case expiresInSeconds, note }
  package static var fieldNames: Set<String> { CodingKeys.names }
}

/// The answer to `POST /api/v1/agents/ID/rekey`: the only time the secret is shown.
package struct NewSecret: Codable, Sendable, Hashable {
  package var agent: AgentID
  package var secret: String

  package init(agent: AgentID, secret: String) {
    self.agent = agent
    self.secret = secret
  }
}
