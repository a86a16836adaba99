internal import CoordinatorCore
internal import CoordinatorServices
internal import Model
internal import Wire

extension PortRow {
  init(_ row: ChartRow, _ places: PlaceNames, serviceName: (ProtocolPort) -> String?) {
    let summary = row.summary
    self.init(
      site: places.name(of: row.host.site), scope: places.text(of: row.host.scope), address: row.host.address,
      protocol: row.transport, port: row.port, state: summary.state, reason: summary.reason,
      service: row.service?.facts.name ?? serviceName(ProtocolPort(row.transport, row.port)),
      identified: row.service?.facts, identifiedAt: row.service?.observedAt,
      verdict: summary.verdict,
      zone: summary.zone.map(places.name), otherZones: summary.otherZones.map(places.name),
      isSelfView: summary.isSelfView, processes: row.listener?.processes ?? [],
      ownerUnknownReason: row.listener?.ownerUnknownReason, unit: row.listener?.unit, agent: row.insideAgentName,
      inventoryAt: row.inventoryAt, firstSeen: summary.firstSeen, lastSeen: summary.lastSeen,
      lastChanged: summary.differedAt, names: row.names.isEmpty ? nil : row.names,
      hostReason: row.hostReason)
  }
}
