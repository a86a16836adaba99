internal import CoordinatorCore
internal import FoundationEssentials
internal import GRDB
internal import Model

extension SQLiteSession {
  func sites() throws -> [SiteRecord] {
    try rows("SELECT * FROM site ORDER BY name").map {
      SiteRecord(id: $0.identifier("id"), name: $0["name"], createdAt: $0.time("created_at"))
    }
  }

  func zones() throws -> [ZoneRecord] {
    try rows("SELECT * FROM zone ORDER BY site_id, name").map {
      ZoneRecord(
        id: $0.identifier("id"), site: $0.identifier("site_id"), name: $0["name"],
        probesPerSecond: $0["probes_per_second"], maximumJobs: $0["maximum_jobs"], createdAt: $0.time("created_at"),
        isImport: $0["is_import"])
    }
  }

  func insertSite(name: String, at time: Timestamp) throws -> SiteRecord {
    let id = try insert("INSERT INTO site(name, created_at) VALUES (?, ?)", [name, time.milliseconds])
    return SiteRecord(id: SiteID(id), name: name, createdAt: time)
  }

  func insertZone(name: String, site: SiteID, at time: Timestamp) throws -> ZoneRecord {
    let id = try insert(
      "INSERT INTO zone(site_id, name, created_at) VALUES (?, ?, ?)", [site.rawValue, name, time.milliseconds])
    return ZoneRecord(id: ZoneID(id), site: site, name: name, createdAt: time)
  }

  func agents(includingRemoved: Bool) throws -> [AgentRecord] {
    try rows("SELECT * FROM agent WHERE ? OR removed_at IS NULL ORDER BY site_id, name, id", [includingRemoved])
      .map(agentRecord)
  }

  func agentNames() throws -> [AgentID: String] {
    Dictionary(try rows("SELECT id, name FROM agent").map { ($0.identifier("id"), $0["name"]) }) { first, _ in first }
  }

  func agent(named name: String, at site: SiteID) throws -> AgentRecord? {
    try row("SELECT * FROM agent WHERE site_id = ? AND name = ? AND removed_at IS NULL", [site.rawValue, name])
      .map(agentRecord)
  }

  func pace(site: SiteID, zone: ZoneID?, upTo most: Double?) throws -> Double? {
    // Duties are a JSON list of words.
    try row(
      """
      SELECT sum(iif(probes_per_second > ?3, ?3, probes_per_second)) AS pace FROM agent
      WHERE site_id = ?1 AND (?2 IS NULL OR zone_id = ?2) AND removed_at IS NULL AND duties LIKE '%"scan"%'
      """, [site.rawValue, zone?.rawValue, most])?["pace"]
  }

  func scanningAgents(site: SiteID, zone: ZoneID?, heardIn times: ClosedRange<Timestamp>) throws -> [AgentGroup] {
    // Columns that are neither grouped by nor counted come from one row of the group (SQLite, "Bare columns in an aggregate
    // query"). Duties are a JSON list of words.
    try rows(
      """
      SELECT *, count(*) AS agents, count(iif(last_seen BETWEEN ?3 AND ?4, 1, NULL)) AS present FROM agent
      WHERE site_id = ?1 AND (?2 IS NULL OR zone_id = ?2) AND removed_at IS NULL AND duties LIKE '%"scan"%'
      GROUP BY tags, capabilities, protocol_minor, drained_at IS NULL
      """, [site.rawValue, zone?.rawValue, times.lowerBound.milliseconds, times.upperBound.milliseconds]
    ).map { AgentGroup(example: try agentRecord($0), count: $0["agents"], presentCount: $0["present"]) }
  }

  func agent(_ id: AgentID) throws -> AgentRecord? {
    try row("SELECT * FROM agent WHERE id = ?", [id.rawValue]).map(agentRecord)
  }

  func agent(secretHash: [UInt8]) throws -> AgentRecord? {
    try row("SELECT * FROM agent WHERE secret_hash = ? AND removed_at IS NULL", [Data(secretHash)]).map(agentRecord)
  }

  private func agentRecord(_ row: StoredRow) throws -> AgentRecord {
    AgentRecord(
      id: row.identifier("id"), name: row["name"], site: row.identifier("site_id"), zone: row.identifier("zone_id"),
      installation: row["installation"], duties: try duties(row),
      tags: try row.words("tags"), version: row["version"], hostName: row["host_name"],
      operatingSystem: row["operating_system"], enrolledAt: row.time("enrolled_at"),
      lastSeen: row.optionalTime("last_seen"), removedAt: row.optionalTime("removed_at"),
      inventoryAt: row.optionalTime("inventory_at"), probesPerSecond: row["probes_per_second"],
      protocolMinor: row["protocol_minor"], capabilities: try capabilities(row),
      drainedAt: row.optionalTime("drained_at"))
  }

  /// What a later agent can besides is of no use to this coordinator.
  private func capabilities(_ row: StoredRow) throws -> Set<AgentCapability>? {
    guard (row["capabilities"] as String?) != nil else { return nil }
    return Set(try row.words("capabilities").compactMap(AgentCapability.init))
  }

  private func duties(_ row: StoredRow) throws -> Set<Duty> {
    Set(
      try row.words("duties").map { word in
        guard let duty = Duty(rawValue: word) else {
          throw StoreError(.failed, "the database holds an unreadable value in duties")
        }
        return duty
      })
  }

  func setFacts(_ facts: AgentFacts, of agent: AgentID) throws {
    try execute(
      """
      UPDATE agent SET version = ?, host_name = ?, operating_system = ?, protocol_minor = ?, capabilities = ?
      WHERE id = ?
      """,
      [
        facts.version, facts.hostName, facts.operatingSystem, facts.protocolMinor,
        try jsonText(facts.capabilities.map(\.rawValue).sorted()), agent.rawValue,
      ])
  }

  func interfaces(of agent: AgentID) throws -> [InterfaceAddress] {
    try rows("SELECT * FROM agent_address WHERE agent_id = ? ORDER BY interface, address", [agent.rawValue]).map {
      InterfaceAddress(
        interface: $0["interface"], address: try $0.address("address"), prefixLength: $0["prefix_length"])
    }
  }

  func currentJobs() throws -> [AgentID: JobID] {
    let running = try rows("SELECT agent_id, job_id FROM lease WHERE ended_at IS NULL")
    return Dictionary(running.map { ($0.identifier("agent_id"), $0.identifier("job_id")) }) { first, _ in first }
  }

  func insertAgent(_ agent: NewAgent) throws -> AgentID {
    AgentID(
      try insert(
        """
        INSERT INTO agent(name, site_id, zone_id, installation, secret_hash, duties, tags, version, host_name,
          operating_system, enrolled_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        [
          agent.name, agent.site.rawValue, agent.zone.rawValue, agent.installation, Data(agent.secretHash),
          try jsonText(agent.duties.sorted { $0.rawValue < $1.rawValue }), try jsonText(agent.tags), agent.version,
          agent.hostName, agent.operatingSystem, agent.enrolledAt.milliseconds,
        ]))
  }

  func markSeen(_ agent: AgentID, at time: Timestamp) throws {
    try execute("UPDATE agent SET last_seen = ? WHERE id = ?", [time.milliseconds, agent.rawValue])
  }

  func setTags(_ tags: [String], of agent: AgentID) throws {
    try execute("UPDATE agent SET tags = ? WHERE id = ?", [try jsonText(tags), agent.rawValue])
  }

  func setDrained(_ agent: AgentID, at time: Timestamp?) throws {
    try execute("UPDATE agent SET drained_at = ? WHERE id = ?", [time?.milliseconds, agent.rawValue])
  }

  func setBounds(of zone: ZoneID, probesPerSecond: Int?, maximumJobs: Int?) throws {
    try execute(
      "UPDATE zone SET probes_per_second = ?, maximum_jobs = ? WHERE id = ?",
      [probesPerSecond, maximumJobs, zone.rawValue])
  }

  func halts() throws -> [HaltRecord] {
    try rows("SELECT * FROM halt ORDER BY id").map {
      HaltRecord(
        id: $0.identifier("id"), site: $0.optionalIdentifier("site_id"), zone: $0.optionalIdentifier("zone_id"),
        note: $0["note"], by: $0["by"], at: $0.time("at"))
    }
  }

  func insertHalt(site: SiteID?, zone: ZoneID?, note: String, by: String, at time: Timestamp) throws {
    try execute(
      "INSERT INTO halt(site_id, zone_id, note, by, at) VALUES (?, ?, ?, ?, ?)",
      [site?.rawValue, zone?.rawValue, note, by, time.milliseconds])
  }

  func removeHalt(_ id: HaltID) throws { try execute("DELETE FROM halt WHERE id = ?", [id.rawValue]) }

  func setPace(_ agent: AgentID, probesPerSecond: Double) throws {
    try execute("UPDATE agent SET probes_per_second = ? WHERE id = ?", [probesPerSecond, agent.rawValue])
  }

  func removeAgent(_ agent: AgentID, at time: Timestamp) throws {
    try execute(
      """
      INSERT OR REPLACE INTO inventory_gap(agent_id, from_at)
      SELECT id, inventory_at FROM agent WHERE id = ? AND inventory_at IS NOT NULL
      """, [agent.rawValue])
    // The hash is replaced by a value no secret hashes to, so that the secret stops working at once.
    try execute(
      "UPDATE agent SET removed_at = ?, secret_hash = ?, inventory_at = NULL WHERE id = ? AND removed_at IS NULL",
      [time.milliseconds, Data("removed \(agent)".utf8), agent.rawValue])
    try setInterfaces([], of: agent, at: time)
  }

  func setSecret(hash: [UInt8], of agent: AgentID) throws {
    try execute("UPDATE agent SET secret_hash = ? WHERE id = ?", [Data(hash), agent.rawValue])
  }

  func replaceAgent(_ agent: AgentID, by newcomer: NewAgent) throws {
    // When its last inventory was taken stays: what is missing until the next one is told by that.
    try execute(
      """
      UPDATE agent SET installation = ?, secret_hash = ?, version = ?, host_name = ?, operating_system = ?,
        enrolled_at = ?, last_seen = NULL, probes_per_second = NULL, protocol_minor = 0, capabilities = NULL,
        inventory_epoch = NULL, inventory_sequence = NULL, owners_verified_at = NULL, peers = NULL
      WHERE id = ?
      """,
      [
        newcomer.installation, Data(newcomer.secretHash), newcomer.version, newcomer.hostName, newcomer.operatingSystem,
        newcomer.enrolledAt.milliseconds, agent.rawValue,
      ])
    try setInterfaces([], of: agent, at: newcomer.enrolledAt)
  }

  func setInterfaces(_ addresses: [InterfaceAddress], of agent: AgentID, at time: Timestamp) throws {
    let known = Set(try interfaces(of: agent))
    let wanted = Set(addresses)
    for gone in known.subtracting(wanted) {
      let key: StoredArguments = [agent.rawValue, gone.interface, gone.address.blob]
      try execute(
        """
        INSERT OR REPLACE INTO agent_address_past(agent_id, interface, address, prefix_length, from_at, until_at)
        SELECT agent_id, interface, address, prefix_length, since, ? FROM agent_address
        WHERE agent_id = ? AND interface = ? AND address = ?
        """, [time.milliseconds] + key)
      try execute("DELETE FROM agent_address WHERE agent_id = ? AND interface = ? AND address = ?", key)
    }
    for address in wanted.subtracting(known) {
      try execute(
        """
        INSERT OR REPLACE INTO agent_address(agent_id, interface, address, prefix_length, since) VALUES (?, ?, ?, ?, ?)
        """,
        [agent.rawValue, address.interface, address.address.blob, address.prefixLength, time.milliseconds])
    }
  }
}
