internal import CoordinatorCore
internal import FoundationEssentials
internal import GRDB
internal import Model

extension SQLiteSession {
  func listeners(of agent: AgentID) throws -> [ListenerRecord] {
    try rows("SELECT * FROM listener WHERE agent_id = ?", [agent.rawValue]).map(listenerRecord)
  }

  func listenerRecord(_ row: StoredRow) throws -> ListenerRecord {
    ListenerRecord(
      id: row.identifier("id"), agent: row.identifier("agent_id"),
      key: .init(
        transport: try row.transport(), address: try row.address("address"), port: try row.port(),
        interface: row["interface"], namespace: (row["namespace"] as Int64).nonZero),
      content: try listenerContent(row), firstSeen: row.time("first_seen"), lastSeen: row.time("last_seen"),
      since: row.time("since"), lastConnectionAt: row.optionalTime("last_connection_at"))
  }

  func listenerContent(_ row: StoredRow) throws -> ListenerContent {
    ListenerContent(
      isIPv6Only: row["is_ipv6_only"], uid: row["uid"], user: row["user"],
      inode: (row["inode"] as Int64?).map { UInt64(bitPattern: $0) }, processes: try row.json("processes"),
      ownerUnknownReason: row["owner_unknown_reason"], unit: row["unit"], namespaceName: row["namespace_name"],
      container: row["container"], connections: row["connections"])
  }

  func insertListener(
    agent: AgentID, key: ListenerRecord.Key, content: ListenerContent, at time: Timestamp
  ) throws -> ListenerID {
    ListenerID(
      try insert(
        """
        INSERT INTO listener(agent_id, transport, address, port, interface, is_ipv6_only, uid, user, inode, processes,
          owner_unknown_reason, unit, namespace, namespace_name, container, connections, first_seen, last_seen, since)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        [
          agent.rawValue, key.transport.number, key.address.blob, Int(key.port.rawValue), key.interface,
          content.isIPv6Only, content.uid, content.user, content.inode.map { Int64(bitPattern: $0) },
          try jsonText(content.processes), content.ownerUnknownReason, content.unit,
          Int64(bitPattern: key.namespace ?? 0), content.namespaceName, content.container, content.connections,
          time.milliseconds, time.milliseconds, time.milliseconds,
        ]))
  }

  func setListenersSeen(of agent: AgentID, at time: Timestamp) throws {
    try execute(
      """
      UPDATE listener SET last_seen = ?1, last_connection_at = iif(connections > 0, ?1, last_connection_at)
      WHERE agent_id = ?2
      """, [time.milliseconds, agent.rawValue])
  }

  func setListener(_ id: ListenerID, content: ListenerContent, seenAt time: Timestamp) throws {
    try execute(
      """
      UPDATE listener SET is_ipv6_only = ?, uid = ?, user = ?, inode = ?, processes = ?, owner_unknown_reason = ?,
        unit = ?, namespace_name = ?, container = ?, connections = ?, last_seen = ? WHERE id = ?
      """,
      [
        content.isIPv6Only, content.uid, content.user, content.inode.map { Int64(bitPattern: $0) },
        try jsonText(content.processes), content.ownerUnknownReason, content.unit, content.namespaceName,
        content.container, content.connections, time.milliseconds, id.rawValue,
      ])
  }

  func removeListener(_ id: ListenerID) throws {
    for kind in try kinds(at: id) {
      tally.remove(kind.listened)
      tally.add(kind.unlistened)
    }
    try execute("UPDATE endpoint SET listener_id = NULL WHERE listener_id = ?", [id.rawValue])
    try execute("DELETE FROM listener WHERE id = ?", [id.rawValue])
  }

  func setInventory(
    of agent: AgentID, position: InventoryPosition, at time: Timestamp, ownersVerifiedAt: Timestamp?
  ) throws {
    try execute(
      """
      UPDATE agent SET inventory_epoch = ?, inventory_sequence = ?, inventory_at = ?, owners_verified_at = ?
      WHERE id = ?
      """,
      [
        position.epoch, position.sequence, time.milliseconds, ownersVerifiedAt?.milliseconds, agent.rawValue,
      ])
  }

  func inventoryPosition(of agent: AgentID) throws -> InventoryPosition? {
    guard
      let row = try row("SELECT inventory_epoch, inventory_sequence FROM agent WHERE id = ?", [agent.rawValue]),
      let epoch = row["inventory_epoch"] as String?, let sequence = row["inventory_sequence"] as Int64?
    else { return nil }
    return InventoryPosition(epoch: epoch, sequence: sequence)
  }

  func setPeers(_ peers: PeerSummary?, of agent: AgentID) throws {
    try execute("UPDATE agent SET peers = ? WHERE id = ?", [try peers.map(jsonText), agent.rawValue])
  }

  func peers(of agent: AgentID) throws -> PeerSummary? {
    guard let row = try row("SELECT peers FROM agent WHERE id = ? AND peers IS NOT NULL", [agent.rawValue]) else {
      return nil
    }
    return try row.json("peers")
  }

  func inventoryTimes(of agent: AgentID) throws -> (sampledAt: Timestamp?, ownersVerifiedAt: Timestamp?) {
    let row = try row("SELECT inventory_at, owners_verified_at FROM agent WHERE id = ?", [agent.rawValue])
    return (row?.optionalTime("inventory_at"), row?.optionalTime("owners_verified_at"))
  }
}

extension Int64 {
  /// An inode from its column, in which 0 stands for none.
  fileprivate var nonZero: UInt64? { self == 0 ? nil : UInt64(bitPattern: self) }
}
