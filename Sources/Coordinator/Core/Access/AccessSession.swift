package import Model

/// Reading tokens and scope rules, inside one transaction.
package protocol AccessReading {
  func tokens() throws -> [TokenRecord]
  func token(_ id: TokenID) throws -> TokenRecord?
  func token(hash: [UInt8]) throws -> TokenRecord?
  func scopeRules() throws -> [ScopeRule]
  /// Differs whenever the rules do.
  func scopeMark() throws -> ScopeMark
}

/// Changing tokens and scope rules, inside one transaction.
package protocol AccessWriting: AccessReading {
  /// `replacing`: the agent whose place a join token is for.
  func insertToken(
    grant: TokenRecord.Grant, hash: [UInt8], note: String?, at time: Timestamp, expiresAt: Timestamp?,
    replacing: AgentID?
  ) throws -> TokenID
  func countUse(of token: TokenID) throws
  func revokeToken(_ id: TokenID, at time: Timestamp) throws
  func insertScopeRule(_ rule: ScopeRule) throws -> ScopeRuleID
  func removeScopeRule(_ id: ScopeRuleID) throws
}

extension AccessWriting {
  /// A token that is for nobody's place.
  package func insertToken(
    grant: TokenRecord.Grant, hash: [UInt8], note: String?, at time: Timestamp, expiresAt: Timestamp?
  ) throws -> TokenID {
    try insertToken(grant: grant, hash: hash, note: note, at: time, expiresAt: expiresAt, replacing: nil)
  }
}
