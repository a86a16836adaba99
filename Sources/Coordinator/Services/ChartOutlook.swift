internal import CoordinatorCore
internal import Model

/// What a chunk will not find in the chart, learnt by a few looks beforehand instead of several at each of its hosts: most chunks
/// speak of many neighbouring hosts at few ports, and of nothing that is there.
struct ChartOutlook {
  /// Looks that are worth it, for so many hosts.
  private static let hostsPerPort = 4
  /// Ports of a run that are looked for one by one.
  private static let widestRun = 4
  /// More finds than a chunk has rows tell little of its hosts.
  private static let limit = 5_000

  private let first: IPAddress
  private let last: IPAddress
  /// Addresses with an endpoint at one of the chunk's ports.
  private let charted: Set<IPAddress>
  private let owned: Set<IPAddress>
  private let hasRuns: Bool

  /// Nil: nothing is gained, or nothing can be told. Throws what the store throws.
  init?(_ hosts: [(HostAddress, HostObservations)], site: SiteID, in session: any WriteSession) throws {
    // Sorted, so that the first and the last are the ends.
    guard let first = hosts.first?.0.address, let last = hosts.last?.0.address, first.family == last.family else {
      return nil
    }
    var keys: Set<ProtocolPort> = []
    let most = hosts.count / Self.hostsPerPort
    for (_, observations) in hosts {
      for sighting in observations.sightings { keys.insert(ProtocolPort(sighting.transport, sighting.port)) }
      for entry in observations.runs {
        guard entry.run.run.ports.count <= Self.widestRun else { return nil }
        for port in entry.run.run.ports { keys.insert(ProtocolPort(entry.transport, Port(port))) }
      }
      guard keys.count <= most else { return nil }
    }
    var charted: Set<IPAddress> = []
    for key in keys {
      guard
        let found = try session.addresses(with: key, site: site, from: first, to: last, limit: Self.limit)
      else { return nil }
      charted.formUnion(found)
    }
    guard let owned = try session.agentAddresses(from: first, to: last, limit: Self.limit) else { return nil }
    self.first = first
    self.last = last
    self.charted = charted
    self.owned = Set(owned)
    hasRuns = try session.hasRuns(site: site, from: first, to: last)
  }

  private func covers(_ host: ChartHost) -> Bool {
    host.scope == .site && first <= host.address && host.address <= last
  }

  /// Whether none of the chunk's ports has an endpoint there.
  func isUncharted(_ host: ChartHost) -> Bool { covers(host) && !charted.contains(host.address) }

  /// Whether no run is stored there.
  func hasNoRuns(_ host: ChartHost) -> Bool { covers(host) && !hasRuns }

  /// Whether no agent has the address.
  func isNobodys(_ host: ChartHost) -> Bool { covers(host) && !owned.contains(host.address) }
}
