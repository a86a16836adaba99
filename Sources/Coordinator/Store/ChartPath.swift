internal import CoordinatorCore
internal import Model

/// Which index finds the rows of a query. SQLite knows nothing of how many rows a term leaves, and would walk the whole chart in the
/// listing's order for a host, a program or a finding.
struct ChartPath {
  /// The table with the index that must be used, if any.
  let table: String
  /// What holds for every row besides the query, and lets the index be used.
  let conditions: [(sql: String, values: [any Storable])]

  /// Paths that together find every row of the query, in the listing's order: one behind the other. `sites` are those that there
  /// are, in order; `areFew` tells whether a span of times has few changes.
  static func paths(
    of query: ChartQuery, sites: [SiteID], areFew: (TimeSpan) throws -> Bool
  ) rethrows -> [ChartPath] {
    let terms = query.filter.conjuncts
    if let ranges = terms.lazy.compactMap(\.ranges).first {
      // Addresses sort within a site and a scope; scopes other than the site's own have few endpoints, and an index of theirs.
      let isNarrow = ranges.allSatisfy { $0.last.value - $0.first.value < narrowNet }
      let seeksPorts = isNarrow && terms.contains { ($0.singlePorts?.count ?? .max) <= fewPorts }
      return sites.flatMap { site in
        [
          ChartPath(
            table: seeksPorts
              ? "endpoint AS e INDEXED BY endpoint_port" : "endpoint AS e INDEXED BY sqlite_autoindex_endpoint_1",
            conditions: [("e.site_id = ? AND e.scope = ''", [site.rawValue])]
              + (seeksPorts ? [("e.transport IN (6, 17, 132)", [])] : [])),
          ChartPath(
            table: "endpoint AS e INDEXED BY endpoint_scoped",
            conditions: [("e.site_id = ? AND e.scope <> ''", [site.rawValue])]),
        ]
      }
    }
    if terms.contains(where: \.isOfOneKind) { return [ChartPath(table: "endpoint AS e", conditions: [])] }
    if let names = terms.lazy.compactMap(\.agents).first {
      let marks = Array(repeating: "?", count: names.count).joined(separator: ", ")
      return [
        ChartPath(
          table: "endpoint AS e INDEXED BY endpoint_inside",
          conditions: [("e.inside_agent_id IN (SELECT id FROM agent WHERE name IN (\(marks)))", names)])
      ]
    }
    if terms.contains(where: \.needsInhabitant) {
      return [
        ChartPath(
          table: "endpoint AS e INDEXED BY endpoint_inhabited", conditions: [("e.inside_agent_id IS NOT NULL", [])])
      ]
    }
    if terms.contains(where: \.isFinding) {
      return [
        ChartPath(table: "endpoint AS e INDEXED BY endpoint_findings", conditions: [("e.findings <> 0", [])])
      ]
    }
    if let span = terms.lazy.compactMap(\.changes).first, try areFew(span) {
      return [
        ChartPath(table: "endpoint AS e INDEXED BY endpoint_changed", conditions: [("e.differed_at IS NOT NULL", [])])
      ]
    }
    return [ChartPath(table: "endpoint AS e", conditions: [])]
  }

  /// For rows of a few ports or of one service anywhere: paths each of which is in the listing's order, and whose rows are to be
  /// merged. Nil: the query is of another kind.
  static func mergedPaths(of query: ChartQuery) -> [ChartPath]? {
    let terms = query.filter.conjuncts
    guard !terms.contains(where: { $0.ranges != nil }) else { return nil }
    if let ports = terms.lazy.compactMap(\.singlePorts).first, ports.count <= fewPorts {
      return ports.flatMap { port in
        TransportProtocol.allCases.map { transport in
          ChartPath(
            table: "endpoint AS e INDEXED BY endpoint_port",
            conditions: [("e.port = ? AND e.transport = ?", [port, transport.number])])
        }
      }
    }
    if let (name, registered) = terms.lazy.compactMap(\.wholeService).first, registered.count <= fewPorts {
      // As it was identified, and where nothing was, as the port is registered.
      return [ChartPath(table: "endpoint AS e INDEXED BY endpoint_named", conditions: [("e.service = ?", [name])])]
        + registered.map { key in
          ChartPath(
            table: "endpoint AS e INDEXED BY endpoint_port",
            conditions: [
              ("e.port = ? AND e.transport = ? AND e.service IS NULL", [Int(key.port.rawValue), key.transport.number])
            ])
        }
    }
    return nil
  }

  /// Addresses in a network whose endpoints at one port are sorted in a moment.
  private static let narrowNet: UInt128 = 65_536
  private static let fewPorts = 8
}

extension ChartFilter {
  /// Terms that hold for every row.
  fileprivate var conjuncts: [ChartTerm] {
    switch self {
    case .term(let term): [term]
    case .all(let filters): filters.flatMap(\.conjuncts)
    case .not, .any: []
    }
  }
}

extension ChartTerm {
  fileprivate var ranges: [AddressRange]? { if case .net(let ranges) = self { ranges } else { nil } }

  /// Ports that are named one by one; nil: there is a range among them, or it is no term of ports.
  fileprivate var singlePorts: [Int]? {
    guard case .port(let ranges) = self, ranges.allSatisfy({ $0.count == 1 }) else { return nil }
    return Set(ranges.map { Int($0.lowerBound) }).sorted()
  }

  /// One service that is given whole, and the ports that are registered for it.
  fileprivate var wholeService: (name: String, registered: [ProtocolPort])? {
    guard case .service(let names, let registered) = self, names.count == 1, case .exactly(let name) = names.first
    else {
      return nil
    }
    return (name, registered)
  }

  /// Names that are given whole.
  fileprivate var agents: [String]? {
    guard case .agent(let names) = self else { return nil }
    let whole = names.compactMap { if case .exactly(let name) = $0 { name } else { nil } }
    return whole.count == names.count ? whole : nil
  }

  /// The one span of time in which endpoints changed.
  fileprivate var changes: TimeSpan? {
    guard case .time(.lastChanged, let spans) = self, spans.count == 1 else { return nil }
    return spans.first
  }

  /// Terms that have an index of their own in the listing's order.
  fileprivate var isOfOneKind: Bool {
    switch self {
    case .service, .product: true
    case .port: singlePorts != nil
    default: false
    }
  }

  /// Terms that hold only where an agent lives.
  fileprivate var needsInhabitant: Bool {
    switch self {
    case .process, .pid, .user, .unit, .container, .agent, .tag: true
    case .verdict(let verdicts): verdicts.allSatisfy { [.exposed, .forwarded, .shielded, .unverified].contains($0) }
    default: false
    }
  }

  fileprivate var isFinding: Bool { if case .finding = self { true } else { false } }
}
