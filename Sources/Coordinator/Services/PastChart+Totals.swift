internal import CoordinatorCore
internal import Model

extension PastChart {
  /// Of at most 1,000 rows, or so many looks as one page may take.
  private static let pageLimit = 500

  /// Every endpoint that fits a query, in key order, until `body` says that it has enough.
  private mutating func each(
    _ query: ChartQuery, _ places: PlaceNames, after: ChartPosition?, isListing: Bool, _ body: (ChartRow) -> Bool
  ) throws {
    var position = after
    var pages = 0
    while true {
      pages += 1
      guard pages <= Self.pageLimit else {
        throw Refusal(
          .invalidValue, "too many endpoints would have to be looked at; narrow the query by net: or port:", at: "query"
        )
      }
      let (rows, next) = try rows(query, places, after: position, limit: 1_000, isListing: isListing)
      for row in rows where !body(row) { return }
      guard let next else { return }
      position = next
    }
  }

  mutating func hosts(
    _ query: ChartQuery, _ places: PlaceNames, after: ChartHost?, limit: Int
  ) throws -> (rows: [ChartHostRow], next: ChartHost?) {
    // Behind the last port of the last protocol.
    let start = after.map { ChartPosition(host: $0, transport: .sctp, port: Port(.max)) }
    var hosts: [ChartHostRow] = []
    var hasMore = false
    try each(query, places, after: start, isListing: false) { row in
      if hosts.last?.host != row.host {
        hasMore = hosts.count == limit
        guard !hasMore else { return false }
        hosts.append(
          ChartHostRow(host: row.host, openPorts: 0, listeners: 0, agent: nil, firstSeen: nil, lastSeen: nil))
      }
      hosts[hosts.count - 1].add(row.summary)
      return true
    }
    return (hosts, hasMore ? hosts.last?.host : nil)
  }

  mutating func counts(
    _ query: ChartQuery, _ places: PlaceNames, by grouping: ChartGrouping, services: ServiceNames, limit: Int
  ) throws -> [ChartCount] {
    var counts: [String?: Int] = [:]
    try each(query, places, after: nil, isListing: true) { row in
      counts[Self.value(row, grouping, places, services), default: 0] += 1
      return true
    }
    let sorted = counts.sorted { ($1.value, $0.key ?? "") < ($0.value, $1.key ?? "") }
    return sorted.prefix(limit).map { ChartCount(value: $0.key, endpoints: $0.value) }
  }

  private static func value(
    _ row: ChartRow, _ grouping: ChartGrouping, _ places: PlaceNames, _ services: ServiceNames
  ) -> String? {
    let summary = row.summary
    return switch grouping {
    case .agent: row.insideAgentName
    case .host: row.host.address.description
    case .port: row.port.description
    case .product: summary.service?.product
    case .proto: row.transport.rawValue
    case .service: summary.service?.name ?? services.name(of: ProtocolPort(row.transport, row.port))
    case .site: places.name(of: row.host.site)
    case .state: summary.state?.rawValue
    case .verdict: summary.verdict?.rawValue
    case .zone: summary.zone.map(places.name)
    }
  }
}

extension ChartHostRow {
  fileprivate mutating func add(_ summary: EndpointSummary) {
    if summary.state == .open { openPorts += 1 }
    if summary.listener != nil { listeners += 1 }
    agent = summary.insideAgent ?? agent
    firstSeen = [firstSeen, summary.firstSeen].compactMap(\.self).min()
    lastSeen = [lastSeen, summary.lastSeen].compactMap(\.self).max()
  }
}
