internal import CoordinatorCore
internal import Model

/// What one scan saw of endpoints, by its own coverage: what it covered and did not find in another state was open. Lives no longer
/// than the transaction that it reads in, and remembers there what it has read.
final class ScanSight {
  let scan: ScanRecord
  let space: ScanSpaces.Space
  /// By their ids.
  private(set) var lanes: [Lane]
  /// Zones from which the scan looked, or may have.
  let zones: Set<ZoneID>
  let session: any ReadSession
  private var zonesOfAgents: [AgentID: ZoneID?] = [:]
  /// The host that was looked at last: endpoints come host by host.
  private var latest: Place?

  struct Lane {
    var id: LaneID
    /// Nil: of any zone of the site, which has several.
    var zone: ZoneID?
    /// Nothing of it was left out.
    var isWhole: Bool
    /// What was covered, by the first host; nil: not read yet.
    fileprivate var covered: [(rectangle: WorkRectangle, agent: AgentID)]?
    fileprivate var mostHosts: UInt128 = 0
  }

  private struct Place {
    var host: ChartHost
    var transport: TransportProtocol
    /// Nil: the host is not in the scan's space.
    var index: UInt128?
    /// What was not open, of each lane.
    var runs: [[ZoneRun]]
  }

  /// Throws a `StoreError` if what is stored cannot be read back.
  init(_ scan: ScanRecord, spaces: ScanSpaces, in session: any ReadSession) throws {
    self.scan = scan
    self.session = session
    space = try spaces.space(of: scan)
    let size = scan.request.hostCount * UInt128(scan.request.portCount)
    let zones = try session.zones().filter { $0.site == scan.site }
    let lanes = try session.lanes(of: scan.id).map { lane in
      Lane(
        id: lane.id, zone: lane.zone ?? (zones.count == 1 ? zones.first?.id : nil),
        isWhole: lane.coverage.probed == size)
    }.sorted { $0.id < $1.id }
    self.lanes = lanes
    // A lane of no zone may have looked from any.
    self.zones = Set(lanes.flatMap { lane in lane.zone.map { [$0] } ?? zones.map(\.id) })
  }

  /// When it ended; nil: it goes on.
  var time: Timestamp? { scan.finishedAt }

  /// Whether an endpoint had been open before the scan.
  func wasOpen(_ record: EndpointRecord) -> Bool {
    record.views.contains { $0.firstSeen.map { $0 < scan.createdAt } ?? false }
  }

  /// What the scan saw of an endpoint.
  struct Seen {
    /// Nil: it did not look.
    var state: EndpointState?
    var observedAt: Timestamp?

    /// But for `wasOpen`.
    func told(_ service: ServiceFacts? = nil) -> DiffState {
      DiffState(state: state, observedAt: observedAt, service: service)
    }
  }

  func seen(at place: ChartPosition) throws -> Seen {
    guard place.host.site == scan.site else { return Seen() }
    if latest?.transport != place.transport || latest?.host != place.host { latest = try look(at: place) }
    guard let latest, let hostIndex = latest.index,
      let portIndex = space.ports.index(of: ProtocolPort(place.transport, place.port))
    else { return Seen() }
    var seen = Seen()
    for number in latest.runs.indices {
      if let run = latest.runs[number].first(where: { $0.run.ports.contains(place.port.rawValue) }) {
        // Not looked at by this lane; one that saw it open says more.
        if run.run.state != .unchecked, seen.state != .open {
          seen = Seen(state: run.run.state, observedAt: run.run.observedAt)
        }
      } else if try covers(place.host, hostIndex, portIndex, number) {
        seen = Seen(state: .open, observedAt: scan.finishedAt)
      }
    }
    return seen
  }

  private func look(at place: ChartPosition) throws -> Place {
    guard let index = index(of: place.host) else {
      return Place(host: place.host, transport: place.transport, index: nil, runs: [])
    }
    let runs = try session.runs(of: place.host, transport: place.transport, lanes: lanes.map(\.id))
    return Place(
      host: place.host, transport: place.transport, index: index, runs: lanes.map { runs[$0.id] ?? [] })
  }

  func index(of host: ChartHost) -> UInt128? {
    if let index = space.targets.index(of: HostAddress(host.address)) { return index }
    let interface = host.scope.rawValue.split(separator: "/", maxSplits: 1).dropFirst().first.map(String.init)
    return interface.flatMap { space.targets.index(of: HostAddress(host.address, interface: $0)) }
  }

  private func covers(_ host: ChartHost, _ hostIndex: UInt128, _ port: Int, _ number: Int) throws -> Bool {
    // An address that means a host at each agent was covered where that agent worked.
    let agent = host.scope.agent
    if lanes[number].isWhole, agent == nil { return true }
    return try rectangles(around: hostIndex, number).contains { entry in
      entry.rectangle.hosts.contains(hostIndex) && entry.rectangle.ports.contains(port)
        && agent.map { $0 == entry.agent } ?? true
    }
  }

  /// What a lane covered that may hold a host: all that does is among it.
  func rectangles(
    around hostIndex: UInt128, _ number: Int
  ) throws -> ArraySlice<(rectangle: WorkRectangle, agent: AgentID)> {
    if lanes[number].covered == nil {
      let covered = try session.completed(in: lanes[number].id).sorted {
        $0.rectangle.hosts.lowerBound < $1.rectangle.hosts.lowerBound
      }
      lanes[number].mostHosts =
        covered.map { $0.rectangle.hosts.upperBound - $0.rectangle.hosts.lowerBound }.max() ?? 0
      lanes[number].covered = covered
    }
    let covered = lanes[number].covered ?? []
    let mostHosts = lanes[number].mostHosts
    let start = hostIndex >= mostHosts ? hostIndex - mostHosts + 1 : 0
    var (low, high) = (0, covered.count)
    while low < high {
      let middle = (low + high) / 2
      if covered[middle].rectangle.hosts.lowerBound < start { low = middle + 1 } else { high = middle }
    }
    return covered[low...].prefix { $0.rectangle.hosts.lowerBound <= hostIndex }
  }

  /// Where an agent stands.
  func zone(of agent: AgentID) throws -> ZoneID? {
    if let known = zonesOfAgents[agent] { return known }
    let read = try session.agent(agent)?.zone
    zonesOfAgents[agent] = .some(read)
    return read
  }
}
