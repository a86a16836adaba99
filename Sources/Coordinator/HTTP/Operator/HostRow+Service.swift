internal import CoordinatorCore
internal import CoordinatorServices
internal import Model
internal import Wire

extension HostRow {
  init(_ row: ChartHostRow, _ places: PlaceNames) {
    self.init(
      site: places.name(of: row.host.site), scope: places.text(of: row.host.scope), address: row.host.address,
      state: row.state?.rawValue, openPorts: row.openPorts, listeners: row.listeners, names: row.names,
      agent: row.agent.map(places.name), firstSeen: row.firstSeen, lastSeen: row.lastSeen, changedAt: row.changedAt,
      otherAddresses: row.otherAddresses.isEmpty ? nil : row.otherAddresses, reason: row.reason)
  }
}

extension HostExplanationRow {
  init(_ explanation: HostExplanation, _ places: PlaceNames) {
    self.init(
      host: HostRow(explanation.row, places), why: explanation.reason,
      names: explanation.names.map { named in
        Name(
          name: named.run.name, zone: places.name(of: named.zone), from: named.run.first, to: named.run.last,
          agent: places.name(of: named.run.agent), job: named.run.job)
      },
      views: explanation.views.map { seen in
        let view = seen.view
        return View(
          zone: places.name(of: view.key.zone), isSelfView: view.key.isSelfView, state: view.state.rawValue,
          reason: view.state == .up ? view.run.reason : nil, firstSeen: view.firstSeen, lastSeen: view.lastSeen,
          agent: places.name(of: view.run.agent), job: view.run.job,
          why: seen.reason,
          runs: seen.runs.map { run in
            Period(
              state: run.state.rawValue, reason: run.state == .up ? run.reason : nil, from: run.first, to: run.last,
              change: run.change?.rawValue,
              agent: places.name(of: run.agent), job: run.job)
          })
      },
      looks: explanation.looks.map {
        Look(zone: places.name(of: $0.zone), at: $0.at, agent: places.name(of: $0.agent), job: $0.job)
      }, inventoryAt: explanation.inventoryAt, isInventoryCurrent: explanation.isInventoryCurrent)
  }
}
