internal import CoordinatorCore
internal import FoundationEssentials
internal import Model

/// Which index finds the rows of a query. SQLite knows nothing of how many rows a term leaves, and would walk the whole chart in the
/// listing's order for a host, a program or a finding.
struct ChartPath {
  /// The table with the index that must be used, if any.
  let table: String
  /// What holds for every row besides the query, and lets the index be used.
  let conditions: [(sql: String, values: [any Storable])]

  /// The only site that the path's rows are of, if its conditions name one.
  var site: SiteID?

  /// Scopes of the site that the path's rows are of, if its conditions tell.
  var scopes: Scopes?

  enum Scopes {
    /// The site's own alone, which is the first in the listing's order.
    case own
    /// All but that.
    case others
  }

  /// Paths in the listing's order, each, which together find the same rows: to be merged. Empty: the path itself is to be read.
  var parts: [ChartPath] = []

  /// SQLite sorts what the index finds.
  var isSorted = false

  /// Where SQLite chooses the index itself, or sorts what the index finds: the same rows by an index in the listing's order, however many
  /// others it passes. Nil: the path is in order, or finds few.
  var inOrder: ChartPath? {
    guard isSorted || table == Self.anyIndex else { return nil }
    let index = table == Self.byAgent ? Self.byInhabitant : Self.inListingOrder
    return ChartPath(table: index, conditions: conditions, site: site, scopes: scopes)
  }

  private static let anyIndex = "endpoint AS e"
  private static let inListingOrder = "endpoint AS e INDEXED BY sqlite_autoindex_endpoint_1"
  private static let byPort = "endpoint AS e INDEXED BY endpoint_port"
  private static let byScope = "endpoint AS e INDEXED BY endpoint_scoped"
  private static let byAgent = "endpoint AS e INDEXED BY endpoint_inside"
  private static let byFinding = "endpoint AS e INDEXED BY endpoint_findings"
  private static let byInhabitant = "endpoint AS e INDEXED BY endpoint_inhabited"

  /// Paths that together find every row of the query, in the listing's order: one behind the other. `sites` are those whose names
  /// the query allows, in order; `place` is the host with which they begin, which is of the first of them; `areFew` tells whether a
  /// span of times has few changes.
  static func paths(
    of query: ChartQuery, sites: [SiteID], from place: ChartHost?, areFew: (TimeSpan) throws -> Bool
  ) rethrows -> [ChartPath] {
    let terms = query.filter.conjuncts
    if let ranges = terms.lazy.compactMap(\.ranges).first {
      let ports = terms.lazy.compactMap(\.singlePorts).first { $0.count <= fewPorts } ?? []
      let sought = ports.flatMap { port in transports(of: terms).map { ProtocolPort($0, Port(UInt16(port))) } }
      return sites.flatMap { site in
        paths(of: ranges, site, from: place?.site == site ? place : nil, seeksPorts: !ports.isEmpty, sought)
      }
    }
    let isOfSites = !query.sites.isEmpty
    if terms.contains(where: \.isOfOneKind) { return paths(of: sites, isOfSites, anyIndex, "TRUE") }
    if let names = terms.lazy.compactMap(\.agents).first {
      let marks = Array(repeating: "?", count: names.count).joined(separator: ", ")
      return [
        ChartPath(
          table: byAgent,
          conditions: [("e.inside_agent_id IN (SELECT id FROM agent WHERE name IN (\(marks)))", names)],
          isSorted: true)
      ]
    }
    if terms.contains(where: \.needsInhabitant) {
      return paths(
        of: sites, isOfSites, byInhabitant, "e.inside_agent_id IS NOT NULL")
    }
    if terms.contains(where: \.isFinding) {
      return paths(of: sites, isOfSites, byFinding, "e.findings <> 0")
    }
    if let span = terms.lazy.compactMap(\.changes).first, try areFew(span) {
      return [
        ChartPath(
          table: "endpoint AS e NOT INDEXED",
          conditions: [("e.id IN (SELECT endpoint_id FROM \(changedSince))", [span.from?.milliseconds ?? .min])],
          isSorted: true)
      ]
    }
    return paths(of: sites, isOfSites, anyIndex, "TRUE")
  }

  /// Paths by an index that begins with the site: one for each where the query names some, else one for all.
  private static func paths(
    of sites: [SiteID], _ isOfSites: Bool, _ table: String, _ condition: String
  ) -> [ChartPath] {
    guard isOfSites else { return [ChartPath(table: table, conditions: [(condition, [])])] }
    return sites.map { site in
      ChartPath(
        table: table, conditions: [("e.site_id = ?", [site.rawValue]), (condition, [])], site: site)
    }
  }

  /// Paths to addresses of a site, from a host of it on. Addresses sort within a site and a scope; scopes other than the site's own
  /// have few endpoints, and an index of theirs. `ports`: those within which all rows are, if there are few; `seeksPorts` tells whether
  /// there are.
  private static func paths(
    of ranges: [AddressRange], _ site: SiteID, from place: ChartHost?, seeksPorts: Bool, _ ports: [ProtocolPort]
  ) -> [ChartPath] {
    var paths: [ChartPath] = []
    if place?.scope ?? .site == .site {
      let spans = spans(of: ranges)
      // Each port within each span is a statement of its own.
      let partsPorts = seeksPorts && spans.count * ports.count <= fewParts
      for span in spans {
        let start = place.map(\.address.blob).map { later($0, span.first, by: goesBefore) } ?? span.first
        guard !goesBefore(span.last, start) else { continue }
        let usesPorts = seeksPorts && span.isNarrow
        let within = (
          sql: "e.site_id = ? AND e.scope = '' AND e.address BETWEEN ? AND ?",
          values: [site.rawValue, start, span.last] as [any Storable]
        )
        var path = ChartPath(
          table: usesPorts ? byPort : inListingOrder,
          conditions: [within] + (usesPorts ? [("e.transport IN (6, 17, 132)", [])] : []), site: site,
          scopes: .own, isSorted: usesPorts)
        if partsPorts {
          path.parts = ports.map { port in
            ChartPath(table: byPort, conditions: [condition(of: port), within], site: site, scopes: .own)
          }
        }
        paths.append(path)
      }
    }
    let scoped = spans(of: ranges)
    if let first = scoped.map(\.first).min(by: goesBefore), let last = scoped.map(\.last).max(by: goesBefore) {
      paths.append(
        ChartPath(
          table: byScope,
          // The index knows them by what differs from '', that of the listing's order by what comes behind it.
          conditions: [
            (
              "e.site_id = ? AND e.scope <> '' AND e.scope > '' AND e.address BETWEEN ? AND ?",
              [site.rawValue, first, last]
            )
          ], site: site, scopes: .others, isSorted: true))
    }
    return paths
  }

  /// Every row of the query in the listing's order, among those of which an index of that order knows. `sites` as for `paths`.
  static func walk(of query: ChartQuery, sites: [SiteID]) -> ChartPath {
    let terms = query.filter.conjuncts
    let (table, condition) =
      terms.contains(where: \.needsInhabitant)
      ? (byInhabitant, "e.inside_agent_id IS NOT NULL")
      : terms.contains(where: \.isFinding) ? (byFinding, "e.findings <> 0") : (inListingOrder, "TRUE")
    return paths(of: sites, !query.sites.isEmpty && sites.count == 1, table, condition)[0]
  }

  /// Addresses as they are stored, from the first to the last.
  private struct Span {
    var first: Data
    var last: Data
    var isNarrow: Bool
  }

  /// What the ranges hold, one behind the other as SQLite compares addresses. Where they are many, or both families are asked for,
  /// whose addresses mix in that order, one span that holds all.
  private static func spans(of ranges: [AddressRange]) -> [Span] {
    var merged: [AddressRange] = []
    for range in ranges.sorted(by: { $0.first < $1.first }) {
      if let last = merged.last, last.family == range.family, range.first <= last.last {
        merged[merged.count - 1] = AddressRange(last.first, Swift.max(last.last, range.last))
      } else {
        merged.append(range)
      }
    }
    let spans = merged.map { range in
      Span(first: range.first.blob, last: range.last.blob, isNarrow: range.span < narrowNet)
    }
    guard Set(merged.map(\.family)).count > 1 || spans.count > fewSpans else { return spans }
    guard let first = spans.map(\.first).min(by: goesBefore), let last = spans.map(\.last).max(by: goesBefore) else {
      return []
    }
    return [Span(first: first, last: last, isNarrow: spans.allSatisfy(\.isNarrow) && spans.count == 1)]
  }

  /// As SQLite compares blobs.
  private static func goesBefore(_ left: Data, _ right: Data) -> Bool { left.lexicographicallyPrecedes(right) }

  private static func later(_ left: Data, _ right: Data, by goesBefore: (Data, Data) -> Bool) -> Data {
    goesBefore(left, right) ? right : left
  }

  /// For rows of a few ports or of one service anywhere: paths each of which is in the listing's order, and whose rows are to be
  /// merged. `sites` as for `paths`. Nil: the query is of another kind.
  static func mergedPaths(of query: ChartQuery, sites: [SiteID]) -> [ChartPath]? {
    mergedPaths(of: query).map { ofSites($0, query, sites) }
  }

  /// Each of some paths for each site, where the query names a few.
  static func ofSites(_ paths: [ChartPath], _ query: ChartQuery, _ sites: [SiteID]) -> [ChartPath] {
    guard !query.sites.isEmpty, sites.count <= fewSites else { return paths }
    return sites.flatMap { site in
      paths.map { path in
        ChartPath(
          table: path.table, conditions: path.conditions + [("e.site_id = ?", [site.rawValue])], site: site)
      }
    }
  }

  private static func mergedPaths(of query: ChartQuery) -> [ChartPath]? {
    let terms = query.filter.conjuncts
    guard !terms.contains(where: { $0.ranges != nil }) else { return nil }
    if let ports = terms.lazy.compactMap(\.singlePorts).first, ports.count <= fewPorts {
      return ports.flatMap { port in
        transports(of: terms).map { transport in
          ChartPath(table: byPort, conditions: [condition(of: ProtocolPort(transport, Port(UInt16(port))))])
        }
      }
    }
    if let (name, registered) = terms.lazy.compactMap(\.wholeService).first, registered.count <= fewPorts {
      // As it was identified, and where nothing was, as the port is registered.
      return [ChartPath(table: "endpoint AS e INDEXED BY endpoint_named", conditions: [("e.service = ?", [name])])]
        + registered.map { key in
          ChartPath(table: byPort, conditions: [condition(of: key), ("e.service IS NULL", [])])
        }
    }
    return nil
  }

  private static func condition(of key: ProtocolPort) -> (sql: String, values: [any Storable]) {
    ("e.port = ? AND e.transport = ?", [Int(key.port.rawValue), key.transport.number])
  }

  /// Protocols that terms which must all hold allow.
  private static func transports(of terms: [ChartTerm]) -> [TransportProtocol] {
    TransportProtocol.allCases.filter { transport in
      terms.allSatisfy { if case .transport(let allowed) = $0 { allowed.contains(transport) } else { true } }
    }
  }

  /// For rows of hosts with names, as name servers say or the agents that live there.
  static func path(
    toHosts named: (sql: String, values: [any Storable]), agents: (sql: String, values: [any Storable])
  ) -> ChartPath {
    ChartPath(
      table: "endpoint AS e NOT INDEXED",
      conditions: [
        (
          """
          e.id IN (SELECT named.id FROM host_name AS n INDEXED BY host_name_sought CROSS JOIN endpoint AS named
              ON named.site_id = n.site_id AND named.scope = n.scope AND named.address = n.address WHERE \(named.sql)
            UNION ALL SELECT inhabited.id FROM endpoint AS inhabited INDEXED BY endpoint_inside
            WHERE inhabited.inside_agent_id IN (SELECT id FROM \(agents.sql)))
          """, named.values + agents.values
        )
      ])
  }

  /// Names of hosts, for each term that must hold.
  static func hostNames(of query: ChartQuery) -> [[TextMatch]] {
    query.filter.conjuncts.compactMap { if case .hostName(let names) = $0 { names } else { nil } }
  }

  /// For rows in whose service or certificate a phrase is, by the index of words.
  static func path(toTexts match: String) -> ChartPath {
    ChartPath(
      table: "endpoint AS e NOT INDEXED",
      conditions: [
        (
          "e.id IN (SELECT s.endpoint_id FROM \(services) UNION ALL SELECT s.endpoint_id FROM \(certificates))",
          [match, match]
        )
      ])
  }

  /// Services and those of certificates that fit a match, one value each: words lead to texts, and texts to what has them.
  static let services = """
    record_word AS w CROSS JOIN endpoint_service AS s INDEXED BY endpoint_service_text ON s.text_id = w.rowid
      WHERE record_word MATCH ?
    """
  static let certificates = """
    record_word AS w CROSS JOIN certificate AS c INDEXED BY certificate_text ON c.text_id = w.rowid
      CROSS JOIN endpoint_service AS s INDEXED BY endpoint_service_certificate ON s.certificate_id = c.id
      WHERE record_word MATCH ?
    """

  /// Phrases of which one must be in each row, as FTS5 reads them (sqlite.org/fts5.html, 3): nothing but letters, digits, marks and
  /// blanks stands between the quotes, whatever was asked. One for each term that must hold.
  static func textMatches(of query: ChartQuery) -> [String] {
    query.filter.conjuncts.compactMap { term in
      guard case .text(let phrases) = term else { return nil }
      return phrases.map { "\"\($0.words)\"" + ($0.isBeginning ? " *" : "") }.joined(separator: " OR ")
    }
  }

  /// Views whose newest run began at a time, one value, or later: what was seen otherwise since then is among them, as that run began after it.
  static let changedSince = "view_run INDEXED BY view_run_latest WHERE next_agent_id IS NOT NULL AND until_at >= ?"

  /// Addresses in a network whose endpoints at one port are sorted in a moment.
  static let narrowNet: UInt128 = 65_536
  static let fewPorts = 8
  /// Each is a statement of its own, in which all ranges stand.
  private static let fewSpans = 8
  private static let fewParts = 24
  private static let fewSites = 8
}

extension ChartQuery {
  /// Lists of names, one of each of which the name of a row's site fits; none: any site.
  var sites: [[TextMatch]] {
    filter.conjuncts.compactMap { if case .site(let names) = $0 { names } else { nil } }
  }
}

extension ChartFilter {
  /// Terms that hold for every row.
  var conjuncts: [ChartTerm] {
    switch self {
    case .term(let term): [term]
    case .all(let filters): filters.flatMap(\.conjuncts)
    case .not, .any: []
    }
  }
}

extension ChartTerm {
  var ranges: [AddressRange]? { if case .net(let ranges) = self { ranges } else { nil } }

  /// Ports that are named one by one; nil: there is a range among them, or it is no term of ports.
  var singlePorts: [Int]? {
    guard case .port(let ranges) = self, ranges.allSatisfy({ $0.count == 1 }) else { return nil }
    return Set(ranges.map { Int($0.lowerBound) }).sorted()
  }

  /// One service that is given whole, and the ports that are registered for it.
  var wholeService: (name: String, registered: [ProtocolPort])? {
    guard case .service(let names, let registered) = self, names.count == 1, case .exactly(let name) = names.first
    else {
      return nil
    }
    return (name, registered)
  }

  /// Names that are given whole.
  var agents: [String]? {
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
  var needsInhabitant: Bool {
    switch self {
    case .process, .pid, .user, .unit, .container, .agent, .tag: true
    case .verdict(let verdicts): verdicts.allSatisfy { [.exposed, .forwarded, .shielded, .unverified].contains($0) }
    default: false
    }
  }

  fileprivate var isFinding: Bool { if case .finding = self { true } else { false } }
}
