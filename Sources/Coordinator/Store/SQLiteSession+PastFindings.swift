internal import CoordinatorCore
internal import GRDB
internal import Model

extension SQLiteSession {
  func finding(_ count: Int, after: FindingID?) throws -> FindingID? {
    try row("SELECT id FROM finding WHERE id > ? ORDER BY id LIMIT 1 OFFSET ?", [after?.rawValue ?? 0, count - 1])?
      .identifier("id")
  }

  func pastFindings(
    _ query: FindingQuery, asOf time: Timestamp, after: FindingID?, upTo end: FindingID?, limit: Int
  ) throws -> [(finding: FindingRecord, place: ChartPosition?)] {
    // Parameter 1, the time, stands in many places, first among the columns: those after it are numbered from 2 on.
    var condition = ChartCondition()
    condition.add("f.id > ?", [after?.rawValue ?? 0])
    if let end { condition.add("f.id <= ?", [end.rawValue]) }
    condition.add("f.since <= ?1 OR p.since IS NOT NULL")
    if let site = query.site { condition.add("f.site_id = ?", [site.rawValue]) }
    if !query.includesGone { condition.add("coalesce(\(Self.end), ?1 + 1) > ?1") }
    if let time = query.unacknowledgedAt {
      condition.add("coalesce(\(Self.said("acknowledged_until")), 0) <= ?", [time.milliseconds])
    }
    if let rules = query.rules {
      let marks = Array(repeating: "?", count: rules.count).joined(separator: ", ")
      condition.add("f.rule IN (\(marks))", rules.map(\.rawValue).sorted())
    }
    if query.endpoints.filter != .everything {
      condition.add("f.endpoint_id IS NOT NULL")
      condition.add(query.endpoints.ofPlaces)
    }
    let columns = StoredRow.Columns(Self.pastColumns.map(\.name))
    var found: [(finding: FindingRecord, place: ChartPosition?)] = []
    try eachComposedRow(
      """
      SELECT \(Self.pastColumns.map(\.sql).joined(separator: ", ")), e.site_id, e.scope, e.address, e.transport, e.port
      FROM finding AS f
      LEFT JOIN finding_past AS p ON f.since > ?1 AND p.finding_id = f.id AND p.since = (
        SELECT max(since) FROM finding_past WHERE finding_id = f.id AND since <= ?1)
      LEFT JOIN acknowledgement_past AS k ON coalesce(f.acknowledged_at, 0) > ?1 AND k.finding_id = f.id
        AND k.from_at = (SELECT max(from_at) FROM acknowledgement_past WHERE finding_id = f.id AND from_at <= ?1)
        AND k.until_at > ?1
      LEFT JOIN endpoint AS e ON e.id = f.endpoint_id \(condition.whereClause) ORDER BY f.id LIMIT ?
      """, StoredArguments([time.milliseconds]) + condition.arguments + [limit]
    ) { running in
      let finding = try findingRecord(running.row(columns))
      found.append((finding, finding.endpoint == nil ? nil : try place(running, from: Int32(columns.count))))
    }
    return found
  }

  private static let pastColumns: [(sql: String, name: String)] = [
    ("f.id", "finding_id"), ("f.rule", "rule"), ("f.site_id", "finding_site"), ("f.subject", "subject"),
    ("f.endpoint_id", "endpoint_id"), ("iif(p.since IS NULL, f.detail, p.detail)", "detail"),
    ("coalesce(p.since, f.since)", "since"), ("iif(\(end) > ?1, NULL, \(end))", "gone_at"),
    (said("acknowledged_until"), "acknowledged_until"), (said("acknowledged_note", "note"), "acknowledged_note"),
    (said("acknowledged_by"), "acknowledged_by"),
  ]

  /// When the span that had begun last was over.
  private static let end = "iif(p.since IS NULL, f.gone_at, p.until_at)"

  /// A column of what had been said of a finding last.
  private static func said(_ column: String, _ earlier: String? = nil) -> String {
    "iif(coalesce(f.acknowledged_at, 0) <= ?1, f.\(column), k.\(earlier ?? column))"
  }
}
