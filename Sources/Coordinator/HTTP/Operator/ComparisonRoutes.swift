internal import CoordinatorCore
internal import CoordinatorServices
internal import Hummingbird
internal import Model
internal import Wire

/// Comparisons and baselines in the operator's API.
struct ComparisonRoutes {
  let comparisons: ComparisonService

  func add(to group: RouterGroup<APIContext>) {
    group.get("diff", use: diff)
    group.get("baselines", use: baselines)
    group.post("baselines", use: addBaseline)
    group.delete("baselines/{id}", use: removeBaseline)
  }

  @Sendable private func diff(_ request: Request, _ context: APIContext) async throws -> Response {
    let principal = try context.require(.viewer)
    try RequestParameters.allow(["from", "to", "query", "kinds", "limit", "cursor"], in: request)
    guard let from = RequestParameters.text("from", request) else {
      throw Refusal(.invalidValue, "a time, scan:ID, zone:NAME or baseline:NAME is expected", at: "from")
    }
    let kinds =
      try RequestParameters.text("kinds", request).map {
        try RequestParameters.words($0, of: DiffKind.self, at: "kinds")
      }
      ?? Set(DiffKind.allCases).subtracting([.unchanged, .ignored])
    let (page, places) = try await comparisons.difference(
      from: from, to: RequestParameters.text("to", request) ?? "now",
      query: RequestParameters.text("query", request) ?? "", kinds: kinds, site: principal.site,
      after: try RequestParameters.text("cursor", request).map(PageCursor.comparison),
      limit: RequestParameters.limit(request))
    return try JSONResponse.make(
      DiffPage(
        rows: page.rows.map { row($0, places) },
        counts: Dictionary(page.counts.map { ($0.rawValue, $1) }) { first, _ in first },
        nextCursor: page.next.map { PageCursor.text($0) }))
  }

  private func row(_ difference: DiffRecord, _ places: PlaceNames) -> DiffRow {
    let details = difference.details
    return DiffRow(
      change: difference.kind.rawValue, site: places.name(of: difference.host.site),
      scope: places.text(of: difference.host.scope), address: difference.host.address,
      protocol: difference.key?.transport, port: difference.key?.port, stateBefore: difference.before.state,
      state: difference.after.state,
      seenBefore: difference.before.observedAt, seen: difference.after.observedAt, detailBefore: details?.before,
      detail: details?.after, ignoredChange: difference.ignored?.kind.rawValue,
      ignoredBecause: difference.ignored?.reason.rawValue)
  }

  @Sendable private func baselines(_ request: Request, _ context: APIContext) async throws -> Response {
    let principal = try context.require(.viewer)
    let (baselines, places) = try await comparisons.baselines()
    let visible = baselines.filter { baseline in baseline.site.map(principal.sees) ?? true }
    return try JSONResponse.make(PageCursor.page(of: visible.map { row($0, places) }, request) { $0.id.rawValue })
  }

  @Sendable private func addBaseline(_ request: Request, _ context: APIContext) async throws -> Response {
    let principal = try context.require(.operating)
    let (body, _) = try await RequestBody.read(NewBaseline.self, from: request, context: context)
    let (baseline, places) = try await comparisons.addBaseline(
      body.name, at: body.at, query: body.query ?? "", site: body.site, note: body.note, by: principal)
    return try JSONResponse.make(row(baseline, places), status: .created)
  }

  @Sendable private func removeBaseline(_ request: Request, _ context: APIContext) async throws -> Response {
    let principal = try context.require(.operating)
    try await comparisons.removeBaseline(try RequestParameters.identifier(context), for: principal)
    return Response(status: .noContent)
  }

  private func row(_ baseline: BaselineRecord, _ places: PlaceNames) -> BaselineRow {
    BaselineRow(
      id: baseline.id, name: baseline.name, site: baseline.site.map(places.name), at: baseline.at,
      query: baseline.query, note: baseline.note, createdBy: baseline.createdBy, createdAt: baseline.createdAt)
  }
}
