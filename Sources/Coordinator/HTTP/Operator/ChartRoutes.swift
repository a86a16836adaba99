internal import CoordinatorCore
internal import CoordinatorServices
internal import Hummingbird
internal import Model
internal import Wire

/// Ports, hosts and listeners in the operator's API.
struct ChartRoutes {
  let chart: ChartService
  private let exports: PortExportRoute

  init(chart: ChartService, running: RunningExports) {
    self.chart = chart
    exports = PortExportRoute(chart: chart, running: running)
  }

  func add(to group: RouterGroup<APIContext>) {
    group.get("ports", use: ports)
    group.get("ports/counts", use: counts)
    group.get("ports/export", use: export)
    group.get("hosts", use: hosts)
    group.get("listeners", use: listeners)
  }

  /// The query, narrowed to the site that the token is for.
  private func query(
    _ request: Request, _ context: APIContext, allowing more: Set<String> = []
  ) async throws -> (ChartQuery, limit: Int, cursor: String?) {
    let principal = try context.require(.viewer)
    try RequestParameters.allow(more.union(["query", "asOf", "limit", "cursor"]), in: request)
    var query = try chart.query(RequestParameters.text("query", request) ?? "", asOf: asOf(request))
    if let site = principal.site { query.restrict(toSite: try await chart.siteName(site)) }
    return (query, try RequestParameters.limit(request), RequestParameters.text("cursor", request))
  }

  private func asOf(_ request: Request) throws -> Timestamp? {
    try RequestParameters.text("asOf", request).map(chart.asOf)
  }

  @Sendable private func ports(_ request: Request, _ context: APIContext) async throws -> Response {
    let (query, limit, cursor) = try await query(request, context)
    let (found, next, places) = try await chart.ports(
      query, after: try cursor.map(PageCursor.position), limit: limit)
    return try JSONResponse.page(found, nextCursor: next.map { PageCursor.text($0) }) { row, bytes in
      try PortRow(row, places, serviceName: chart.serviceName).appendJSON(to: &bytes)
    }
  }

  @Sendable private func export(_ request: Request, _ context: APIContext) async throws -> Response {
    let principal = try context.require(.viewer)
    try RequestParameters.allow(["query", "asOf", "limit", "format", "columns", "noHeaders"], in: request)
    var query = try chart.query(RequestParameters.text("query", request) ?? "", asOf: asOf(request))
    if let site = principal.site { query.restrict(toSite: try await chart.siteName(site)) }
    return try await exports.answer(request, context, query)
  }

  @Sendable private func counts(_ request: Request, _ context: APIContext) async throws -> Response {
    let principal = try context.require(.viewer)
    try RequestParameters.allow(["query", "by", "asOf", "limit", "cursor"], in: request)
    let by = RequestParameters.text("by", request) ?? ""
    guard let grouping = ChartGrouping(rawValue: by.lowercased()) else {
      let known = ChartGrouping.allCases.map(\.rawValue)
      let nearest = NearestWord.to(by, among: known).map { "; did you mean \($0)?" } ?? ""
      throw Refusal(
        .invalidValue, "\"\(by)\" is not one of \(known.joined(separator: ", "))\(nearest)", at: "by")
    }
    var query = try chart.query(RequestParameters.text("query", request) ?? "", asOf: asOf(request))
    if let site = principal.site { query.restrict(toSite: try await chart.siteName(site)) }
    let after = try RequestParameters.text("cursor", request).map(PageCursor.position)
    // Of the past there are no parts.
    if after != nil, query.asOf != nil { throw PageCursor.refusal }
    let (rows, at, next) = try await chart.counts(
      query, by: grouping, after: after, limit: RequestParameters.limit(request))
    return try JSONResponse.make(
      CountList(
        rows: rows.map { CountRow(value: $0.value, endpoints: $0.endpoints) }, countedAt: at,
        nextCursor: next.map { PageCursor.text($0) }))
  }

  @Sendable private func hosts(_ request: Request, _ context: APIContext) async throws -> Response {
    let (query, limit, cursor) = try await query(request, context, allowing: ["states"])
    let states = try RequestParameters.text("states", request).map {
      try RequestParameters.words($0, of: HostState.self, at: "states")
    }
    if states?.contains(.down) == true {
      throw Refusal(
        .invalidValue, "a host that never answered is no record; explain HOST tells whether it was looked at",
        at: "states")
    }
    let (found, next, places) = try await chart.hosts(
      query, states: states, after: try cursor.map(PageCursor.host), limit: limit)
    return try JSONResponse.make(
      Page(
        rows: found.map { row in
          HostRow(row, places)
        }, nextCursor: next.map { PageCursor.text($0) }))
  }

  @Sendable private func listeners(_ request: Request, _ context: APIContext) async throws -> Response {
    let (query, limit, cursor) = try await query(request, context)
    let after = try cursor.map { ListenerID(try PageCursor.number($0)) }
    let (found, sites, ownersVerifiedAt, places) = try await chart.listeners(query, after: after, limit: limit + 1)
    let page = found.prefix(limit)
    return try JSONResponse.make(
      Page(
        rows: page.map { row in
          ListenerRow(
            row, site: sites[row.agent].map(places.name) ?? "", places, ownersVerifiedAt: ownersVerifiedAt[row.agent])
        }, nextCursor: found.count > limit ? page.last.map { PageCursor.text([String($0.id.rawValue)]) } : nil))
  }
}

extension PlaceNames {
  /// `web1/lo` instead of `agent:3/lo`: people know agents by name.
  func text(of scope: HostScope) -> String {
    guard let agent = scope.agent, let slash = scope.rawValue.firstIndex(of: "/") else { return scope.rawValue }
    return name(of: agent) + scope.rawValue[slash...]
  }
}
