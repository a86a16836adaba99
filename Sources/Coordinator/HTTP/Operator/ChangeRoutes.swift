internal import CoordinatorCore
internal import CoordinatorServices
internal import Hummingbird
internal import Model
internal import Wire

/// What changed, in the operator's API.
struct ChangeRoutes {
  let chart: ChartService

  func add(to group: RouterGroup<APIContext>) { group.get("changes", use: changes) }

  @Sendable private func changes(_ request: Request, _ context: APIContext) async throws -> Response {
    let principal = try context.require(.viewer)
    try RequestParameters.allow(["query", "kinds", "from", "to", "asOf", "limit", "cursor"], in: request)
    var endpoints = try chart.query(RequestParameters.text("query", request) ?? "")
    if let site = principal.site { endpoints.restrict(toSite: try await chart.siteName(site)) }
    let query = ChangeQuery(
      endpoints: endpoints,
      kinds: try RequestParameters.text("kinds", request).map {
        try RequestParameters.words($0, of: ChangeKind.self, at: "kinds")
      },
      time: TimeSpan(
        from: try RequestParameters.text("from", request).map { try chart.time($0, at: "from") },
        to: [
          try RequestParameters.text("to", request).map { try chart.time($0, at: "to") },
          // What had been observed by then, the time itself included.
          try RequestParameters.text("asOf", request).map { try chart.asOf($0) + .milliseconds(1) },
        ].compactMap(\.self).min()))
    let limit = try RequestParameters.limit(request)
    let after = try RequestParameters.text("cursor", request).map(PageCursor.change)
    let (found, next, places) = try await chart.changes(query, after: after, limit: limit + 1)
    let page = found.prefix(limit)
    return try JSONResponse.make(
      Page(
        rows: page.map { row($0, places) },
        nextCursor: (found.count > limit ? page.last?.position : next).map { PageCursor.text($0) },
        historySince: try await chart.historySince()))
  }

  private func row(_ change: ChangeRecord, _ places: PlaceNames) -> ChangeRow {
    ChangeRow(
      change: change.kind.rawValue, at: change.at, after: change.notBefore, site: places.name(of: change.host.site),
      scope: places.text(of: change.host.scope), address: change.host.address, protocol: change.key?.transport,
      port: change.key?.port, state: change.state, stateBefore: change.stateBefore, detail: change.detail,
      detailBefore: change.detailBefore,
      zone: places.name(of: change.view.zone), isSelfView: change.view.isSelfView,
      agent: places.name(of: change.agent), job: change.job)
  }
}
