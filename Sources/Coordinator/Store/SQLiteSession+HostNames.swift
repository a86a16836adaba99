internal import CoordinatorCore
internal import GRDB
internal import Model

extension SQLiteSession {
  func nameRuns(of host: ChartHost) throws -> [ZoneID: [HostNameRun]] {
    let rows = try rows(
      often: """
        SELECT zone_id, name, first_at, last_at, agent_id, job_id FROM host_name
        WHERE site_id = ? AND scope = ? AND address = ? ORDER BY zone_id, first_at
        """, StoredArguments(values: place(host)))
    return Dictionary(grouping: rows) { $0.identifier("zone_id") }.mapValues { rows in
      rows.map { row in
        HostNameRun(
          name: row["name"], first: row.time("first_at"), last: row.time("last_at"),
          agent: row.identifier("agent_id"), job: row.optionalIdentifier("job_id"))
      }
    }
  }

  func toldNames(of host: ChartHost, asOf time: Timestamp?) throws -> [String] {
    let now = time?.milliseconds ?? .max
    var names: [String] = []
    for row in try rows(
      often: """
        SELECT name FROM host_name WHERE site_id = ? AND scope = ? AND address = ? AND first_at <= ?
          AND (until_at IS NULL OR until_at > ?) AND name IS NOT NULL ORDER BY zone_id
        """, StoredArguments(values: place(host) + [.integer(now), .integer(now)]))
    {
      let name: String = row["name"]
      if !names.contains(name) { names.append(name) }
    }
    return names
  }

  /// Hosts whose endpoints are looked up and sorted in a moment: those of more are met often enough in the listing's order.
  private static let fewHosts = 500

  /// The way to the endpoints of hosts that a query names, where those are few; nil: it names none, or many.
  func namePath(of query: ChartQuery) throws -> ChartPath? {
    for names in ChartPath.hostNames(of: query) {
      let (named, living) = (ChartCondition.names(names), ChartCondition.namedAgents(names))
      let count = try number(
        """
        SELECT count(*) FROM (SELECT 1 FROM host_name AS n INDEXED BY host_name_sought WHERE \(named.sql)
          UNION ALL SELECT 1 FROM \(living.sql) LIMIT ?)
        """, StoredArguments(named.values + living.values + [Self.fewHosts + 1]))
      if count <= Self.fewHosts { return .path(toHosts: named, agents: living) }
    }
    return nil
  }

  func hasToldNames() throws -> Bool { try number("SELECT EXISTS (SELECT 1 FROM host_name)") != 0 }

  func namedHosts(_ filter: ChartFilter) throws -> [ChartHost]? {
    for names in ChartPath.hostNames(of: ChartQuery(filter)) {
      let (named, living) = (ChartCondition.names(names), ChartCondition.namedAgents(names))
      let agents = try number("SELECT count(*) FROM \(living.sql)", StoredArguments(living.values))
      guard agents == 0 else { continue }
      let hosts = try composedRows(
        """
        SELECT DISTINCT n.site_id, n.scope, n.address FROM host_name AS n INDEXED BY host_name_sought WHERE \(named.sql)
        LIMIT ?
        """, StoredArguments(named.values) + [Self.fewHosts + 1]
      ).map { row in
        ChartHost(
          site: row.identifier("site_id"), scope: HostScope(rawValue: row["scope"]), address: try row.address("address")
        )
      }
      if hosts.count <= Self.fewHosts { return hosts.sorted { $0.precedes($1) } }
    }
    return nil
  }

  func setNameRuns(
    _ runs: [HostNameRun], insteadOf known: [HostNameRun], of host: ChartHost, zone: ZoneID
  ) throws {
    let key = place(host) + [.integer(zone.rawValue)]
    // The same answer again, as most are.
    if let run = runs.last, let last = known.last, runs.dropLast() == known.dropLast(), run.first == last.first,
      run.name == last.name
    {
      return try execute(
        often: """
          UPDATE host_name SET last_at = ?, agent_id = ?, job_id = ?
          WHERE site_id = ? AND scope = ? AND address = ? AND zone_id = ? AND first_at = ?
          """,
        StoredArguments(
          values: [
            .integer(run.last.milliseconds), .integer(run.agent.rawValue), .integer(orNull: run.job?.rawValue),
          ] + key + [.integer(run.first.milliseconds)]))
    }
    try execute(
      often: "DELETE FROM host_name WHERE site_id = ? AND scope = ? AND address = ? AND zone_id = ?",
      StoredArguments(values: key))
    for (index, run) in runs.enumerated() {
      let next = index + 1 < runs.count ? runs[index + 1].first : nil
      try execute(
        often: """
          INSERT INTO host_name(site_id, scope, address, zone_id, first_at, last_at, until_at, name, agent_id, job_id)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
          """,
        StoredArguments(
          values: key + [
            .integer(run.first.milliseconds), .integer(run.last.milliseconds), .integer(orNull: next?.milliseconds),
            .text(orNull: run.name), .integer(run.agent.rawValue), .integer(orNull: run.job?.rawValue),
          ]))
    }
  }

  private func place(_ host: ChartHost) -> [StoredValue] {
    [.integer(host.site.rawValue), .text(host.scope.rawValue), .blob(host.address.blob)]
  }
}
