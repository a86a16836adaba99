import Model
import Testing

@testable import CoordinatorCore
@testable import CoordinatorStore

/// What is asked for in parts, each of which looks at so many endpoints.
extension ChartFilterTests {
  /// So many ways a page is found by at most, each of which looks at one endpoint or more.
  private static let mostWays = 24

  /// Endpoints that lead by words or by names of hosts are few, and sorted whatever page they are for.
  private static func isBounded(_ query: ChartQuery) -> Bool {
    ChartPath.textMatches(of: query).isEmpty && ChartPath.hostNames(of: query).isEmpty
  }

  /// All that fits, page by page.
  static func inParts(
    _ query: ChartQuery, _ fixture: StoreFixture, limit: Int, looks: Int, _ place: Comment
  ) async throws -> [ChartRow] {
    var found: [ChartRow] = []
    var after: ChartPosition?
    while true {
      let start = after
      let page = try await fixture.store.read {
        try $0.chartPage(query, after: start, limit: limit, looks: looks)
      }
      #expect(page.rows.count <= limit)
      if isBounded(query) { #expect(page.looked <= looks + mostWays, place) }
      found += page.rows
      guard let next = page.rows.count == limit ? page.rows.last?.position : page.end else { return found }
      if let start { try #require(SQLiteSession.goesBefore(start, next), "each page comes further") }
      if let last = page.rows.last?.position { #expect(!SQLiteSession.goesBefore(next, last)) }
      after = next
    }
  }

  /// What a list of hosts tells of one.
  struct Host: Equatable {
    let host: ChartHost
    var openPorts = 0
    var listeners = 0
    var agent: AgentID?
    var firstSeen: Timestamp?
    var lastSeen: Timestamp?
  }

  /// Hosts of endpoints, which are in order.
  static func hosts(of rows: [ChartRow]) -> [Host] {
    var hosts: [Host] = []
    for row in rows {
      if hosts.last?.host != row.host { hosts.append(Host(host: row.host)) }
      var host = hosts.removeLast()
      host.openPorts += row.summary.state == .open ? 1 : 0
      host.listeners += row.summary.listener == nil ? 0 : 1
      host.agent = [host.agent, row.summary.insideAgent].compactMap(\.self).max()
      host.firstSeen = [host.firstSeen, row.summary.firstSeen].compactMap(\.self).min()
      host.lastSeen = [host.lastSeen, row.summary.lastSeen].compactMap(\.self).max()
      hosts.append(host)
    }
    return hosts
  }

  /// All hosts that fit, page by page.
  static func hostsInParts(
    _ query: ChartQuery, _ fixture: StoreFixture, limit: Int, looks: Int
  ) async throws -> [Host] {
    var found: [Host] = []
    var after: ChartHost?
    while true {
      let start = after
      let page = try await fixture.store.read {
        try $0.chartHostPage(query, after: start, limit: limit, looks: looks)
      }
      #expect(page.rows.count <= limit)
      found += page.rows.map {
        Host(
          host: $0.host, openPorts: $0.openPorts, listeners: $0.listeners, agent: $0.agent, firstSeen: $0.firstSeen,
          lastSeen: $0.lastSeen)
      }
      guard let next = page.rows.count == limit ? page.rows.last?.host : page.end else { return found }
      if let start { try #require(start.precedes(next), "each page comes further") }
      if let last = page.rows.last?.host { #expect(!next.precedes(last)) }
      after = next
    }
  }

  /// Counts are those of the rows that fit and are listed, whatever they are counted by.
  static func expectCounts(
    _ query: ChartQuery, _ fixture: StoreFixture, looks: Int, of rows: [ChartRow], _ place: Comment
  ) async throws {
    let listed = rows.filter { row in
      query.namesState || row.summary.listener != nil || row.summary.state == .open
        || row.summary.state == .openOrFiltered
    }
    for grouping in ChartGrouping.allCases where grouping != .service {
      let counts = try await countsInParts(looks) { after in
        try await fixture.store.read { try $0.chartCounts(query, by: grouping, after: after, looks: looks) }
      }
      var sums: [String?: Int] = [:]
      for count in counts {
        // The spelling of a product is that of any of its rows.
        sums[grouping == .product ? count.value?.lowercased() : count.value, default: 0] += count.endpoints
      }
      #expect(sums == Dictionary(grouping: listed) { value(of: $0, grouping) }.mapValues(\.count), place)
    }
    let services = try await countsInParts(looks) { after in
      try await fixture.store.read { try $0.serviceCounts(query, after: after, looks: looks) }
    }
    let told = Dictionary(
      services.map { (Served(service: $0.service, key: $0.key), $0.endpoints) }, uniquingKeysWith: +)
    let expected = Dictionary(grouping: listed) { row in
      Served(service: row.summary.service?.name, key: ProtocolPort(row.transport, row.port))
    }
    #expect(told == expected.mapValues(\.count), place)
  }

  private struct Served: Hashable {
    let service: String?
    let key: ProtocolPort
  }

  private static func countsInParts<Count>(
    _ looks: Int, _ part: (ChartPosition?) async throws -> ChartCounts<Count>
  ) async throws -> [Count] {
    var found: [Count] = []
    var after: ChartPosition?
    repeat {
      let part = try await part(after)
      found += part.counts
      if let after, let end = part.end { try #require(SQLiteSession.goesBefore(after, end), "each part comes further") }
      after = part.end
    } while after != nil
    return found
  }

  private static func value(of row: ChartRow, _ grouping: ChartGrouping) -> String? {
    switch grouping {
    case .agent: row.insideAgentName
    case .host: row.host.address.description
    case .port: row.port.description
    case .product: row.summary.service?.product?.lowercased()
    case .proto: row.transport.rawValue
    case .service: row.summary.service?.name
    case .site: "default"
    case .state: row.summary.state?.rawValue
    case .verdict: row.summary.verdict?.rawValue
    case .zone: row.summary.zone == nil ? nil : "default"
    }
  }
}
