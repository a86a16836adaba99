internal import CoordinatorCore
internal import FoundationEssentials
internal import GRDB
internal import Model

extension SQLiteSession {
  func listeners(of agent: AgentID) throws -> [ListenerRecord] {
    try rows("SELECT * FROM listener WHERE agent_id = ?", [agent.rawValue]).map(listenerRecord)
  }

  func listenerRecord(_ row: Row) throws -> ListenerRecord {
    ListenerRecord(
      id: row.identifier("id"), agent: row.identifier("agent_id"),
      key: .init(
        transport: try row.transport(), address: try row.address("address"), port: try row.port(),
        interface: row["interface"]),
      content: try listenerContent(row), firstSeen: row.time("first_seen"), lastSeen: row.time("last_seen"))
  }

  func listenerContent(_ row: Row) throws -> ListenerContent {
    ListenerContent(
      isIPv6Only: row["is_ipv6_only"], uid: row["uid"], user: row["user"],
      inode: (row["inode"] as Int64?).map { UInt64(bitPattern: $0) }, processes: try row.json("processes"),
      ownerUnknownReason: row["owner_unknown_reason"], unit: row["unit"])
  }

  func insertListener(
    agent: AgentID, key: ListenerRecord.Key, content: ListenerContent, at time: Timestamp
  ) throws -> ListenerID {
    ListenerID(
      try insert(
        """
        INSERT INTO listener(agent_id, transport, address, port, interface, is_ipv6_only, uid, user, inode, processes,
          owner_unknown_reason, unit, first_seen, last_seen) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        [
          agent.rawValue, key.transport.number, key.address.blob, Int(key.port.rawValue), key.interface,
          content.isIPv6Only, content.uid, content.user, content.inode.map { Int64(bitPattern: $0) },
          try jsonText(content.processes), content.ownerUnknownReason, content.unit, time.milliseconds,
          time.milliseconds,
        ]))
  }

  func setListener(_ id: ListenerID, content: ListenerContent?, seenAt time: Timestamp) throws {
    guard let content else {
      try execute("UPDATE listener SET last_seen = ? WHERE id = ?", [time.milliseconds, id.rawValue])
      return
    }
    try execute(
      """
      UPDATE listener SET is_ipv6_only = ?, uid = ?, user = ?, inode = ?, processes = ?, owner_unknown_reason = ?,
        unit = ?, last_seen = ? WHERE id = ?
      """,
      [
        content.isIPv6Only, content.uid, content.user, content.inode.map { Int64(bitPattern: $0) },
        try jsonText(content.processes), content.ownerUnknownReason, content.unit, time.milliseconds, id.rawValue,
      ])
  }

  func removeListener(_ id: ListenerID) throws {
    try execute("UPDATE endpoint SET listener_id = NULL WHERE listener_id = ?", [id.rawValue])
    try execute("DELETE FROM listener WHERE id = ?", [id.rawValue])
  }

  func setInventory(of agent: AgentID, epoch: String, sequence: Int64, at time: Timestamp) throws {
    try execute(
      "UPDATE agent SET inventory_epoch = ?, inventory_sequence = ?, inventory_at = ? WHERE id = ?",
      [epoch, sequence, time.milliseconds, agent.rawValue])
  }

  func inventoryPosition(of agent: AgentID) throws -> (epoch: String, sequence: Int64)? {
    guard
      let row = try row("SELECT inventory_epoch, inventory_sequence FROM agent WHERE id = ?", [agent.rawValue]),
      let epoch = row["inventory_epoch"] as String?, let sequence = row["inventory_sequence"] as Int64?
    else { return nil }
    return (epoch, sequence)
  }
}
