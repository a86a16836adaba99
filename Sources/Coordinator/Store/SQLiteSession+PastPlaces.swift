internal import CoordinatorCore
internal import FoundationEssentials
internal import GRDB
internal import Model

extension SQLiteSession {
  func pastPlaces(
    _ query: ChartQuery, asOf time: Timestamp, after: ChartPosition?, limit: Int
  ) throws -> [ChartPosition] {
    switch PastPath(query) {
    case .places:
      return try inListingOrder(query.ofPlaces, after: after, limit: limit, place: \.self) { path, limit in
        try pastPlaces(query, asOf: time, on: path, after: after, limit: limit)
      }
    case .inhabited(let names):
      return try inhabitedPlaces(query, asOf: time, agents: names, after: after, limit: limit)
    case .merged(let paths):
      let sites = try sites(of: query, from: after?.host)
      let found = try ChartPath.ofSites(paths, query, sites).flatMap { path in
        try pastPlaces(query, asOf: time, on: path, after: after, limit: limit)
      }
      var places: [ChartPosition] = []
      // The first of all are among the first of each, and some are on two paths.
      for place in found.sorted(by: Self.goesBefore) where place != places.last && places.count < limit {
        places.append(place)
      }
      return places
    }
  }

  /// `isJudged`: the path finds what the query's past demands, and nothing else.
  private func pastPlaces(
    _ query: ChartQuery, asOf time: Timestamp, on path: ChartPath, isJudged: Bool = false, after: ChartPosition?,
    limit: Int
  ) throws -> [ChartPosition] {
    var condition = ChartCondition()
    condition.add(query.ofPlaces, on: path)
    condition.add(after: after, on: path)
    if !isJudged { PastCondition(query, at: time).add(to: &condition) }
    var places: [ChartPosition] = []
    try eachComposedRow(
      """
      SELECT e.site_id, e.scope, e.address, e.transport, e.port FROM \(path.table) \(condition.whereClause)
      ORDER BY e.site_id, e.scope, e.address, e.transport, e.port LIMIT ?
      """, condition.arguments + [limit]
    ) { places.append(try place($0, from: 0)) }
    return places
  }

  /// Endpoints of hosts on which agents lived: in each site first those at addresses that agents had, then those at addresses that
  /// mean one inside of a host.
  private func inhabitedPlaces(
    _ query: ChartQuery, asOf time: Timestamp, agents names: [String]?, after: ChartPosition?, limit: Int
  ) throws -> [ChartPosition] {
    let agents = try names.map(self.agents)
    if let agents, agents.isEmpty { return [] }
    var found: [ChartPosition] = []
    let past = PastCondition(query, at: time)
    func read(_ part: PastCondition.Part, isJudged: Bool, _ site: SiteID) throws {
      let path = ChartPath(
        table: "endpoint AS e INDEXED BY sqlite_autoindex_endpoint_1",
        conditions: [("e.site_id = ? AND \(part.sql)", [site.rawValue] + part.values)], site: site)
      found += try pastPlaces(
        query, asOf: time, on: path, isJudged: isJudged, after: after, limit: limit - found.count)
    }
    for site in try sites(of: query, from: after?.host) {
      let start = after.flatMap { $0.host.site == site ? $0.host : nil }
      if start?.scope ?? .site == .site {
        var next = start?.address.blob ?? Data()
        while found.count < limit {
          let addresses = try addresses(of: agents, past, at: site, asOf: time, from: next)
          guard let last = addresses.last else { break }
          try read(past.atAddresses(addresses), isJudged: true, site)
          // The shortest that comes behind it.
          next = last + [0]
        }
      }
      guard let agents else {
        if found.count < limit { try read(past.inScopes(), isJudged: false, site) }
        continue
      }
      // In the order of texts, as scopes are.
      for prefix in agents.map(\.description).sorted() where found.count < limit {
        try read(("e.scope >= ? AND e.scope < ?", ["\(prefix)/", "\(prefix)0"]), isJudged: false, site)
      }
    }
    return found
  }

  /// Hosts whose endpoints are asked for in one statement.
  private static let hostsAtOnce = 64

  private func agents(named names: [String]) throws -> [AgentID] {
    let marks = Array(repeating: "?", count: names.count).joined(separator: ", ")
    return try composedRows("SELECT id FROM agent WHERE name IN (\(marks))", StoredArguments(names))
      .map { $0.identifier("id") }
  }

  /// Addresses that agents of a site had at a time, from one on, in the listing's order; `agents`: those alone.
  private func addresses(
    of agents: [AgentID]?, _ past: PastCondition, at site: SiteID, asOf time: Timestamp, from first: Data
  ) throws -> [Data] {
    let marks = agents.map { Array(repeating: "?", count: $0.count).joined(separator: ", ") }
    let isAsked = "a.site_id = ? AND " + (marks.map { "h.agent_id IN (\($0))" } ?? past.ofAgent.sql)
    let asked = StoredArguments([site.rawValue] + (agents.map { $0.map(\.rawValue) } ?? past.ofAgent.values))
    // Agents have few addresses; all of a site's are read in their order.
    let (owned, once) =
      agents == nil
      ? ("agent_address_owner", "sqlite_autoindex_agent_address_past_1")
      : ("sqlite_autoindex_agent_address_1", "agent_address_past_agent")
    var addresses: [Data] = []
    try eachComposedRow(
      """
      SELECT h.address FROM agent_address AS h INDEXED BY \(owned) CROSS JOIN agent AS a ON a.id = h.agent_id
      WHERE h.address >= ? AND \(isAsked) AND h.since <= ?
      UNION SELECT h.address FROM agent_address_past AS h INDEXED BY \(once) CROSS JOIN agent AS a ON a.id = h.agent_id
      WHERE h.address >= ? AND \(isAsked) AND h.from_at <= ? AND h.until_at > ?
      ORDER BY 1 LIMIT ?
      """,
      StoredArguments([first]) + asked + [time.milliseconds, first] + asked
        + [time.milliseconds, time.milliseconds, Self.hostsAtOnce]
    ) { row in addresses.append(row.withOctets(at: 0) { Data($0) }) }
    return addresses
  }

  func noteUnshownServices(_ services: [ShownService], at host: ChartHost, _ key: ProtocolPort) throws {
    for service in services {
      for (field, value) in [(1, service.name), (2, service.product)] {
        guard let value else { continue }
        var arguments = StoredArguments(capacity: 7)
        arguments.append(Int64(field))
        arguments.append(text: value)
        append(host, key, to: &arguments)
        try execute(
          often: """
            INSERT OR IGNORE INTO service_unshown(field, value, site_id, scope, address, transport, port)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            """, arguments)
      }
    }
  }
}
