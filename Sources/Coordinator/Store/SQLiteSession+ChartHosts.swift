internal import CoordinatorCore
internal import GRDB
internal import Model

extension SQLiteSession {
  func chartHosts(_ query: ChartQuery, after: ChartHost?, limit: Int) throws -> [ChartHostRow] {
    try chartHostPage(query, after: after, limit: limit, looks: .max).rows
  }

  func chartHostPage(
    _ query: ChartQuery, after: ChartHost?, limit: Int, looks most: Int
  ) throws -> ChartHostPage {
    let looks = ChartLooks(most)
    func read(_ path: ChartPath, _ limit: Int) throws -> [ChartHostRow] {
      try chartHosts(query, on: path, after: after, limit: limit, looks)
    }
    func merged(_ paths: [ChartPath], _ limit: Int) throws -> [ChartHostRow] {
      // A host is found on several paths, with some of its endpoints on each.
      let found = try self.merged(paths, limit: .max, looks, { ChartPosition(host: $0.host, transport: .tcp, port: 0) })
      {
        path, _ in try read(path, limit)
      }
      var rows: [ChartHostRow] = []
      for row in found {
        if rows.last?.host == row.host {
          rows[rows.count - 1].add(row)
        } else if rows.count < limit {
          rows.append(row)
        }
      }
      return rows
    }
    let rows: [ChartHostRow]
    if let path = try textPath(of: query) ?? namePath(of: query) {
      rows = try read(path, limit)
    } else if let paths = ChartPath.mergedPaths(of: query, sites: try sites(of: query, from: after)) {
      rows = try merged(paths, limit)
    } else {
      rows = try onPathsWithoutTexts(of: query, from: after, limit: limit, looks) { path, limit in
        try path.parts.isEmpty ? read(path, limit) : merged(path.parts, limit)
      }
    }
    return ChartHostPage(rows: rows, end: looks.end?.host, looked: looks.count)
  }

  private func chartHosts(
    _ query: ChartQuery, on path: ChartPath, after: ChartHost?, limit: Int, _ looks: ChartLooks
  ) throws -> [ChartHostRow] {
    var rows: [ChartHostRow] = []
    func read(_ looks: ChartLooks) throws -> ChartWayEnd {
      rows = []
      return try eachEndpointOfHosts(query, on: path, looks, { $0.add(after: after, on: path) }) { part in
        if rows.last?.host == part.host {
          rows[rows.count - 1].add(part)
          return true
        }
        guard rows.count < limit else { return false }
        rows.append(part)
        return true
      }
    }
    switch try end(of: path, looks, read) {
    case .whole: return rows
    case .sorted:
      return try inAnyOrder(path, looks) { try chartHosts(query, on: $0, after: after, limit: limit, $1) }
    case .stopped(let place):
      // The host at which the way ended is looked at whole, so that every page comes further.
      if rows.last?.host == place.host { rows.removeLast() }
      if rows.count < limit, let row = try chartHost(query, on: path, place.host, looks) { rows.append(row) }
      return rows
    }
  }

  private func chartHost(
    _ query: ChartQuery, on path: ChartPath, _ host: ChartHost, _ looks: ChartLooks
  ) throws -> ChartHostRow? {
    var row: ChartHostRow?
    let unbounded = ChartLooks(.max)
    _ = try eachEndpointOfHosts(query, on: path, unbounded, { $0.add(at: host) }) { part in
      if row == nil { row = part } else { row?.add(part) }
      return true
    }
    looks.spend(unbounded.count)
    return row
  }

  /// Endpoints that fit, host by host, each as a part of its host, until `body` wants no more. `place` adds where they are sought.
  private func eachEndpointOfHosts(
    _ query: ChartQuery, on path: ChartPath, _ looks: ChartLooks, _ place: (inout ChartCondition) -> Void,
    _ body: (ChartHostRow) -> Bool
  ) throws -> ChartWayEnd {
    var condition = ChartCondition()
    place(&condition)
    // As in listings of endpoints: before all others, so that it counts what they leave out.
    let look = Int32(condition.arguments.count + 1)
    condition.add("looked_at(?, e.id)", [nil])
    condition.add(Self.isPresent)
    condition.add(query, on: path)
    return try eachComposedRow(
      """
      SELECT e.site_id, e.scope, e.address, e.state IS \(EndpointState.open.code), e.listener_id IS NOT NULL,
        e.inside_agent_id, e.first_seen, e.last_seen
      FROM \(path.table) \(Self.joins) \(condition.whereClause)
      ORDER BY e.site_id, e.scope, e.address
      """, condition.arguments, lookAt: look, looks
    ) { running in
      guard let site = running.integer(at: 0), let scope = running.text(at: 1), let address = running.address(at: 2)
      else { throw StoreError(.failed, "the database holds an unreadable place of a host") }
      return body(
        ChartHostRow(
          host: ChartHost(site: SiteID(site), scope: HostScope(rawValue: scope), address: address),
          openPorts: running.integer(at: 3) == 1 ? 1 : 0, listeners: running.integer(at: 4) == 1 ? 1 : 0,
          agent: running.integer(at: 5).map { AgentID($0) },
          firstSeen: running.integer(at: 6).map { Timestamp(milliseconds: $0) },
          lastSeen: running.integer(at: 7).map { Timestamp(milliseconds: $0) }))
    }
  }
}
