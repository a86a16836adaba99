internal import Model
package import Wire

/// Counts of a report's endpoints and changes, gathered while their rows pass. Rows of one host follow each other.
///
/// What is kept does not grow with the rows: one count for each protocol, port and service name, bounded in number, and the hosts
/// with most open endpoints.
package struct ReportSummary: Sendable {
  package private(set) var endpoints = 0
  package private(set) var open = 0
  package private(set) var hosts = 0
  private var services: [String: Int] = [:]
  private var verdicts: [String: Int] = [:]
  private var kinds: [String: Int] = [:]
  /// Changes of every kind.
  package private(set) var changes = 0
  private var topHosts: [ReportCount] = []
  private var host: (key: String, name: String, open: Int)?

  /// How many bars a chart has.
  private static let shown = 15

  /// Names come from strangers: beyond so many, what is new counts as `other`.
  private static let maximumNames = 100_000

  package init() {}

  package mutating func add(_ row: PortRow) {
    let key = "\(row.site)|\(row.scope)|\(row.address)"
    if host?.key != key {
      closeHost()
      hosts += 1
      host = (key, row.address.description, 0)
    }
    endpoints += 1
    if let verdict = row.verdict { verdicts[verdict.rawValue, default: 0] += 1 }
    guard row.state == .open else { return }
    open += 1
    host?.open += 1
    let service = row.service.map { " \(ServiceTunnel.spoken($0, through: row.identified?.tunnel))" } ?? ""
    let name = "\(row.port)/\(row.protocol.rawValue)\(service)"
    services[services[name] != nil || services.count < Self.maximumNames ? name : "other", default: 0] += 1
  }

  package mutating func add(_ change: ChangeRow) {
    changes += 1
    kinds[change.change, default: 0] += 1
  }

  private mutating func closeHost() {
    guard let host, host.open > 0 else { return }
    topHosts.append(ReportCount(name: host.name, count: host.open))
    if topHosts.count >= 1_000 { topHosts = Self.top(topHosts) }
  }

  /// Open endpoints by port and service, the most frequent first.
  package var byService: [ReportCount] { Self.top(services.map { ReportCount(name: $0.key, count: $0.value) }) }

  /// Changes by kind.
  package var byChange: [ReportCount] { Self.top(kinds.map { ReportCount(name: $0.key, count: $0.value) }) }

  /// Endpoints by verdict.
  package var byVerdict: [ReportCount] { Self.top(verdicts.map { ReportCount(name: $0.key, count: $0.value) }) }

  /// Hosts with most open endpoints.
  package var byHost: [ReportCount] {
    var whole = self
    whole.closeHost()
    return Self.top(whole.topHosts)
  }

  private static func top(_ counts: [ReportCount]) -> [ReportCount] {
    Array(counts.sorted { ($1.count, $0.name) < ($0.count, $1.name) }.prefix(shown))
  }
}
