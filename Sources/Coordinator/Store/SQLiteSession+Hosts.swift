internal import CoordinatorCore
internal import FoundationEssentials
internal import GRDB
internal import Model

extension SQLiteSession {
  /// Hosts in one statement, as for endpoints.
  private static let hostBatch = 32

  private static let settingOneHost = RepeatedSQL(settingHosts(1))
  private static let settingBatchOfHosts = RepeatedSQL(settingHosts(hostBatch))

  /// What is there is changed in its place, so that the index of first answers is left alone.
  private static func settingHosts(_ count: Int) -> String {
    let row = "(" + Array(repeating: "?", count: 20).joined(separator: ", ") + ")"
    return """
      INSERT INTO host_view(site_id, scope, address, zone_id, is_self_view, state, first_seen, last_seen, first_at, last_at,
        first_begun, last_begun, has_past, agent_id, job_id, echo_seen, reason, misses, echo_begun, port_begun)
      VALUES \(Array(repeating: row, count: count).joined(separator: ", "))
      ON CONFLICT DO UPDATE SET state = excluded.state, first_seen = excluded.first_seen, last_seen = excluded.last_seen,
        first_at = excluded.first_at, last_at = excluded.last_at, first_begun = excluded.first_begun,
        last_begun = excluded.last_begun, has_past = excluded.has_past, agent_id = excluded.agent_id,
        job_id = excluded.job_id, echo_seen = excluded.echo_seen, reason = excluded.reason, misses = excluded.misses,
        echo_begun = excluded.echo_begun, port_begun = excluded.port_begun
      """
  }

  func hostViews(of host: ChartHost) throws -> [HostView] {
    try rows(
      often: "SELECT * FROM host_view WHERE site_id = ? AND scope = ? AND address = ? ORDER BY zone_id, is_self_view",
      StoredArguments(values: hostKey(host))
    ).map(hostView)
  }

  func hostViews(
    _ key: ViewKey, site: SiteID, from first: IPAddress, to last: IPAddress, limit: Int
  ) throws -> [IPAddress: HostView]? {
    var views: [IPAddress: HostView] = [:]
    views.reserveCapacity(limit)
    var isComplete = true
    try eachRow(
      often: """
        SELECT address, state = 'up', first_seen, last_seen, first_at, last_at, first_begun, last_begun, agent_id, job_id,
          has_past, echo_seen, reason, misses, echo_begun, port_begun
        FROM host_view
        WHERE site_id = ? AND scope = '' AND address BETWEEN ? AND ? AND zone_id = ? AND is_self_view = ? LIMIT ?
        """,
      StoredArguments(values: [
        .integer(site.rawValue), .blob(first.blob), .blob(last.blob), .integer(key.zone.rawValue),
        key.isSelfView.stored,
        .integer(Int64(limit) + 1),
      ])
    ) { row in
      guard views.count < limit else {
        isComplete = false
        return
      }
      func time(_ column: Int32) -> Timestamp? { row.integer(at: column).map { Timestamp(milliseconds: $0) } }
      guard let address = row.address(at: 0), let firstSeen = time(2), let lastSeen = time(3), let first = time(4),
        let last = time(5), let agent = row.integer(at: 8)
      else { throw StoreError(.failed, "a record of a host is damaged") }
      views[address] = HostView(
        key: key, firstSeen: firstSeen, lastSeen: lastSeen,
        run: HostRun(
          state: row.integer(at: 1) == 1 ? .up : .gone, first: first, last: last, firstBegun: time(6),
          lastBegun: time(7), agent: AgentID(agent), job: row.integer(at: 9).map { JobID($0) },
          reason: row.text(at: 12).flatMap { ProbeReason(rawValue: $0) }),
        hasPast: row.integer(at: 10) == 1, echoSeen: time(11), echoBegun: time(14), portBegun: time(15),
        misses: try misses(row.text(at: 13)))
    }
    return isComplete ? views : nil
  }

  func hostRuns(of host: ChartHost, _ key: ViewKey) throws -> [HostRun] {
    try rows(
      often: """
        SELECT * FROM host_run
        WHERE site_id = ? AND scope = ? AND address = ? AND zone_id = ? AND is_self_view = ? ORDER BY first_at
        """, StoredArguments(values: hostKey(host, key))
    ).map(hostRun)
  }

  func hostRecords(in ranges: [AddressRange], after: ChartHost?, limit: Int) throws -> [HostRecord] {
    guard !ranges.isEmpty else {
      var condition = ChartCondition()
      condition.add(after: after)
      return try hostRecords("host_view", condition, limit: limit)
    }
    // As endpoints are found (`ChartPath`): addresses sort within a site and a scope.
    var found: [HostRecord] = []
    for site in try rows("SELECT id FROM site WHERE id >= ? ORDER BY id", [after?.site.rawValue ?? 0]) {
      let site: Int64 = site["id"]
      let place = after?.site.rawValue == site ? after : nil
      if place.map({ $0.scope == .site }) ?? true {
        var condition = ChartCondition()
        condition.add("site_id = ? AND scope = ''", [site])
        condition.add(ranges, after: place?.address)
        found += try hostRecords("host_view", condition, limit: limit - found.count)
      }
      guard found.count < limit else { break }
      var condition = ChartCondition()
      condition.add("site_id = ? AND scope <> ''", [site])
      condition.add(after: place)
      condition.add(ranges, after: nil)
      found += try hostRecords("host_view INDEXED BY host_scoped", condition, limit: limit - found.count)
      guard found.count < limit else { break }
    }
    return found
  }

  private func hostRecords(
    _ table: String, _ condition: ChartCondition, limit: Int
  ) throws -> [HostRecord] {
    let places = try composedRows(
      """
      SELECT DISTINCT site_id, scope, address FROM \(table) \(condition.whereClause)
      ORDER BY site_id, scope, address LIMIT ?
      """, condition.arguments + [limit])
    return try places.map { row in
      let host = try hostPlace(row)
      return HostRecord(host: host, views: try hostViews(of: host))
    }
  }

  func setHostViews(_ views: [(host: ChartHost, view: HostView)]) throws {
    var index = 0
    while index < views.count {
      let count = views.count - index >= Self.hostBatch ? Self.hostBatch : 1
      try execute(
        often: count == 1 ? Self.settingOneHost : Self.settingBatchOfHosts,
        StoredArguments(
          values: views[index..<(index + count)].flatMap { hostKey($0.host, $0.view.key) + values($0.view) }))
      index += count
    }
  }

  func setHostRuns(_ runs: [HostRun], of host: ChartHost, _ key: ViewKey) throws {
    let place = hostKey(host, key)
    try execute(
      often: """
        DELETE FROM host_run WHERE site_id = ? AND scope = ? AND address = ? AND zone_id = ? AND is_self_view = ?
        """, StoredArguments(values: place))
    for (index, run) in runs.enumerated() {
      let next = index + 1 < runs.count ? runs[index + 1].first : nil
      try execute(
        often: """
          INSERT INTO host_run(site_id, scope, address, zone_id, is_self_view, state, first_at, last_at, until_at,
            first_begun, last_begun, change, agent_id, job_id, reason)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
          """,
        StoredArguments(
          values: place + [
            .text(run.state.rawValue), .integer(run.first.milliseconds), .integer(run.last.milliseconds),
            .integer(orNull: next?.milliseconds), .integer(orNull: run.firstBegun?.milliseconds),
            .integer(orNull: run.lastBegun?.milliseconds), .text(orNull: run.change?.rawValue),
            .integer(run.agent.rawValue), .integer(orNull: run.job?.rawValue), .text(orNull: run.reason?.rawValue),
          ]))
    }
  }

  func hostChanges(
    _ kinds: Set<ChangeKind>, _ time: TimeSpan, after: ChangePosition?, limit: Int
  ) throws -> [ChangeRecord] {
    var found: [ChangeRecord] = []
    for source in HostChangeSource.allCases where !source.kinds.isDisjoint(with: kinds) {
      found += try hostChanges(source, kinds, time, after, limit)
    }
    return Array(found.sorted { $0.position.isNewer($1.position) }.prefix(limit))
  }

  /// A view that never changed tells of its first answer, and runs of all after.
  private enum HostChangeSource: CaseIterable {
    case found
    case runs

    var kinds: Set<ChangeKind> { self == .found ? [.hostFound] : ChangeKind.ofHosts }
    var time: String { self == .found ? "v.first_seen" : "v.first_at" }
    var kind: String { self == .found ? "'host-found'" : "v.change" }
    var condition: String { self == .found ? "v.has_past = 0" : "v.change IS NOT NULL" }
    var before: String {
      self == .found ? "NULL AS before_at, NULL AS before" : "b.last_at AS before_at, b.state AS before"
    }
    var table: String {
      switch self {
      case .found: "host_view AS v"
      case .runs:
        """
        host_run AS v LEFT JOIN host_run AS b ON b.site_id = v.site_id AND b.scope = v.scope AND b.address = v.address
          AND b.zone_id = v.zone_id AND b.is_self_view = v.is_self_view AND b.until_at = v.first_at
        """
      }
    }
  }

  private func hostChanges(
    _ source: HostChangeSource, _ kinds: Set<ChangeKind>, _ time: TimeSpan, _ after: ChangePosition?, _ limit: Int
  ) throws -> [ChangeRecord] {
    var condition = ChartCondition()
    condition.add(source.condition)
    if let from = time.from { condition.add("\(source.time) >= ?", [from.milliseconds]) }
    if let to = time.to { condition.add("\(source.time) < ?", [to.milliseconds]) }
    if let after {
      if let host = after.host {
        condition.add(
          "(\(source.time), v.site_id, v.scope, v.address, v.zone_id, v.is_self_view) < (?, ?, ?, ?, ?, ?)",
          [
            after.at.milliseconds, host.site.rawValue, host.scope.rawValue, host.address.blob, after.view.zone.rawValue,
            after.view.isSelfView,
          ])
      } else {
        condition.add("\(source.time) <= ?", [after.at.milliseconds])
      }
    }
    if source == .runs {
      let marks = Array(repeating: "?", count: kinds.count).joined(separator: ", ")
      condition.add("v.change IN (\(marks))", kinds.map(\.rawValue).sorted())
    }
    return try composedRows(
      """
      SELECT v.site_id, v.scope, v.address, v.zone_id, v.is_self_view, v.state, v.agent_id, v.job_id,
        \(source.kind) AS change, \(source.time) AS changed_at, \(source.before)
      FROM \(source.table) \(condition.whereClause)
      ORDER BY \(source.time) DESC, v.site_id DESC, v.scope DESC, v.address DESC, v.zone_id DESC, v.is_self_view DESC
      LIMIT ?
      """, condition.arguments + [limit]
    ).map { row in
      let kind: ChangeKind = try row.word("change")
      return ChangeRecord(
        kind: kind, at: row.time("changed_at"), notBefore: row.optionalTime("before_at"), endpoint: nil,
        host: try hostPlace(row), key: nil,
        view: ViewKey(zone: row.identifier("zone_id"), isSelfView: row["is_self_view"]), state: nil, stateBefore: nil,
        // A view without a past may be gone by now, and was found up.
        detail: kind == .hostGone ? HostState.gone.rawValue : HostState.up.rawValue, detailBefore: row["before"],
        agent: row.identifier("agent_id"), job: row.optionalIdentifier("job_id"))
    }
  }

  private func hostPlace(_ row: StoredRow) throws -> ChartHost {
    ChartHost(
      site: row.identifier("site_id"), scope: HostScope(rawValue: row["scope"]), address: try row.address("address"))
  }

  private func hostKey(_ host: ChartHost, _ key: ViewKey? = nil) -> [StoredValue] {
    [.integer(host.site.rawValue), .text(host.scope.rawValue), .blob(host.address.blob)]
      + (key.map { [.integer($0.zone.rawValue), $0.isSelfView.stored] } ?? [])
  }

  private func values(_ view: HostView) -> [StoredValue] {
    [
      .text(view.state.rawValue), .integer(view.firstSeen.milliseconds), .integer(view.lastSeen.milliseconds),
      .integer(view.run.first.milliseconds), .integer(view.run.last.milliseconds),
      .integer(orNull: view.run.firstBegun?.milliseconds), .integer(orNull: view.run.lastBegun?.milliseconds),
      view.hasPast.stored, .integer(view.run.agent.rawValue), .integer(orNull: view.run.job?.rawValue),
      .integer(orNull: view.echoSeen?.milliseconds), .text(orNull: view.run.reason?.rawValue),
      .text(orNull: text(view.misses)), .integer(orNull: view.echoBegun?.milliseconds),
      .integer(orNull: view.portBegun?.milliseconds),
    ]
  }

  /// Nil where there are none, as of nearly all hosts.
  private func text(_ misses: HostMisses) -> String? {
    misses.isEmpty
      ? nil
      : numbersText(
        misses.looks.flatMap { look in
          [
            (look.firstBegun ?? look.first).milliseconds, look.first.milliseconds, look.agent.rawValue,
            look.job?.rawValue ?? 0,
          ]
        })
  }

  private func misses(_ text: String?) throws -> HostMisses {
    guard let text else { return HostMisses() }
    let numbers = try JSONDecoder().decode([Int64].self, from: Data(text.utf8))
    return HostMisses(
      stride(from: 0, to: numbers.count - 3, by: 4).map { index in
        let job = numbers[index + 3]
        return HostRun(
          HostSilence(
            begun: Timestamp(milliseconds: numbers[index]), ended: Timestamp(milliseconds: numbers[index + 1])),
          agent: AgentID(numbers[index + 2]), job: job == 0 ? nil : JobID(job))
      })
  }

  private func hostView(_ row: StoredRow) throws -> HostView {
    HostView(
      key: ViewKey(zone: row.identifier("zone_id"), isSelfView: row["is_self_view"]),
      firstSeen: row.time("first_seen"), lastSeen: row.time("last_seen"),
      run: HostRun(
        state: try row.word("state"), first: row.time("first_at"), last: row.time("last_at"),
        firstBegun: row.optionalTime("first_begun"), lastBegun: row.optionalTime("last_begun"),
        agent: row.identifier("agent_id"), job: row.optionalIdentifier("job_id"), reason: try row.optionalWord("reason")
      ),
      hasPast: row["has_past"], echoSeen: row.optionalTime("echo_seen"), echoBegun: row.optionalTime("echo_begun"),
      portBegun: row.optionalTime("port_begun"), misses: try misses(row["misses"]))
  }

  private func hostRun(_ row: StoredRow) throws -> HostRun {
    HostRun(
      state: try row.word("state"), first: row.time("first_at"), last: row.time("last_at"),
      firstBegun: row.optionalTime("first_begun"), lastBegun: row.optionalTime("last_begun"),
      agent: row.identifier("agent_id"), job: row.optionalIdentifier("job_id"), change: try row.optionalWord("change"),
      reason: try row.optionalWord("reason"))
  }
}

extension ChartCondition {
  fileprivate mutating func add(after host: ChartHost?) {
    guard let host else { return }
    add("(site_id, scope, address) > (?, ?, ?)", [host.site.rawValue, host.scope.rawValue, host.address.blob])
  }

  /// Addresses of some ranges, from the lowest or from behind the last one that was read up to the highest, as SQLite compares them: a
  /// page begins there, and the ranges are looked at in what lies between.
  fileprivate mutating func add(_ ranges: [AddressRange], after address: IPAddress?) {
    let bounds = (
      low: ranges.map(\.first.blob).min { $0.lexicographicallyPrecedes($1) },
      high: ranges.map(\.last.blob).max { $0.lexicographicallyPrecedes($1) }
    )
    if let low = bounds.low, let high = bounds.high {
      let latest = address?.blob
      if let latest, !latest.lexicographicallyPrecedes(low) {
        add("address > ?", [latest])
      } else {
        add("address >= ?", [low])
      }
      add("address <= ?", [high])
    }
    add(
      ranges.map { _ in "(length(address) = ? AND +address BETWEEN ? AND ?)" }.joined(separator: " OR "),
      ranges.flatMap { [$0.family.bitWidth / 8, $0.first.blob, $0.last.blob] as [(any Storable)?] })
  }
}
