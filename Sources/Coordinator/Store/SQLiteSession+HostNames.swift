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
