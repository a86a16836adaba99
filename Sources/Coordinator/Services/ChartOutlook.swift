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

  /// A stretch of addresses that was looked at; `hasRuns` is what is stored in it.
  private struct Stretch {
    let first: IPAddress
    let last: IPAddress
    let hasRuns: Bool
  }

  /// Sorted, and apart from one another.
  private let stretches: [Stretch]
  /// Addresses with an endpoint at one of the chunk's ports.
  private let charted: Set<IPAddress>
  private let owned: Set<IPAddress>

  /// Nil: nothing is gained, or nothing can be told. Throws what the store throws.
  init?(_ hosts: [(HostAddress, HostObservations)], site: SiteID, in session: any WriteSession) throws {
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
    var owned: Set<IPAddress> = []
    var stretches: [Stretch] = []
    for (first, last) in Self.stretches(of: hosts, looks: keys.count) {
      guard first.family == last.family else { return nil }
      for key in keys {
        guard
          let found = try session.addresses(with: key, site: site, from: first, to: last, limit: Self.limit)
        else { return nil }
        charted.formUnion(found)
      }
      guard let found = try session.agentAddresses(from: first, to: last, limit: Self.limit) else { return nil }
      owned.formUnion(found)
      stretches.append(
        Stretch(first: first, last: last, hasRuns: try session.hasRuns(site: site, from: first, to: last)))
    }
    guard !stretches.isEmpty else { return nil }
    self.stretches = stretches
    self.charted = charted
    self.owned = owned
  }

  /// The ends of each neighbourhood; of all hosts, where `looks` at each neighbourhood would be too many.
  private static func stretches(
    of hosts: [(HostAddress, HostObservations)], looks: Int
  ) -> [(IPAddress, IPAddress)] {
    let parts = hosts.neighbourhoods
    let isScattered = parts.count * (looks + 2) * hostsPerPort > hosts.count
    return (isScattered ? [hosts[...]] : parts).compactMap { part in
      guard let first = part.first?.0.address, let last = part.last?.0.address else { return nil }
      return (first, last)
    }
  }

  private func stretch(_ host: ChartHost) -> Stretch? {
    guard host.scope == .site else { return nil }
    var (low, high) = (0, stretches.count)
    while low < high {
      let middle = (low + high) / 2
      if stretches[middle].last < host.address { low = middle + 1 } else { high = middle }
    }
    return low < stretches.count && stretches[low].first <= host.address ? stretches[low] : nil
  }

  /// Whether none of the chunk's ports has an endpoint there.
  func isUncharted(_ host: ChartHost) -> Bool { stretch(host) != nil && !charted.contains(host.address) }

  /// Whether no run is stored there.
  func hasNoRuns(_ host: ChartHost) -> Bool { stretch(host).map { !$0.hasRuns } ?? false }

  /// Whether no agent has the address.
  func isNobodys(_ host: ChartHost) -> Bool { stretch(host) != nil && !owned.contains(host.address) }
}
