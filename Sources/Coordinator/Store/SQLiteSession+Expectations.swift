internal import CoordinatorCore
internal import FoundationEssentials
internal import GRDB
internal import Model

extension SQLiteSession {
  func expectations() throws -> [Expectation] {
    try rows("SELECT * FROM expectation ORDER BY id").map { row in
      let hosts = try row.words("hosts").map { text in
        let ends = text.split(separator: "-")
        guard ends.count == 2, let first = IPAddress(ends[0]), let last = IPAddress(ends[1]),
          first.family == last.family
        else { throw StoreError(.failed, "the database holds an unreadable value in hosts") }
        return AddressRange(first, last)
      }
      let ports: PortSelection
      do {
        ports = try PortSelection.parse(row["ports"], names: .builtIn, activeProtocols: [.tcp])
      } catch {
        throw StoreError(.failed, "the database holds an unreadable value in ports: \(error)")
      }
      return Expectation(
        name: row["name"], site: row.optionalIdentifier("site_id"), hosts: hosts, ports: ports,
        processes: try row.words("processes").map { TextMatch(typed: $0) },
        users: try row.words("users").map { TextMatch(typed: $0) }, exposure: try row.word("exposure"),
        isRequired: row["is_required"], note: row["note"])
    }
  }

  func setExpectation(_ expectation: Expectation) throws {
    try execute(
      """
      INSERT INTO expectation(name, site_id, hosts, ports, processes, users, exposure, is_required, note)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (name) DO UPDATE SET site_id = excluded.site_id, hosts = excluded.hosts, ports = excluded.ports,
        processes = excluded.processes, users = excluded.users, exposure = excluded.exposure,
        is_required = excluded.is_required, note = excluded.note
      """,
      [
        expectation.name, expectation.site?.rawValue,
        try jsonText(expectation.hosts.map { "\($0.first)-\($0.last)" }), expectation.ports.description,
        try jsonText(expectation.processes.map(\.text)), try jsonText(expectation.users.map(\.text)),
        expectation.exposure.rawValue, expectation.isRequired, expectation.note,
      ])
  }

  func removeExpectation(named name: String) throws -> Bool {
    try execute("DELETE FROM expectation WHERE name = ?", [name])
    return try number("SELECT changes()") > 0
  }
}
