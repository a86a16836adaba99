internal import CoordinatorCore
internal import FoundationEssentials
internal import GRDB
internal import Model

extension SQLiteSession {
  /// Columns of an owner's time that `listener` and `listener_past` share.
  private static let listenerColumns = """
    agent_id, transport, address, port, interface, namespace, namespace_name, container, is_ipv6_only, uid, user, inode,
      processes, owner_unknown_reason, unit, first_seen
    """

  func keepOwner(of id: ListenerID, until time: Timestamp) throws {
    try execute(
      """
      INSERT INTO listener_past(listener_id, \(Self.listenerColumns), from_at, last_at, until_at)
      SELECT id, \(Self.listenerColumns), since, last_seen, ? FROM listener WHERE id = ?
      """, [time.milliseconds, id.rawValue])
    try execute("UPDATE listener SET since = ? WHERE id = ?", [time.milliseconds, id.rawValue])
  }

  private static let pastAsListener = """
    SELECT listener_id AS id, \(listenerColumns), from_at AS since, last_at AS last_seen, NULL AS connections,
      NULL AS last_connection_at FROM listener_past
    """

  func pastListeners(of agent: AgentID, at key: ProtocolPort, limit: Int) throws -> [ListenerRecord] {
    try rows(
      "\(Self.pastAsListener) WHERE agent_id = ? AND transport = ? AND port = ? ORDER BY until_at DESC LIMIT ?",
      [agent.rawValue, key.transport.number, Int(key.port.rawValue), limit]
    ).map(listenerRecord)
  }

  func goneListeners(
    of agent: AgentID, at key: ProtocolPort, _ address: IPAddress, asOf time: Timestamp, limit: Int
  ) throws -> [(listener: ListenerRecord, goneAt: Timestamp)] {
    try rows(
      """
      SELECT listener_id AS id, \(Self.listenerColumns), from_at AS since, last_at AS last_seen, NULL AS connections,
        NULL AS last_connection_at, until_at
      FROM listener_past WHERE agent_id = ? AND transport = ? AND port = ? AND until_at <= ? AND namespace = 0
        AND address IN (?, ?, x'00000000', x'00000000000000000000000000000000')
      ORDER BY until_at DESC LIMIT ?
      """,
      [
        agent.rawValue, key.transport.number, Int(key.port.rawValue), time.milliseconds, address.blob,
        IPAddress(family: .ipv6, value: 0xffff << 32 | address.value).blob, limit,
      ]
    ).map { (try listenerRecord($0), $0.time("until_at")) }
  }

  func inventorySince(of agent: AgentID, at address: IPAddress, asOf time: Timestamp) throws -> Timestamp? {
    guard
      let since = try row("SELECT inventory_since FROM agent WHERE id = ?", [agent.rawValue])?
        .optionalTime("inventory_since"), since <= time
    else { return nil }
    // An address that goes from one interface to another stays the host's.
    var begun = try self.begun(address, of: agent, at: time)
    while let at = begun, at > since, let before = try self.begun(address, of: agent, at: at - .milliseconds(1)) {
      begun = before
    }
    return max(since, begun ?? since)
  }

  /// Since when an agent's host has had an address that it had at a time, on the interface that has had it longest.
  private func begun(_ address: IPAddress, of agent: AgentID, at time: Timestamp) throws -> Timestamp? {
    try row(
      """
      SELECT min(since) AS since FROM (
        SELECT since FROM agent_address WHERE address = ?1 AND agent_id = ?2 AND since <= ?3
        UNION ALL SELECT from_at FROM agent_address_past
        WHERE address = ?1 AND agent_id = ?2 AND from_at <= ?3 AND until_at > ?3)
      """, [address.blob, agent.rawValue, time.milliseconds])?.optionalTime("since")
  }

  func listeners(of agent: AgentID, at key: ProtocolPort, asOf time: Timestamp) throws -> [ListenerRecord] {
    try rows(
      """
      SELECT id, \(Self.listenerColumns), since, last_seen, connections, last_connection_at FROM listener
      WHERE agent_id = ?1 AND transport = ?2 AND port = ?3 AND since <= ?4
      UNION ALL \(Self.pastAsListener)
      WHERE agent_id = ?1 AND transport = ?2 AND port = ?3 AND until_at > ?4 AND from_at <= ?4
      """, [agent.rawValue, key.transport.number, Int(key.port.rawValue), time.milliseconds]
    ).map(listenerRecord)
  }

  /// A table of the listeners there were at a time, with the values for its marks; nil: those there are.
  func listeners(asOf time: Timestamp?) -> (sql: String, values: StoredArguments) {
    guard let time = time?.milliseconds else { return ("listener", []) }
    return (
      """
      (SELECT id, \(Self.listenerColumns), since, min(last_seen, ?) AS last_seen, NULL AS connections,
        NULL AS last_connection_at FROM listener WHERE since <= ?
        UNION ALL SELECT listener_id, \(Self.listenerColumns), from_at, min(last_at, ?), NULL, NULL FROM listener_past
        WHERE until_at > ? AND from_at <= ?)
      """, [time, time, time, time, time]
    )
  }

  func agentLiving(at host: ChartHost, asOf time: Timestamp) throws -> AgentID? {
    if let agent = host.scope.agent {
      return try self.agent(agent).flatMap { $0.removedAt.map { time < $0 } ?? true ? agent : nil }
    }
    let owners = try rows(
      """
      SELECT min(id) AS first, max(id) AS last FROM agent WHERE site_id = ?2 AND id IN (
        SELECT agent_id FROM agent_address WHERE address = ?1 AND since <= ?3
        UNION ALL SELECT agent_id FROM agent_address_past WHERE address = ?1 AND from_at <= ?3 AND until_at > ?3)
      """, [host.address.blob, host.site.rawValue, time.milliseconds]
    ).first
    guard let first = owners?["first"] as Int64?, first == owners?["last"] else { return nil }
    return AgentID(first)
  }

  func interface(with address: IPAddress, of agent: AgentID, asOf time: Timestamp) throws -> String? {
    try row(
      """
      SELECT interface FROM agent_address WHERE address = ?1 AND agent_id = ?2 AND since <= ?3
      UNION ALL SELECT interface FROM agent_address_past
      WHERE address = ?1 AND agent_id = ?2 AND from_at <= ?3 AND until_at > ?3
      """, [address.blob, agent.rawValue, time.milliseconds])?["interface"]
  }

  func addresses(of agent: AgentID, asOf time: Timestamp?) throws -> [IPAddress] {
    let now = time?.milliseconds ?? .max
    let found = try rows(
      often: """
        SELECT address FROM agent_address WHERE agent_id = ?1 AND since <= ?2
        UNION ALL SELECT address FROM agent_address_past WHERE agent_id = ?1 AND from_at <= ?2 AND until_at > ?2
        LIMIT ?3
        """, StoredArguments(values: [.integer(agent.rawValue), .integer(now), .integer(Self.toldAddresses)]))
    let addresses = try Set(found.map { try $0.address("address") })
    return addresses.filter { !$0.isLoopback && !$0.isLinkLocal }.sorted()
  }

  /// Hosts of load balancers have thousands, and each of those would tell of all others.
  private static let toldAddresses: Int64 = 64

  func noteInventory(of agent: AgentID, at time: Timestamp, longestGap: Duration) throws {
    try execute(
      """
      INSERT OR REPLACE INTO inventory_gap(agent_id, from_at, until_at)
      SELECT id, inventory_at, ?1 FROM agent WHERE id = ?2 AND inventory_at < ?3
      """, [time.milliseconds, agent.rawValue, (time - longestGap).milliseconds])
    try execute(
      "UPDATE agent SET inventory_since = ? WHERE id = ? AND inventory_since IS NULL",
      [time.milliseconds, agent.rawValue])
  }

  func inventoryTime(of agent: AgentID, asOf time: Timestamp) throws -> Timestamp? {
    guard
      let found = try row("SELECT inventory_since, inventory_at FROM agent WHERE id = ?", [agent.rawValue]),
      let since = found.optionalTime("inventory_since"), since <= time
    else { return nil }
    let gap = try row(
      """
      SELECT from_at FROM inventory_gap
      WHERE agent_id = ?1 AND from_at <= ?2 AND coalesce(until_at, \(Int64.max)) > ?2 ORDER BY from_at DESC
      """, [agent.rawValue, time.milliseconds])
    if let gap { return gap.time("from_at") }
    return found.optionalTime("inventory_at").map { min($0, time) } ?? time
  }

  func chartKeys(_ query: ChartQuery, after: ChartPosition?, limit: Int) throws -> [ChartKey] {
    let places = query.ofPlaces
    return try inListingOrder(places, after: after, limit: limit, place: \.place) { path, limit in
      var condition = ChartCondition()
      condition.add(places, on: path)
      condition.add(after: after, on: path)
      var keys: [ChartKey] = []
      // By their place: there are millions, and each is read in less time than a column is found by name.
      try eachComposedRow(
        """
        SELECT e.id, e.site_id, e.scope, e.address, e.transport, e.port FROM \(path.table) \(condition.whereClause)
        ORDER BY e.site_id, e.scope, e.address, e.transport, e.port LIMIT ?
        """, condition.arguments + [limit]
      ) { keys.append(try key($0)) }
      return keys
    }
  }

  private func key(_ running: RunningStatement) throws -> ChartKey {
    guard let id = running.integer(at: 0) else {
      throw StoreError(.failed, "the database holds an unreadable endpoint")
    }
    return ChartKey(try place(running, from: 1), EndpointID(id))
  }

  /// Where an endpoint is, from five columns of which `first` is the first.
  func place(_ running: RunningStatement, from first: Int32) throws -> ChartPosition {
    guard let site = running.integer(at: first), let scope = running.text(at: first + 1),
      let address = running.address(at: first + 2),
      let transport = TransportProtocol(number: running.integer(at: first + 3)),
      let port = running.integer(at: first + 4).flatMap({ UInt16(exactly: $0) })
    else { throw StoreError(.failed, "the database holds an unreadable endpoint") }
    return ChartPosition(
      host: ChartHost(site: SiteID(site), scope: HostScope(rawValue: scope), address: address), transport: transport,
      port: Port(port))
  }

  func place(of endpoint: EndpointID) throws -> ChartPosition? {
    try row("SELECT site_id, scope, address, transport, port FROM endpoint WHERE id = ?", [endpoint.rawValue]).map(
      position)
  }

  private func position(_ row: StoredRow) throws -> ChartPosition {
    ChartPosition(
      host: ChartHost(
        site: row.identifier("site_id"), scope: HostScope(rawValue: row["scope"]), address: try row.address("address")),
      transport: try row.transport(), port: try row.port())
  }

  func pastServices(of endpoint: EndpointID, zone: ZoneID) throws -> [ServiceRun] {
    try rows(
      """
      SELECT past.zone_id, past.first_at, past.last_at, past.last_at AS service_at, \(Self.pastServiceColumns)
      FROM service_run AS past LEFT JOIN certificate ON certificate.id = past.certificate_id
      WHERE past.endpoint_id = ? AND past.zone_id = ? ORDER BY past.first_at
      """, [endpoint.rawValue, zone.rawValue]
    ).compactMap { row in
      guard var service = try zoneService(row) else { return nil }
      service.since = row.time("first_at")
      return ServiceRun(service, first: row.time("first_at"), last: row.time("last_at"))
    }
  }

  private static let pastServiceColumns = """
    past.first_at AS service_since, FALSE AS service_has_past, past.name AS service_name, past.product AS service_product,
      past.version AS service_version, past.info AS service_info, past.host_name AS service_host,
      past.tunnel AS service_tunnel, past.tls_version AS service_tls, past.confidence AS service_confidence,
      past.banner AS service_banner, past.agent_id AS service_agent_id, past.job_id AS service_job_id,
      certificate.sha256, certificate.subject, certificate.issuer, certificate.names, certificate.not_before,
      certificate.not_after
    """

  func setPastServices(_ runs: [ServiceRun], of endpoint: EndpointID, zone: ZoneID) throws {
    // The last is of the service that is there, which has a row of its own.
    let ends = runs.dropFirst().map(\.first)
    try execute(
      "DELETE FROM service_run WHERE endpoint_id = ? AND zone_id = ?", [endpoint.rawValue, zone.rawValue])
    for (run, end) in zip(runs, ends) {
      let facts = run.service.facts
      let certificate = try facts.certificate.map { try noteCertificate($0, at: run.last) }
      try execute(
        """
        INSERT INTO service_run(endpoint_id, zone_id, first_at, last_at, until_at, name, product, version, info, host_name,
          tunnel, tls_version, confidence, banner, certificate_id, agent_id, job_id)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        [
          endpoint.rawValue, zone.rawValue, run.first.milliseconds, run.last.milliseconds, end.milliseconds,
          facts.name, facts.product, facts.version, facts.info, facts.hostName, facts.tunnel?.rawValue,
          facts.tlsVersion,
          facts.confidence.rawValue, facts.banner, certificate, run.service.agent.rawValue, run.service.job?.rawValue,
        ])
    }
  }

  func insertChange(_ change: EndpointChange, of endpoint: EndpointID) throws {
    try execute(
      """
      INSERT OR REPLACE INTO endpoint_change(endpoint_id, kind, zone_id, at, not_before, before, after, agent_id, job_id)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
      """,
      [
        endpoint.rawValue, change.kind.rawValue, change.zone.rawValue, change.at.milliseconds,
        change.notBefore?.milliseconds, change.before, change.after, change.agent.rawValue, change.job?.rawValue,
      ])
  }

  func setChanges(_ changes: [EndpointChange], of endpoint: EndpointID, zone: ZoneID, kinds: [ChangeKind]) throws {
    for kind in kinds {
      try execute(
        "DELETE FROM endpoint_change WHERE endpoint_id = ? AND kind = ? AND zone_id = ?",
        [endpoint.rawValue, kind.rawValue, zone.rawValue])
    }
    for change in changes { try insertChange(change, of: endpoint) }
  }
}
