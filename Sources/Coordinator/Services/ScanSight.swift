internal import CoordinatorCore
internal import Model

/// What one scan saw of endpoints, by its own coverage: what it covered and did not find in another state was open.
struct ScanSight {
  let scan: ScanRecord
  private let space: ScanSpaces.Space
  private var lanes: [LaneID: Lane]
  private let session: any ReadSession
  /// The host that was looked at last.
  private var latest: (host: ChartHost, transport: TransportProtocol, runs: [LaneID: [ZoneRun]])?

  private struct Lane {
    /// Nothing of it was left out.
    var isWhole: Bool
    /// What was covered, by the first host; nil: not read yet.
    var covered: [(rectangle: WorkRectangle, agent: AgentID)]?
    var mostHosts: UInt128 = 0
  }

  /// Throws a `StoreError` if what is stored cannot be read back.
  init(_ scan: ScanRecord, spaces: ScanSpaces, in session: any ReadSession) throws {
    self.scan = scan
    self.session = session
    space = try spaces.space(of: scan)
    let size = scan.request.hostCount * UInt128(scan.request.portCount)
    lanes = Dictionary(
      try session.lanes(of: scan.id).map { ($0.id, Lane(isWhole: $0.coverage.probed == size)) }
    ) { first, _ in first }
  }

  /// When it ended; nil: it goes on.
  var time: Timestamp? { scan.finishedAt }

  mutating func state(of record: EndpointRecord, at host: ChartHost) throws -> DiffState {
    let key = ProtocolPort(record.transport, record.port)
    let notCovered = DiffState(state: nil)
    guard host.site == scan.site, let portIndex = space.ports.index(of: key), let hostIndex = index(of: host) else {
      return notCovered
    }
    if latest?.host != host || latest?.transport != key.transport {
      let runs = try session.runs(of: host, transport: key.transport, lanes: Array(lanes.keys))
      latest = (host, key.transport, runs)
    }
    let wasOpen = record.views.contains { $0.firstSeen.map { $0 < scan.createdAt } ?? false }
    var seen: DiffState?
    for id in lanes.keys.sorted() {
      let run = latest?.runs[id]?.first { $0.run.ports.contains(key.port.rawValue) }
      if let run {
        // Not looked at by this lane; one that saw it open says more.
        if run.run.state != .unchecked, seen?.state != .open {
          seen = DiffState(state: run.run.state, observedAt: run.run.observedAt, wasOpen: wasOpen)
        }
      } else if try covers(host, hostIndex, portIndex, id) {
        seen = DiffState(state: .open, observedAt: scan.finishedAt, wasOpen: wasOpen)
      }
    }
    return seen ?? notCovered
  }

  private func index(of host: ChartHost) -> UInt128? {
    if let index = space.targets.index(of: HostAddress(host.address)) { return index }
    let interface = host.scope.rawValue.split(separator: "/", maxSplits: 1).dropFirst().first.map(String.init)
    return interface.flatMap { space.targets.index(of: HostAddress(host.address, interface: $0)) }
  }

  private mutating func covers(_ host: ChartHost, _ hostIndex: UInt128, _ port: Int, _ id: LaneID) throws -> Bool {
    guard var lane = lanes[id] else { return false }
    // An address that means a host at each agent was covered where that agent worked.
    let agent = host.scope.agent
    if lane.isWhole, agent == nil { return true }
    if lane.covered == nil {
      let covered = try session.completed(in: id).sorted {
        $0.rectangle.hosts.lowerBound < $1.rectangle.hosts.lowerBound
      }
      lane.mostHosts = covered.map { $0.rectangle.hosts.upperBound - $0.rectangle.hosts.lowerBound }.max() ?? 0
      lane.covered = covered
      lanes[id] = lane
    }
    let covered = lane.covered ?? []
    let start = hostIndex >= lane.mostHosts ? hostIndex - lane.mostHosts + 1 : 0
    var (low, high) = (0, covered.count)
    while low < high {
      let middle = (low + high) / 2
      if covered[middle].rectangle.hosts.lowerBound < start { low = middle + 1 } else { high = middle }
    }
    return covered[low...].prefix { $0.rectangle.hosts.lowerBound <= hostIndex }.contains { entry in
      entry.rectangle.hosts.contains(hostIndex) && entry.rectangle.ports.contains(port)
        && agent.map { $0 == entry.agent } ?? true
    }
  }
}
