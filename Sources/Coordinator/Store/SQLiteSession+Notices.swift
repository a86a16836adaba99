internal import CoordinatorCore
internal import FoundationEssentials
internal import GRDB
internal import Model

extension SQLiteSession {
  func wantedNotices() throws -> Set<NoticeKind> {
    let text: String = try row("SELECT wanted FROM alert_state WHERE id = 1")?["wanted"] ?? ""
    // Read for every chunk of results; mostly nobody wants anything.
    return text.isEmpty ? [] : Set(text.split(separator: ",").compactMap { NoticeKind(rawValue: String($0)) })
  }

  func setWantedNotices(_ kinds: Set<NoticeKind>) throws {
    try execute(
      "UPDATE alert_state SET wanted = ? WHERE id = 1", [kinds.map(\.rawValue).sorted().joined(separator: ",")])
  }

  func append(_ notices: [ChangeNotice]) throws {
    guard !notices.isEmpty else { return }
    let wanted = try wantedNotices()
    for notice in notices where wanted.contains(notice.kind) {
      try execute(
        often: """
          INSERT INTO notice(kind, site_id, zone_id, is_self_view, scope, address, transport, port, before, after,
            observed_at, accepted_at, job_id, agent_id, scan_id, evidence, alert_id)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
          """,
        StoredArguments(values: [
          .text(notice.kind.rawValue), .integer(notice.site.rawValue), .integer(orNull: notice.zone?.rawValue),
          .integer(notice.isSelfView ? 1 : 0), .text(notice.scope.rawValue),
          notice.address.map { .blob($0.blob) } ?? .null,
          .integer(orNull: notice.endpoint.map { Int64($0.transport.number) }),
          .integer(orNull: notice.endpoint.map { Int64($0.port.rawValue) }), .text(orNull: notice.before),
          .text(orNull: notice.after), .integer(notice.observedAt.milliseconds),
          .integer(notice.acceptedAt.milliseconds), .integer(orNull: notice.job?.rawValue),
          .integer(orNull: notice.agent?.rawValue), .integer(orNull: notice.scan?.rawValue),
          .text(orNull: notice.evidence), .integer(orNull: notice.alert?.rawValue),
        ]))
    }
  }

  func notices(after id: Int64, limit: Int) throws -> [NoticeRecord] {
    try rows("SELECT * FROM notice WHERE id > ? ORDER BY id LIMIT ?", [id, limit]).map { row in
      let port = row["port"] as Int?
      return NoticeRecord(
        id: row["id"],
        notice: ChangeNotice(
          kind: try row.word("kind"), site: row.identifier("site_id"), zone: row.optionalIdentifier("zone_id"),
          isSelfView: row["is_self_view"], scope: HostScope(rawValue: row["scope"]),
          address: (row["address"] as Data?) == nil ? nil : try row.address("address"),
          endpoint: port == nil ? nil : ProtocolPort(try row.transport(), try row.port()), before: row["before"],
          after: row["after"], observedAt: row.time("observed_at"), acceptedAt: row.time("accepted_at"),
          job: row.optionalIdentifier("job_id"), agent: row.optionalIdentifier("agent_id"),
          scan: row.optionalIdentifier("scan_id"), evidence: row["evidence"],
          alert: row.optionalIdentifier("alert_id")))
    }
  }
}
