internal import CoordinatorCore
internal import Model

/// Compares two sides, endpoint by endpoint, in key order.
struct ChartDiffer {
  let session: any ReadSession
  let places: PlaceNames
  /// Acknowledgements that run at this time hide differences.
  let now: Timestamp
  var before: Side
  var after: Side

  /// What a side looks with.
  struct Side {
    enum Sight {
      case moment
      case scan(ScanSight)
      case zone(ZoneID)
    }

    var sight: Sight
    /// The chart at the side's time, by which queries are judged.
    var chart: PastChart
  }

  struct Page {
    var rows: [DiffRecord] = []
    /// Every kind, those that were not asked for too.
    var counts: [DiffKind: Int] = [:]
    /// Nil: the chart's end was reached.
    var next: ChartPosition?
  }

  /// Endpoints that are read at once: no more than a page may still need, as the next one reads them again.
  private static let batches = 500...2_000

  /// Nil: the sides are no scans, or one of them asked no service.
  private var services: ScanServices?

  init(session: any ReadSession, places: PlaceNames, at now: Timestamp, from before: Side, to after: Side) {
    self.session = session
    self.places = places
    self.now = now
    self.before = before
    self.after = after
  }

  mutating func page(
    _ query: ChartQuery, kinds: Set<DiffKind>, after place: ChartPosition?, limit: Int
  ) throws -> Page {
    var page = Page()
    var position = place
    var looked = 0
    let isOfPlaces = query.filter == query.ofPlaces.filter
    // Two scans are told apart by what they covered: endpoints are read where that does not tell.
    var scans: (before: ScanSight, after: ScanSight)?
    if isOfPlaces, case .scan(let old) = before.sight, case .scan(let new) = after.sight { scans = (old, new) }
    if case .scan(let old) = before.sight, case .scan(let new) = after.sight {
      services = try ScanServices(
        old, until: before.chart.time, new, until: after.chart.time, wanting: kinds, in: session)
    }
    let listsUnchanged = kinds.contains(.unchanged)
    if listsUnchanged { page.rows.reserveCapacity(min(limit, Self.batches.upperBound)) }
    var unchanged = 0
    func finished(_ next: ChartPosition?) -> Page {
      if unchanged > 0 { page.counts[.unchanged, default: 0] += unchanged }
      page.next = next
      return page
    }
    while true {
      let batch = min(max(limit - page.rows.count, Self.batches.lowerBound), Self.batches.upperBound)
      let keys = try session.chartKeys(query, after: position, limit: batch)
      let records = scans == nil ? try session.endpoints(at: keys.map(\.place)) : []
      for (index, key) in keys.enumerated() {
        position = key.place
        looked += 1
        if let scans {
          // Most endpoints are as they were, and are counted without being put together.
          let (old, new) = (try scans.before.seen(at: key.place), try scans.after.seen(at: key.place))
          let isOpen = old.state == .open && new.state == .open
          let facts = isOpen ? try services?.facts(at: key) : nil
          if isOpen, facts == nil {
            unchanged += 1
            if listsUnchanged {
              page.rows.append(DiffRecord(kind: .unchanged, place: key.place, before: old.told(), after: new.told()))
            }
          } else {
            try add(old.told(facts?.before), new.told(facts?.after), key, nil, kinds, to: &page)
          }
        } else if let record = records[index], try isOfPlaces || fits(query, record, key.place.host) {
          let (old, new) = try states(of: record, at: key)
          try add(old, new, key, record, kinds, to: &page)
        }
        if page.rows.count >= limit || looked >= PastChart.lookLimit { return finished(key.place) }
      }
      if keys.count < batch { return finished(nil) }
    }
  }

  /// What was there at one side's time or the other's.
  private mutating func fits(_ query: ChartQuery, _ record: EndpointRecord, _ host: ChartHost) throws -> Bool {
    try before.chart.fits(query, record, host, places) || after.chart.fits(query, record, host, places)
  }

  /// What both sides say of an endpoint that was read. A scan tells the service of the zone that the other side tells of, if it looked
  /// from there.
  private mutating func states(of record: EndpointRecord, at key: ChartKey) throws -> (DiffState, DiffState) {
    var (old, new) = (
      try before.state(of: record, at: key.place), try after.state(of: record, at: key.place)
    )
    switch (before.sight, after.sight) {
    case (.scan(let one), .scan(let other)):
      guard old.state.state == .open, new.state.state == .open, let facts = try services?.facts(at: key) else { break }
      old.state = try one.seen(at: key.place).told(facts.before)
      new.state = try other.seen(at: key.place).told(facts.after)
    case (.scan(let scan), _) where old.state.state == .open && new.state.service != nil:
      old.state = try scan.told(of: record, at: key.place, preferring: new.zone)
    case (_, .scan(let scan)) where new.state.state == .open && old.state.service != nil:
      new.state = try scan.told(of: record, at: key.place, preferring: old.zone)
    default: break
    }
    return (old.state, new.state)
  }

  /// Counts what there is to say of two sides, and lists what is asked for.
  private func add(
    _ before: DiffState, _ after: DiffState, _ key: ChartKey, _ record: EndpointRecord?, _ kinds: Set<DiffKind>,
    to page: inout Page
  ) throws {
    var (old, new) = (before, after)
    // What nobody looked at after the first time is carried on, and proves nothing of the second.
    if case .moment = self.before.sight, case .moment = self.after.sight, let seen = new.observedAt,
      seen <= self.before.chart.time
    {
      new.state = nil
    }
    // Asked for where it tells: a scan keeps what it saw, and not what others had seen before.
    if case .scan(let scan) = self.before.sight, let state = old.state, state != .open, new.state == .open {
      old.wasOpen = try (record ?? self.record(at: key.place)).map(scan.wasOpen) ?? false
    }
    for kind in DiffKind.kinds(from: old, to: new) {
      let reason = try reasonToIgnore(kind, key)
      let shown = reason == nil ? kind : .ignored
      page.counts[shown, default: 0] += 1
      guard kinds.contains(shown) else { continue }
      var difference = DiffRecord(kind: shown, place: key.place, before: old, after: new)
      if let reason { difference.ignored = (kind, reason) }
      page.rows.append(difference)
    }
  }

  private func record(at place: ChartPosition) throws -> EndpointRecord? {
    let port = place.port.rawValue
    return try session.endpoints(of: place.host, transport: place.transport, ports: port...port).first
  }

  private func reasonToIgnore(_ kind: DiffKind, _ key: ChartKey) throws -> IgnoreReason? {
    guard DiffKind.ignorable.contains(kind) else { return nil }
    if kind == .process, ProtocolPort(key.place.transport, key.place.port).isEphemeralUDP { return .ephemeral }
    return try session.isAcknowledged(key.id, at: now) ? .acknowledged : nil
  }
}

extension ScanSight {
  fileprivate func told(
    of record: EndpointRecord, at place: ChartPosition, preferring zone: ZoneID?
  ) throws -> DiffState {
    let services = try services(of: record)
    return try seen(at: place).told((services.first { $0.zone == zone } ?? services.first)?.facts)
  }
}

extension ChartDiffer.Side {
  /// `zone`: whose service it tells; of a scan, nil.
  fileprivate mutating func state(
    of record: EndpointRecord, at place: ChartPosition
  ) throws -> (state: DiffState, zone: ZoneID?) {
    if case .scan(let scan) = sight { return (try scan.seen(at: place).told(), nil) }
    let moment = try chart.moment(of: record, at: place.host)
    switch sight {
    case .scan: return (DiffState(state: nil), nil)
    case .moment:
      let shown = moment.views.first { $0.zone == moment.summary.zone && $0.isSelfView == moment.summary.isSelfView }
      let state = DiffState(
        state: moment.summary.state, observedAt: shown?.observedAt,
        wasOpen: moment.views.contains { $0.firstSeen != nil },
        service: moment.summary.state == .open
          ? moment.services.first { $0.zone == moment.summary.zone }?.facts : nil,
        listener: moment.listeners.first?.content)
      return (state, moment.summary.zone)
    case .zone(let zone):
      // What others see goes before what a host sees of itself.
      let view = moment.views.filter { $0.zone == zone }.min { !$0.isSelfView && $1.isSelfView }?.shown
      let state = DiffState(
        state: view?.state, observedAt: view?.observedAt, wasOpen: view?.firstSeen != nil,
        service: view?.state == .open ? moment.services.first { $0.zone == zone }?.facts : nil, listener: nil)
      return (state, zone)
    }
  }
}
