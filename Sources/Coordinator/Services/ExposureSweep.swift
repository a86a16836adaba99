internal import CoordinatorCore
internal import Model

/// What is open to other hosts and was not when a site's newest baseline was taken.
struct ExposureSweep {
  private let session: any ReadSession
  private let context: FleetContext
  /// Changes of one site that are looked at: more is a site that has changed as a whole, and no list that a person reads.
  private static let lookLimit = 5_000

  init(_ session: any ReadSession, _ context: FleetContext) {
    self.session = session
    self.context = context
  }

  /// Whether everything was looked at comes with what was found: not of baselines that history does not reach back to, nor of sites
  /// that have changed too much. Throws a `Refusal` for a baseline whose query cannot be read any more.
  func findings() throws -> (found: [FoundNow], isWhole: Bool) {
    let baselines = try session.baselines()
    var (found, isWhole) = ([FoundNow](), true)
    for site in try session.sites() {
      let newest = baselines.filter { $0.site == nil || $0.site == site.id }
        .max { ($0.at.milliseconds, $0.id.rawValue) < ($1.at.milliseconds, $1.id.rawValue) }
      guard let newest else { continue }
      if let since = try session.historySince(), since > newest.at {
        isWhole = false
        continue
      }
      let part = try exposures(since: newest, in: site)
      found += part.found
      isWhole = isWhole && part.isWhole
    }
    return (found, isWhole)
  }

  private func exposures(since baseline: BaselineRecord, in site: SiteRecord) throws -> (
    found: [FoundNow], isWhole: Bool
  ) {
    var query = try ChartService(context: context).query(baseline.query)
    query.restrict(toSite: site.name)
    let changes = try session.changes(
      ChangeQuery(
        endpoints: query, kinds: [.found, .opened, .reopened],
        time: TimeSpan(from: baseline.at + .milliseconds(1), to: nil)), after: nil, limit: Self.lookLimit)
    var past = PastChart(session: session, time: baseline.at, settings: context.settings)
    var (found, known) = ([FoundNow](), Set<EndpointID>())
    for change in changes {
      guard let id = change.endpoint, let key = change.key, known.insert(id).inserted,
        let record = try session.endpoints(
          of: change.host, transport: key.transport, ports: key.port.rawValue...key.port.rawValue
        ).first, record.summary.isOpenToOthers,
        try past.moment(of: record, at: change.host).summary.state != .open
      else { continue }
      found.append(
        FoundNow(
          rule: .newExposure, site: site.id, endpoint: id, subject: baseline.name,
          detail:
            "open to other hosts since \(change.at), and not at the time of the baseline \(baseline.name), \(baseline.at)"
        ))
    }
    return (found, changes.count < Self.lookLimit)
  }
}
