package import CoordinatorCore
package import Model

/// Compares scans, times and zones, and keeps times with a name.
package struct ComparisonService: Sendable {
  private let context: FleetContext
  private let chart: ChartService

  package init(context: FleetContext) {
    self.context = context
    chart = ChartService(context: context)
  }

  /// A part of a comparison.
  package struct Page: Sendable {
    package var rows: [DiffRecord]
    /// Of the endpoints that were compared for this part, whatever kinds were asked for.
    package var counts: [DiffKind: Int]
    /// Nil: there is no more.
    package var next: Position?
  }

  /// Where a part ended: endpoints come first, then hosts.
  package enum Position: Hashable, Sendable {
    case endpoint(ChartPosition)
    /// Nil: at the first.
    case host(ChartHost?)
  }

  /// Compares two sides, each a time, `scan:ID`, `zone:NAME` or `baseline:NAME`. `site` is the only site that may be spoken
  /// of; nil: any. Throws a `Refusal` that names the side which cannot be read, or the character of the query.
  package func difference(
    from: String, to: String, query text: String, kinds: Set<DiffKind>, site: SiteID?, after: Position?, limit: Int
  ) async throws -> (page: Page, places: PlaceNames) {
    let query = try chart.query(text)
    return try await context.store.read { session in
      let places = try PlaceNames.withAgents(session)
      var filters = [query.filter]
      let earlier = try side(from, at: "from", site, places, &filters, session)
      let later = try side(to, at: "to", site, places, &filters, session)
      if let site { filters.append(.term(.site([.exactly(places.name(of: site))]))) }
      if case .moment = earlier.sight, case .moment = later.sight, earlier.chart.time > later.chart.time {
        throw Refusal(.invalidValue, "the second time lies before the first", at: "to")
      }
      let filter = ChartFilter.all(filters)
      var differ = ChartDiffer(
        session: session, places: places, at: context.clock.now, from: earlier, to: later)
      var page = Page(rows: [], counts: [:], next: nil)
      var host: ChartHost?
      if case .host(let place) = after {
        host = place
      } else {
        let start: ChartPosition? = if case .endpoint(let place) = after { place } else { nil }
        let part = try differ.page(ChartQuery(filter), kinds: kinds, after: start, limit: limit)
        page = Page(rows: part.rows, counts: part.counts, next: part.next.map { .endpoint($0) })
        guard part.next == nil else { return (page, places) }
        if page.rows.count >= limit {
          page.next = .host(nil)
          return (page, places)
        }
      }
      let part = try HostChart(session: session, places: places).differences(
        filter, kinds: kinds, in: differ.hostRanges, after: host, limit: limit - page.rows.count
      ) { try differ.host($0) }
      page.rows += part.rows
      page.counts.merge(part.counts, uniquingKeysWith: +)
      page.next = part.next.map { .host($0) }
      return (page, places)
    }
  }

  private func side(
    _ text: String, at parameter: String, _ site: SiteID?, _ places: PlaceNames, _ filters: inout [ChartFilter],
    _ session: any ReadSession
  ) throws -> ChartDiffer.Side {
    let now = context.clock.now
    func side(_ sight: ChartDiffer.Side.Sight, _ time: Timestamp) -> ChartDiffer.Side {
      ChartDiffer.Side(
        sight: sight,
        chart: PastChart(session: session, time: time, settings: context.settings))
    }
    let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
    switch (parts.first, parts.count) {
    case ("scan", 2):
      guard let id = ScanID(text), let scan = try session.scan(id), site == nil || scan.site == site else {
        throw Refusal(.invalidValue, "there is no \(text)", at: parameter)
      }
      guard !scan.request.ports.isEmpty else {
        // A file that was taken in: which ports it looked at, nobody knows.
        throw Refusal(
          .invalidValue, "\(text) is an import, and an import has no coverage of its own; use zone:NAME of its vantage",
          at: parameter)
      }
      if let purgedAt = scan.purgedAt {
        let since = try session.historySince().map { "; history reaches back to \($0)" } ?? ""
        throw Refusal(.invalidValue, "the results of \(text) were purged at \(purgedAt)\(since)", at: parameter)
      }
      filters.append(.term(.site([.exactly(places.name(of: scan.site))])))
      return side(.scan(try ScanSight(scan, spaces: context.spaces, in: session)), scan.finishedAt ?? now)
    case ("zone", 2):
      let found = places.zones.filter { $0.name == parts[1] && (site == nil || $0.site == site) }
      guard let zone = found.first, found.count == 1 else {
        let known = Set(places.zones.filter { site == nil || $0.site == site }.map(\.name)).sorted()
        throw Refusal(
          .invalidValue,
          found.isEmpty
            ? "there is no zone \"\(parts[1])\"; the zones are \(known.joined(separator: ", "))"
            : "several sites have a zone \"\(parts[1])\"", at: parameter)
      }
      filters.append(.term(.site([.exactly(places.name(of: zone.site))])))
      return side(.zone(zone.id), now)
    case ("baseline", 2):
      let baselines = try session.baselines().filter { baseline in
        site == nil || baseline.site == nil || baseline.site == site
      }
      guard let baseline = baselines.first(where: { $0.name == parts[1] }) else {
        let nearest = NearestWord.to(parts[1], among: baselines.map(\.name)).map { "; did you mean \($0)?" } ?? ""
        throw Refusal(.invalidValue, "there is no baseline \"\(parts[1])\"\(nearest)", at: parameter)
      }
      filters.append(try chart.query(baseline.query, asOf: baseline.at).filter)
      if let own = baseline.site { filters.append(.term(.site([.exactly(places.name(of: own))]))) }
      try session.demandHistory(at: baseline.at, parameter)
      return side(.moment, baseline.at)
    default:
      guard let time = QueryTime(now: now).moment(at: text) else {
        throw Refusal(
          .invalidValue,
          "\"\(text)\" is none of a time (7d ago, 2026-01-31T08:00Z, now), scan:ID, zone:NAME and baseline:NAME",
          at: parameter)
      }
      try session.demandHistory(at: time, parameter)
      return side(.moment, time)
    }
  }

  private static let baselineLimit = 1_000

  package func baselines() async throws -> (baselines: [BaselineRecord], places: PlaceNames) {
    try await context.store.read { (try $0.baselines(), try PlaceNames($0)) }
  }

  /// Gives a time a name; nil: now. Throws a `Refusal` that points at the field.
  package func addBaseline(
    _ name: String, at time: String?, query: String, site: String?, note: String?, by principal: AccessService.Principal
  ) async throws -> (baseline: BaselineRecord, places: PlaceNames) {
    try NameCheck.check(name, at: "/name")
    if let note { try NameCheck.checkNote(note, at: "/note") }
    let now = context.clock.now
    let at = try time.map { try chart.time($0, at: "/at") } ?? now
    guard at <= now else { throw Refusal(.invalidValue, "the time lies in the future", at: "/at") }
    do {
      _ = try ChartQuery(parsing: query, services: context.services, at: at)
    } catch {
      throw Refusal(.invalidValue, error.description, at: "/query")
    }
    return try await context.queue.commit { session in
      let places = try PlaceNames(session)
      try session.demandHistory(at: at, "/at")
      guard try session.baselines().count < Self.baselineLimit else {
        throw Refusal(.conflict, "there are \(Self.baselineLimit) baselines; remove one first")
      }
      guard try !session.baselines().contains(where: { $0.name == name }) else {
        throw Refusal(.conflict, "there is a baseline \"\(name)\" already", at: "/name")
      }
      let own = try principal.site.map { $0 } ?? site.map { try places.site(named: $0, at: "/site").id }
      var baseline = BaselineRecord(
        id: BaselineID(0), name: name, site: own, at: at, query: query, note: note, createdBy: principal.name,
        createdAt: now)
      baseline.id = try session.insertBaseline(baseline)
      return (baseline, places)
    }
  }

  package func removeBaseline(_ id: BaselineID, for principal: AccessService.Principal) async throws {
    try await context.queue.commit { session in
      guard let known = try session.baselines().first(where: { $0.id == id }),
        principal.site == nil || principal.site == known.site
      else { throw Refusal(.notFound, "there is no \(id)") }
      try session.removeBaseline(id)
    }
  }
}
