internal import CoordinatorCore
internal import FoundationEssentials
internal import GRDB
internal import Model

extension SQLiteSession {
  func tokens() throws -> [TokenRecord] { try rows("SELECT * FROM token ORDER BY id").map(tokenRecord) }

  func token(_ id: TokenID) throws -> TokenRecord? {
    try row("SELECT * FROM token WHERE id = ?", [id.rawValue]).map(tokenRecord)
  }

  func token(hash: [UInt8]) throws -> TokenRecord? {
    try row("SELECT * FROM token WHERE hash = ?", [Data(hash)]).map(tokenRecord)
  }

  private func tokenRecord(_ row: StoredRow) throws -> TokenRecord {
    let grant: TokenRecord.Grant =
      if (row["use"] as String) == "join" {
        .join(
          zone: row.identifier("zone_id"), duties: Set(try row.json("duties", as: [Duty].self)),
          tags: try row.json("tags"), usesAllowed: row["uses_allowed"])
      } else {
        .api(role: try row.word("role"), site: row.optionalIdentifier("site_id"))
      }
    return TokenRecord(
      id: row.identifier("id"), grant: grant, usesMade: row["uses_made"], note: row["note"],
      createdAt: row.time("created_at"), expiresAt: row.optionalTime("expires_at"),
      revokedAt: row.optionalTime("revoked_at"), replaces: row.optionalIdentifier("replaces_id"))
  }

  func insertToken(
    grant: TokenRecord.Grant, hash: [UInt8], note: String?, at time: Timestamp, expiresAt: Timestamp?,
    replacing: AgentID?
  ) throws -> TokenID {
    switch grant {
    case .join(let zone, let duties, let tags, let usesAllowed):
      TokenID(
        try insert(
          """
          INSERT INTO token(hash, use, zone_id, duties, tags, uses_allowed, note, created_at, expires_at, replaces_id)
          VALUES (?, 'join', ?, ?, ?, ?, ?, ?, ?, ?)
          """,
          [
            Data(hash), zone.rawValue, try jsonText(duties.sorted { $0.rawValue < $1.rawValue }), try jsonText(tags),
            usesAllowed, note, time.milliseconds, expiresAt?.milliseconds, replacing?.rawValue,
          ]))
    case .api(let role, let site):
      TokenID(
        try insert(
          "INSERT INTO token(hash, use, role, site_id, note, created_at, expires_at) VALUES (?, 'api', ?, ?, ?, ?, ?)",
          [Data(hash), role.rawValue, site?.rawValue, note, time.milliseconds, expiresAt?.milliseconds]))
    }
  }

  func countUse(of token: TokenID) throws {
    try execute("UPDATE token SET uses_made = uses_made + 1 WHERE id = ?", [token.rawValue])
  }

  func revokeToken(_ id: TokenID, at time: Timestamp) throws {
    try execute(
      "UPDATE token SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL", [time.milliseconds, id.rawValue])
  }

  func scopeRules() throws -> [ScopeRule] {
    try rows("SELECT * FROM scope_rule ORDER BY id").map { row in
      let networks: String = row["networks"]
      return ScopeRule(
        id: row.identifier("id"), name: row["name"], action: try row.word("action"),
        networks: try networks.split(separator: " ").map { try self.network($0) }, ports: row["ports"],
        site: row.optionalIdentifier("site_id"), probesPerSecond: row["probes_per_second"],
        maximumJobs: row["maximum_jobs"], note: row["note"], until: row.optionalTime("until"),
        createdAt: row.time("created_at"))
    }
  }

  func scopeMark() throws -> ScopeMark {
    let row = try row(
      "SELECT count(*) AS number, coalesce(max(id), 0) AS newest, coalesce(max(created_at), 0) AS time FROM scope_rule")
    return ScopeMark(count: row?["number"] ?? 0, newest: row?["newest"] ?? 0, newestAt: row?["time"] ?? 0)
  }

  /// Reads what `AddressRange.description` prints.
  func network(_ text: Substring) throws -> AddressRange {
    if let slash = text.firstIndex(of: "/"), let address = IPAddress(text[..<slash]),
      let length = Int(text[text.index(after: slash)...]), (0...address.family.bitWidth).contains(length)
    {
      return AddressRange(network: address, prefixLength: length)
    }
    let ends = text.split(separator: "-").compactMap { IPAddress($0) }
    guard let first = ends.first, let last = ends.last, first.family == last.family, first <= last else {
      throw StoreError(.failed, "the database holds an unreadable network in a scope rule")
    }
    return AddressRange(first, last)
  }

  func insertScopeRule(_ rule: ScopeRule) throws -> ScopeRuleID {
    ScopeRuleID(
      try insert(
        """
        INSERT INTO scope_rule(name, action, networks, ports, site_id, probes_per_second, maximum_jobs, note, until,
          created_at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        [
          rule.name, rule.action.rawValue, rule.networks.map(\.description).joined(separator: " "), rule.ports,
          rule.site?.rawValue, rule.probesPerSecond, rule.maximumJobs, rule.note, rule.until?.milliseconds,
          rule.createdAt.milliseconds,
        ]))
  }

  func removeScopeRule(_ id: ScopeRuleID) throws {
    try execute("DELETE FROM scope_rule WHERE id = ?", [id.rawValue])
  }
}
