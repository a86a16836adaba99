internal import CoordinatorCore
internal import Model

// What a scan saw of hosts as wholes: of its coverage, what is in no run of another state was open.
extension ScanSight {
  /// Addresses outside of which the scan looked at nothing; nil: they are many ranges.
  func ranges(atMost limit: Int) -> [AddressRange]? {
    let ranges = space.targets.set.ranges
    return ranges.count <= limit ? ranges.map(\.addresses) : nil
  }

  /// What was seen of a host from each zone; none of zones that did not look at it.
  func sights(of host: ChartHost) throws -> [ZoneID: HostSight] {
    guard host.site == scan.site, let index = index(of: host) else { return [:] }
    var sights: [ZoneID: HostSight] = [:]
    for number in lanes.indices {
      var others: [ZoneID: PortSelection] = [:]
      for transport in TransportProtocol.allCases where !space.ports[transport].isEmpty {
        let runs = try session.runs(of: host, transport: transport, lanes: [lanes[number].id]).values.joined()
        for (zone, entries) in Dictionary(grouping: runs, by: \.zone) {
          sights[zone, default: HostSight()].add(entries.map(\.run), transport)
          others[zone, default: PortSelection()].add(entries.map(\.run.ports), transport)
        }
      }
      for (zone, covered) in try coverage(of: host, index, number) {
        let open = covered.subtracting(others[zone] ?? PortSelection())
        guard !open.isEmpty else { continue }
        var sight = sights[zone] ?? HostSight()
        sight.open = sight.open.union(open)
        sights[zone] = sight
      }
    }
    for (zone, sight) in sights where !sight.open.isEmpty {
      sights[zone]?.at = [sight.at, scan.finishedAt].compactMap(\.self).max()
    }
    return sights.filter { $0.value.answers || !$0.value.silent.isEmpty || !$0.value.unclear.isEmpty }
  }

  /// The ports of a host that a lane covered, by the zones whose agents did.
  private func coverage(
    of host: ChartHost, _ index: UInt128, _ number: Int
  ) throws -> [ZoneID: PortSelection] {
    if lanes[number].isWhole, host.scope.agent == nil, let zone = lanes[number].zone { return [zone: space.ports] }
    var covered: [ZoneID: PortSelection] = [:]
    for entry in try rectangles(around: index, number)
    where entry.rectangle.hosts.contains(index) && host.scope.agent.map({ $0 == entry.agent }) ?? true {
      guard let zone = try zone(of: entry.agent) else { continue }
      covered[zone] = (covered[zone] ?? PortSelection()).union(space.ports.slice(entry.rectangle.ports))
    }
    return covered
  }
}
