internal import CoordinatorCore
internal import FoundationEssentials
internal import GRDB
internal import Model

extension SQLiteSession {
  func findings(
    _ query: FindingQuery, after: FindingID?, limit: Int
  ) throws -> [(finding: FindingRecord, row: ChartRow?)] {
    var condition = ChartCondition()
    condition.add("f.id > ?", [after?.rawValue ?? 0])
    if let site = query.site { condition.add("f.site_id = ?", [site.rawValue]) }
    if !query.includesGone { condition.add("f.gone_at IS NULL") }
    if let time = query.unacknowledgedAt {
      condition.add("coalesce(f.acknowledged_until, 0) <= ?", [time.milliseconds])
    }
    if let rules = query.rules {
      let marks = Array(repeating: "?", count: rules.count).joined(separator: ", ")
      condition.add("f.rule IN (\(marks))", rules.map(\.rawValue).sorted())
    }
    if query.endpoints.filter != .everything {
      condition.add("f.endpoint_id IS NOT NULL")
      condition.add(query.endpoints)
    }
    var reader = ChartRowReader(from: Self.findingColumns.count)
    let columns = StoredRow.Columns(Self.findingColumns.map(\.name))
    var found: [(finding: FindingRecord, row: ChartRow?)] = []
    try eachComposedRow(
      """
      SELECT \(Self.findingColumns.map(\.sql).joined(separator: ", ")), \(ChartRowReader.columns)
      FROM finding AS f LEFT JOIN endpoint AS e ON e.id = f.endpoint_id
      LEFT JOIN listener AS l ON l.id = e.listener_id LEFT JOIN agent AS a ON a.id = e.inside_agent_id
      \(Self.serviceJoin(endpoint: "e.id", zone: "e.zone_id")) \(condition.whereClause) ORDER BY f.id LIMIT ?
      """,
      StoredArguments([query.endpoints.inventoryNotBefore.milliseconds]) + condition.arguments + [limit]
    ) { running in
      let finding = try findingRecord(running.row(columns))
      found.append((finding, finding.endpoint == nil ? nil : try reader.row(running)))
    }
    return found
  }

  private static let findingColumns: [(sql: String, name: String)] = [
    ("f.id", "finding_id"), ("f.rule", "rule"), ("f.site_id", "finding_site"), ("f.subject", "subject"),
    ("f.detail", "detail"), ("f.since", "since"), ("f.gone_at", "gone_at"),
    ("f.acknowledged_until", "acknowledged_until"), ("f.acknowledged_note", "acknowledged_note"),
    ("f.acknowledged_by", "acknowledged_by"), ("f.endpoint_id", "endpoint_id"),
  ]

  func finding(_ id: FindingID) throws -> FindingRecord? {
    try row("SELECT *, id AS finding_id, site_id AS finding_site FROM finding WHERE id = ?", [id.rawValue]).map(
      findingRecord)
  }

  func isAcknowledged(_ endpoint: EndpointID, at time: Timestamp) throws -> Bool {
    var until: Int64?
    try eachRow(
      often: "SELECT min(coalesce(acknowledged_until, 0)) FROM finding WHERE endpoint_id = ? AND gone_at IS NULL",
      [endpoint.rawValue]
    ) { until = $0.integer(at: 0) }
    return until.map { $0 > time.milliseconds } ?? false
  }

  func findingRecord(_ row: StoredRow) throws -> FindingRecord {
    FindingRecord(
      id: row.identifier("finding_id"), rule: try row.word("rule"), site: row.identifier("finding_site"),
      endpoint: row.optionalIdentifier("endpoint_id"), subject: row["subject"], detail: row["detail"],
      since: row.time("since"), goneAt: row.optionalTime("gone_at"),
      acknowledgement: row.optionalTime("acknowledged_until").map {
        .init(until: $0, note: row["acknowledged_note"], by: row["acknowledged_by"])
      })
  }

  func openFindings(_ findings: [FoundNow], at time: Timestamp) throws {
    for finding in findings {
      try execute(
        """
        INSERT INTO finding(rule, site_id, endpoint_id, subject, detail, since) VALUES (?, ?, ?, ?, ?, ?)
        ON CONFLICT (rule, site_id, coalesce(endpoint_id, 0), subject) DO UPDATE SET detail = excluded.detail,
          since = iif(gone_at IS NULL, since, excluded.since), gone_at = NULL
        """,
        [
          finding.rule.rawValue, finding.site.rawValue, finding.endpoint?.rawValue, finding.subject,
          finding.detail.isEmpty ? nil : finding.detail, time.milliseconds,
        ])
    }
  }

  func closeFindings(_ rules: FindingSet, of endpoint: EndpointID, at time: Timestamp) throws {
    for rule in rules.rules {
      try execute(
        "UPDATE finding SET gone_at = ? WHERE endpoint_id = ? AND rule = ? AND gone_at IS NULL",
        [time.milliseconds, endpoint.rawValue, rule.rawValue])
    }
  }

  func presentFindings(of rules: [FindingRule]) throws -> [FindingRecord] {
    let marks = Array(repeating: "?", count: rules.count).joined(separator: ", ")
    return try rows(
      "SELECT *, id AS finding_id, site_id AS finding_site FROM finding WHERE rule IN (\(marks)) AND gone_at IS NULL",
      StoredArguments(rules.map(\.rawValue))
    ).map(findingRecord)
  }

  func replaceFindings(
    _ found: [FoundNow], of rules: [FindingRule], ending whole: [FindingRule], at time: Timestamp
  ) throws {
    let known = try presentFindings(of: rules)
    let present = Dictionary(found.map { ($0.place, $0) }) { first, _ in first }
    for finding in known where whole.contains(finding.rule) && present[FoundNow(finding).place] == nil {
      try execute("UPDATE finding SET gone_at = ? WHERE id = ?", [time.milliseconds, finding.id.rawValue])
    }
    let same = Set(known.map(FoundNow.init))
    try openFindings(found.filter { !same.contains($0) }, at: time)
    // Another wording of a finding that is known is no news.
    let places = Set(known.map { FoundNow($0).place })
    try tellFindings(found.filter { !places.contains($0.place) }, at: time)
  }

  private func tellFindings(_ findings: [FoundNow], at time: Timestamp) throws {
    guard !findings.isEmpty, try wantedNotices().contains(.finding) else { return }
    try append(
      findings.map { finding in
        let endpoint = try finding.endpoint.flatMap { id in
          try row("SELECT scope, address, transport, port FROM endpoint WHERE id = ?", [id.rawValue])
        }
        return ChangeNotice(
          kind: .finding, site: finding.site,
          scope: endpoint.map { HostScope(rawValue: $0["scope"]) } ?? .site,
          address: try endpoint.map { try $0.address("address") },
          endpoint: try endpoint.map { ProtocolPort(try $0.transport(), try $0.port()) },
          after: finding.rule.rawValue, observedAt: time, acceptedAt: time,
          evidence: finding.detail.isEmpty ? finding.subject : finding.detail)
      })
  }

  func setAcknowledgement(
    _ acknowledgement: FindingRecord.Acknowledgement?, of finding: FindingID, at time: Timestamp
  ) throws {
    try execute(
      """
      UPDATE finding SET acknowledged_until = ?, acknowledged_note = ?, acknowledged_by = ?, acknowledged_at = ? WHERE id = ?
      """,
      [
        acknowledgement?.until.milliseconds, acknowledgement?.note, acknowledgement?.by, time.milliseconds,
        finding.rawValue,
      ])
  }

  func certificates(
    endingBefore time: Timestamp, limit: Int
  ) throws -> [(certificate: CertificateIdentity, site: SiteID, endpoint: EndpointID)] {
    try rows(
      """
      SELECT certificate.*, e.site_id, e.id AS endpoint_id FROM certificate INDEXED BY certificate_end
      CROSS JOIN endpoint_service AS service INDEXED BY endpoint_service_certificate
        ON service.certificate_id = certificate.id
      CROSS JOIN endpoint AS e ON e.id = service.endpoint_id AND e.state = \(EndpointState.open.code) AND e.zone_id = service.zone_id
      WHERE certificate.not_after < ? ORDER BY certificate.not_after LIMIT ?
      """, [time.milliseconds, limit]
    ).compactMap { row in
      try certificate(row).map { ($0, row.identifier("site_id"), row.identifier("endpoint_id")) }
    }
  }

  func unusedListeners(
    since time: Timestamp, inventoryNotBefore: Timestamp, limit: Int
  ) throws -> [(listener: ListenerRecord, site: SiteID, endpoint: EndpointID, isCurrent: Bool)] {
    try rows(
      """
      SELECT l.*, e.site_id, min(e.id) AS endpoint_id, coalesce(a.inventory_at, 0) >= ? AS is_current
      FROM listener AS l INDEXED BY listener_quiet CROSS JOIN endpoint AS e INDEXED BY endpoint_listener
        ON e.listener_id = l.id CROSS JOIN agent AS a ON a.id = l.agent_id
      WHERE l.transport = ? AND l.first_seen < ? AND coalesce(l.last_connection_at, l.first_seen) < ?
        AND l.connections IS NOT NULL GROUP BY l.id LIMIT ?
      """,
      [
        inventoryNotBefore.milliseconds, TransportProtocol.tcp.number, time.milliseconds, time.milliseconds, limit,
      ]
    ).map {
      (try listenerRecord($0), $0.identifier("site_id"), $0.identifier("endpoint_id"), $0["is_current"])
    }
  }

  func flappingViews(_ flap: FlapLimit, at now: Timestamp, limit: Int) throws -> [FlappingView] {
    let kinds = ChangeKind.ofFlapping.map { String($0.code) }.sorted().joined(separator: ", ")
    return try rows(
      """
      SELECT endpoint_id, e.site_id, in_zone, is_self, count(*) AS changes
      FROM (SELECT endpoint_id, zone_id AS in_zone, is_self_view AS is_self FROM view_run
        WHERE change IS NOT NULL AND first_at > ?1 AND first_at <= ?2 AND change IN (\(kinds))
        UNION ALL SELECT endpoint_id, zone_id, is_self_view FROM view_run
        WHERE next_agent_id IS NOT NULL AND until_at > ?1 AND until_at <= ?2 AND next_change IN (\(kinds)))
      JOIN endpoint AS e ON e.id = endpoint_id
      GROUP BY endpoint_id, in_zone, is_self HAVING count(*) >= ?3
      ORDER BY endpoint_id, in_zone, is_self LIMIT ?4
      """,
      [(now - flap.window).milliseconds, now.milliseconds, flap.changes, limit]
    ).map { row in
      FlappingView(
        endpoint: row.identifier("endpoint_id"), site: row.identifier("site_id"),
        key: ViewKey(zone: row.identifier("in_zone"), isSelfView: row["is_self"]), changes: row["changes"])
    }
  }

  func tarpits(limit: Int) throws -> [(host: ChartHost, zone: ZoneID, at: Timestamp)] {
    try rows(
      """
      SELECT site_id, scope, address, zone_id, max(observed_at) AS at FROM state_range AS t
      WHERE reason = '\(ProbeReason.everythingOpen.rawValue)' AND NOT EXISTS (
        SELECT 1 FROM state_range AS later WHERE later.site_id = t.site_id AND later.scope = t.scope
          AND later.address = t.address AND later.transport = t.transport AND later.observed_at > t.observed_at
          AND later.state = '\(EndpointState.closed.rawValue)')
      GROUP BY site_id, scope, address LIMIT ?
      """, [limit]
    ).map { row in
      (
        ChartHost(
          site: row.identifier("site_id"), scope: HostScope(rawValue: row["scope"]), address: try row.address("address")
        ),
        row.identifier("zone_id"), row.time("at")
      )
    }
  }

  func sharedAddresses(limit: Int) throws -> [(site: SiteID, address: IPAddress, agents: [String])] {
    let isLocal = HostScope.hostLocalPrefixes.map { _ in "owned.interface GLOB ? || '*'" }.joined(separator: " OR ")
    return try rows(
      """
      SELECT agent.site_id, owned.address, group_concat(DISTINCT agent.name) AS names FROM agent_address AS owned
      JOIN agent ON agent.id = owned.agent_id WHERE agent.removed_at IS NULL AND NOT (\(isLocal))
      GROUP BY owned.address, agent.site_id HAVING count(DISTINCT agent.id) > 1 LIMIT ?
      """, StoredArguments(HostScope.hostLocalPrefixes) + [limit]
    ).map { row in
      let names: String = row["names"]
      return (
        row.identifier("site_id"), try row.address("address"), names.split(separator: ",").map(String.init).sorted()
      )
    }
  }
}

extension FoundNow {
  /// What it is about, in whatever words.
  fileprivate struct Place: Hashable {
    var rule: FindingRule
    var site: SiteID
    var endpoint: EndpointID?
    var subject: String
  }

  fileprivate var place: Place { Place(rule: rule, site: site, endpoint: endpoint, subject: subject) }
}
