package import CoordinatorCore
package import Model

/// Findings at an earlier time.
extension FindingService {
  /// Those that were so at a time, with their endpoints, and what had been said of them, as of then; those of rules that depend on
  /// time as somebody had looked for them by then. Nothing is advised against what may have gone since. A page looks at
  /// `PastChart.lookLimit` findings at most and then ends early. The query's ages are to count back from the time. Throws a
  /// `Refusal` for a time before the history.
  package func pastFindings(
    _ query: FindingQuery, asOf time: Timestamp, after: FindingID?, limit: Int
  ) async throws -> (findings: [Told], next: FindingID?, places: PlaceNames) {
    try await context.store.read { session in
      try session.demandHistory(at: time, "asOf")
      let places = try PlaceNames.withAgents(session)
      var chart = PastChart(session: session, time: time, settings: context.settings)
      var names = ToldNames(session, asOf: time)
      var told: [Told] = []
      var position = after
      let end = try session.finding(PastChart.lookLimit, after: after)
      while true {
        let found = try session.pastFindings(query, asOf: time, after: position, upTo: end, limit: Self.batch)
        for (finding, place) in found {
          position = finding.id
          let row = try place.flatMap { try chart.row(query.endpoints, at: $0, places) }
          // Of one that is about no endpoint nothing else can be asked than everything.
          guard row != nil || query.endpoints.filter == .everything else { continue }
          told.append(Self.toldThen(finding, try row.map { try names.filled($0) }, place))
          if told.count == limit { return (told, position, places) }
        }
        if found.count < Self.batch { return (told, end, places) }
      }
    }
  }

  /// Endpoints on hosts with expectations that are looked at as they were, each by its history, before the last page of them.
  private static let pastDriftLimit = 100_000

  /// Endpoints that were not as is expected now. Throws a `Refusal` for a time before the history.
  func pastDrift(_ session: any ReadSession, site: SiteID?, at time: Timestamp) throws -> Drift {
    try session.demandHistory(at: time, "asOf")
    let places = try PlaceNames.withAgents(session)
    var chart = PastChart(session: session, time: time, settings: context.settings)
    return try drift(session, site: site, at: time, upTo: Self.pastDriftLimit) { query, position in
      let looked = chart.looks
      let (rows, next) = try chart.rows(query, places, after: position, limit: Self.batch)
      return (rows, next, chart.looks - looked)
    }
  }

  private static func toldThen(_ finding: FindingRecord, _ row: ChartRow?, _ place: ChartPosition?) -> Told {
    var told = told(finding, row)
    told.advice = []
    if row == nil, finding.detail == nil, let place {
      let key = ProtocolPort(place.transport, place.port)
      told.detail = "of \(place.host.address) port \(key), of which nothing else is known as of then"
    }
    return told
  }
}
