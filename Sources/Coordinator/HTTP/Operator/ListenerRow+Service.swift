internal import CoordinatorCore
internal import CoordinatorServices
internal import Model
internal import Wire

extension ListenerRow {
  init(_ row: ListenerRecord, site: String, _ places: PlaceNames, ownersVerifiedAt: Timestamp?) {
    self.init(
      site: site, agent: places.name(of: row.agent), protocol: row.key.transport, address: row.key.address,
      port: row.key.port, interface: row.key.interface.isEmpty ? nil : row.key.interface, user: row.content.user,
      inode: row.content.inode, processes: row.content.processes, ownerUnknownReason: row.content.ownerUnknownReason,
      unit: row.content.unit, namespace: row.key.namespace, namespaceName: row.content.namespaceName,
      container: row.content.container, connections: row.content.connections, lastConnectionAt: row.lastConnectionAt,
      firstSeen: row.firstSeen, lastSeen: row.lastSeen, sampledAt: row.lastSeen, ownersVerifiedAt: ownersVerifiedAt)
  }
}
