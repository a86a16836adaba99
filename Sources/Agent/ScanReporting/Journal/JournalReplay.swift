package import Model

/// Tells a reporter what a journal holds, host by host in ascending order, so that each host is forgotten when it is told:
/// the journal of a /8 is a few ranges, its hosts would be millions.
package struct JournalReplay {
  private let content: JournalContent
  private let space: TargetSpace

  private var runs: [OutcomeRun]
  private var open: [JournalRecord.OpenEndpoint]
  private var hosts: [(hosts: Range<UInt128>, summary: HostSummary)]
  private var nextRun = 0
  private var nextOpen = 0
  private var nextHosts = 0

  /// A run with its ports as they are.
  private struct OutcomeRun {
    let hosts: Range<UInt128>
    let ports: [(transport: TransportProtocol, range: ClosedRange<UInt16>)]
    let outcome: ScanOutcome
    let isSelf: Bool
  }

  package init(_ content: JournalContent, space: TargetSpace) {
    self.content = content
    self.space = space
    runs = content.runs.map { run in
      let slice = content.plan.ports.slice(run.rectangle.ports)
      let ports = TransportProtocol.allCases.flatMap { transport in
        slice[transport].ranges.map { (transport: transport, range: $0) }
      }
      return OutcomeRun(hosts: run.rectangle.hosts, ports: ports, outcome: run.outcome, isSelf: run.isSelf)
    }.sorted { $0.hosts.lowerBound < $1.hosts.lowerBound }
    open = content.open.sorted { ($0.host, $0.port) < ($1.host, $1.port) }
    hosts = JournalBatch.disjoint(content.hosts)
  }

  /// - Parameters:
  ///   - reporter: is told.
  ///   - hostsAlone: whether only hosts are, and none of their ports.
  ///   - unfinished: hosts that are at work again, so that they are not done yet whatever was said.
  package mutating func tell(_ reporter: ScanReporter, hostsAlone: Bool, unfinished: AddressSet = AddressSet()) {
    var active: [OutcomeRun] = []
    var position: UInt128 = 0
    while let start = nextStart(active.isEmpty ? nil : position) {
      position = start
      while nextRun < runs.count, runs[nextRun].hosts.lowerBound == position {
        active.append(runs[nextRun])
        nextRun += 1
      }
      while nextHosts < hosts.count, hosts[nextHosts].hosts.upperBound <= position { nextHosts += 1 }
      let summary = nextHosts < hosts.count && hosts[nextHosts].hosts.contains(position) ? hosts[nextHosts] : nil
      let firstOpen = nextOpen
      while nextOpen < open.count, open[nextOpen].host == position { nextOpen += 1 }
      guard !active.isEmpty || summary != nil || nextOpen > firstOpen else { continue }
      let end = end(position, active, summary?.hosts, hasOpen: nextOpen > firstOpen)
      for index in position..<end {
        let host = space.host(at: index)
        if !hostsAlone {
          for run in active {
            for ports in run.ports {
              reporter.add(ports.range, ports.transport, of: host, run.outcome, isSelf: run.isSelf)
            }
          }
          for endpoint in open[firstOpen..<nextOpen] { reporter.addKnown(row(endpoint, of: host)) }
        }
        if let summary, !unfinished.contains(host) { reporter.finish(host, summary.summary) }
      }
      active.removeAll { $0.hosts.upperBound <= end }
      position = end
    }
  }

  /// The next host of which something is told: this one while runs go on, else where the first thing begins.
  private func nextStart(_ position: UInt128?) -> UInt128? {
    if let position { return position }
    var start: UInt128?
    func consider(_ host: UInt128) { start = min(start ?? host, host) }
    if nextRun < runs.count { consider(runs[nextRun].hosts.lowerBound) }
    if nextOpen < open.count { consider(open[nextOpen].host) }
    if nextHosts < hosts.count { consider(max(hosts[nextHosts].hosts.lowerBound, told)) }
    return start
  }

  /// Hosts below this one were told of.
  private var told: UInt128 = 0

  /// Up to where the same is told of every host.
  private mutating func end(
    _ position: UInt128, _ active: [OutcomeRun], _ summary: Range<UInt128>?, hasOpen: Bool
  ) -> UInt128 {
    var end = summary?.upperBound ?? UInt128.max
    for run in active { end = min(end, run.hosts.upperBound) }
    if nextRun < runs.count { end = min(end, runs[nextRun].hosts.lowerBound) }
    if nextOpen < open.count { end = min(end, open[nextOpen].host) }
    if summary == nil, nextHosts < hosts.count { end = min(end, hosts[nextHosts].hosts.lowerBound) }
    if hasOpen { end = min(end, position + 1) }
    told = end
    if let summary, end >= summary.upperBound { nextHosts += 1 }
    return end
  }

  private func row(_ endpoint: JournalRecord.OpenEndpoint, of host: HostAddress) -> ScanRow {
    ScanRow(
      host: host, port: content.plan.ports.endpoint(at: endpoint.port), state: .open, reason: endpoint.reason,
      isSelf: endpoint.isSelf, roundTripMicroseconds: endpoint.roundTripMicroseconds, identity: endpoint.identity)
  }
}
