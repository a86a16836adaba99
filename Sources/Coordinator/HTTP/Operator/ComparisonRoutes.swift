internal import CoordinatorCore
internal import CoordinatorServices
internal import Hummingbird
internal import Model
internal import Report
internal import Wire

/// Comparisons and baselines in the operator's API.
struct ComparisonRoutes {
  let comparisons: ComparisonService
  let clock: any WallClock
  let running: RunningExports

  /// Rows of one read of a comparison that is streamed: each begins with the two sides anew.
  private static let pieceRows = 4_000

  private static let contentTypes: [DiffExport.Format: String] = [
    .json: "application/json", .ndjson: "application/x-ndjson", .csv: "text/csv",
  ]

  func add(to group: RouterGroup<APIContext>) {
    group.get("diff", use: diff)
    group.get("diff/export", use: export)
    group.get("baselines", use: baselines)
    group.post("baselines", use: addBaseline)
    group.delete("baselines/{id}", use: removeBaseline)
  }

  @Sendable private func diff(_ request: Request, _ context: APIContext) async throws -> Response {
    let principal = try context.require(.viewer)
    try RequestParameters.allow(Self.questions.union(["limit", "cursor"]), in: request)
    let question = try question(request)
    let (page, places) = try await comparisons.difference(
      from: question.from, to: question.to, query: question.query, kinds: question.kinds, site: principal.site,
      after: try RequestParameters.text("cursor", request).map(PageCursor.comparison),
      limit: RequestParameters.limit(request))
    return try JSONResponse.make(
      DiffPage(
        rows: page.rows.map { Self.row($0, places) },
        counts: Dictionary(page.counts.map { ($0.rawValue, $1) }) { first, _ in first },
        nextCursor: page.next.map { PageCursor.text($0) }))
  }

  /// `GET /api/v1/diff/export`: every row in one answer.
  @Sendable private func export(_ request: Request, _ context: APIContext) async throws -> Response {
    let principal = try context.require(.viewer)
    try RequestParameters.allow(Self.questions.union(["limit", "format", "columns", "noHeaders"]), in: request)
    let question = try question(request)
    let format = try ExportParameters.format(request, unlessSaid: DiffExport.Format.ndjson)
    let limit = try ExportParameters.limit(request)
    let columns = try ExportParameters.columns(request)
    let showsHeaders = try !RequestParameters.flag("noHeaders", request)
    let export = try ExportParameters.checked {
      try DiffExport(format, columns: columns, showsHeaders: showsHeaders)
    }
    let place = try running.begin()
    return try await StreamedExport<DiffExport, ComparisonService.Position>(
      export: export, contentType: Self.contentTypes[format] ?? "", limit: limit, clock: clock
    ) { after, limit in
      let (page, places) = try await comparisons.difference(
        from: question.from, to: question.to, query: question.query, kinds: question.kinds, site: principal.site,
        after: after, limit: min(limit, Self.pieceRows))
      return .init(rows: page.rows.map { Self.row($0, places) }, next: page.next)
    }.answer(context, in: place)
  }

  private static let questions: Set<String> = ["from", "to", "query", "kinds"]

  private struct Question: Sendable {
    var from: String
    var to: String
    var query: String
    var kinds: Set<DiffKind>
  }

  private func question(_ request: Request) throws -> Question {
    guard let from = RequestParameters.text("from", request) else {
      throw Refusal(.invalidValue, "a time, scan:ID, zone:NAME or baseline:NAME is expected", at: "from")
    }
    let kinds =
      try RequestParameters.text("kinds", request).map {
        try RequestParameters.words($0, of: DiffKind.self, at: "kinds")
      }
      ?? Set(DiffKind.allCases).subtracting([.unchanged, .ignored])
    return Question(
      from: from, to: RequestParameters.text("to", request) ?? "now",
      query: RequestParameters.text("query", request) ?? "", kinds: kinds)
  }

  private static func row(_ difference: DiffRecord, _ places: PlaceNames) -> DiffRow {
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
