internal import CoordinatorCore
internal import Model

extension ChartDiffer {
  /// Ranges of addresses of which so many at most are sought one by one.
  private static let rangeLimit = 64

  /// Addresses outside of which no host differs; empty: anywhere.
  var hostRanges: [AddressRange] {
    guard case .scan(let old) = before.sight, case .scan(let new) = after.sight,
      let ranges = old.ranges(atMost: Self.rangeLimit), let others = new.ranges(atMost: Self.rangeLimit)
    else { return [] }
    return AddressSet((ranges + others).map { HostRange($0) }).ranges.map(\.addresses)
  }

  /// What became of a host as a whole; nil: nothing worth telling.
  ///
  /// A time, zone or baseline knows it from the records of hosts. A scan knows what it looked at and where something answered: a host of
  /// which one side had an answer is gone, or new, where the other looked, from the same zone, at all that was open and met silence where
  /// there had been an answer; where it did not look, that is said and no more. Which hosts answered its echoes alone, a scan does not
  /// know: of those the records say what they were when it ended.
  mutating func host(_ record: HostRecord) throws -> DiffRecord? {
    var (old, new) = (try before.host(record, in: session), try after.host(record, in: session))
    guard let kind = try kind(of: record, old, new) else { return nil }
    // A scan alone cannot tell whether silence came before the first answer or behind it; both together can.
    if kind == .hostGone { new.state = .gone }
    if kind == .hostBack { old.state = .gone }
    return DiffRecord(kind: kind, host: record.host, before: old, after: new)
  }

  private mutating func kind(
    of record: HostRecord, _ old: DiffHostState, _ new: DiffHostState
  ) throws -> DiffKind? {
    switch (old.state == .up, new.state == .up) {
    case (true, false) where after.isScan && new.state == nil, (false, true) where before.isScan && old.state == nil:
      return .notCovered
    // A host's look at itself, which nothing stands before, is the scan's too: with one the ports tell nothing of the host.
    case (true, false) where after.isScan && record.hasSelfView,
      (false, true) where before.isScan && record.hasSelfView:
      return nil
    case (true, false):
      guard case .scan(let scan) = after.sight else {
        // A time before the scan knows nothing of it; another zone need not have looked.
        return new.state == .gone ? .hostGone : before.isScan ? .notCovered : nil
      }
      let answers = try before.answers(record, in: session)
      guard answers.hasPorts else { return try echoKind(of: record) }
      switch answers.absence(in: try scan.sights(of: record.host)) {
      case .silent: return try after.chart.hearsOfAgent(at: record.host) ? nil : .hostGone
      case .notCovered: return .notCovered
      case .unclear: return nil
      }
    case (false, true):
      guard case .scan(let scan) = before.sight else { return DiffKind(from: old.state, to: new.state) }
      let answers = try after.answers(record, in: session)
      guard answers.hasPorts else { return try echoKind(of: record) }
      switch answers.absence(in: try scan.sights(of: record.host)) {
      case .silent:
        if try before.chart.hearsOfAgent(at: record.host) { return nil }
        return record.firstSeen.map { $0 < scan.scan.createdAt } ?? false ? .hostBack : .hostFound
      case .notCovered: return .notCovered
      case .unclear: return nil
      }
    case (true, true), (false, false): return nil
    }
  }

  /// What became of a host that answered one side by an echo alone; a scan that looked at it need not have sent any.
  private func echoKind(of record: HostRecord) throws -> DiffKind {
    DiffKind(
      from: try before.observed(record, in: session)?.state, to: try after.observed(record, in: session)?.state)
      ?? .notCovered
  }
}

extension HostRecord {
  fileprivate var hasSelfView: Bool { views.contains(where: \.key.isSelfView) }
}

extension [ZoneID: HostSight] {
  /// Whether any answer came by a port.
  fileprivate var hasPorts: Bool { values.contains { !$0.open.isEmpty || !$0.refused.isEmpty } }
}

extension ChartDiffer.Side {
  fileprivate var isScan: Bool { if case .scan = sight { true } else { false } }

  /// What the side says of a host.
  fileprivate func host(_ record: HostRecord, in session: any ReadSession) throws -> DiffHostState {
    if case .scan(let scan) = sight {
      let sights = try scan.sights(of: record.host)
      let answers = sights.values.filter(\.answers)
      if answers.isEmpty, let time = try echoed(record, scan.scan, from: Set(sights.keys), in: session) {
        return DiffHostState(state: .up, observedAt: time)
      }
      return DiffHostState(
        state: sights.isEmpty ? nil : answers.isEmpty ? .down : .up,
        observedAt: (answers.isEmpty ? Array(sights.values) : answers).compactMap(\.at).max())
    }
    let known = try observed(record, in: session)
    return DiffHostState(state: known?.state, observedAt: known?.lastSeen)
  }

  /// When a host answered an echo while a scan looked at its ports in vain; nil: it did not, or nobody asked.
  private func echoed(
    _ record: HostRecord, _ scan: ScanRecord, from zones: Set<ZoneID>, in session: any ReadSession
  ) throws -> Timestamp? {
    try observed(record, in: session)?.views.filter {
      let begun = scan.startedAt ?? scan.createdAt
      return zones.contains($0.key.zone) && $0.state == .up && $0.lastSeen >= begun
        && $0.echoSeen.map { $0 >= begun } ?? false
    }.map(\.lastSeen).max()
  }

  /// As it was at the side's time, which of a scan is its end. Nil: nothing of it had answered.
  fileprivate func observed(_ record: HostRecord, in session: any ReadSession) throws -> HostRecord? {
    let views = try record.views.compactMap { view -> HostView? in
      if case .zone(let zone) = sight, view.key.zone != zone { return nil }
      return view.asOf(
        chart.time, runs: view.hasPast ? try session.hostRuns(of: record.host, view.key) : [])
    }
    return views.isEmpty ? nil : HostRecord(host: record.host, views: views)
  }

  /// Where something of a host answered, from each zone that had it up.
  fileprivate mutating func answers(
    _ record: HostRecord, in session: any ReadSession
  ) throws -> [ZoneID: HostSight] {
    if case .scan(let scan) = sight { return try scan.sights(of: record.host) }
    var sights: [ZoneID: HostSight] = [:]
    for view in try observed(record, in: session)?.views ?? [] where view.state == .up {
      sights[view.key.zone] = HostSight(isUp: true)
    }
    for (transport, endpoints) in Dictionary(grouping: try session.endpoints(of: record.host), by: \.transport) {
      var open: [ZoneID: [ClosedRange<UInt16>]] = [:]
      for endpoint in endpoints {
        for view in try chart.moment(of: endpoint, at: record.host).views where view.shown.state == .open {
          open[view.zone, default: []].append(endpoint.port.rawValue...endpoint.port.rawValue)
        }
      }
      for (zone, ports) in open { sights[zone]?.open.add(ports, transport) }
    }
    for transport in TransportProtocol.allCases {
      let refusals = try session.runs(of: record.host, transport: transport, ports: 0...UInt16.max).filter {
        $0.run.state == .closed && $0.run.observedAt <= chart.time
      }
      for (zone, entries) in Dictionary(grouping: refusals, by: \.zone) {
        sights[zone]?.refused.add(entries.map(\.run.ports), transport)
      }
    }
    return sights
  }
}
