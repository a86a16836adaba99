internal import CoordinatorCore
internal import CoordinatorServices
internal import Hummingbird
internal import Model
internal import Wire

/// Findings and expectations in the operator's API.
struct FindingRoutes {
  let findings: FindingService
  let chart: ChartService

  func add(to group: RouterGroup<APIContext>) {
    group.get("findings", use: list)
    group.post("findings/{id}/acknowledgement", use: acknowledge)
    group.delete("findings/{id}/acknowledgement", use: withdraw)
    group.get("expectations", use: expectations)
    group.get("expectations/check", use: check)
    group.delete("expectations/{name}", use: removeExpectation)
  }

  @Sendable private func list(_ request: Request, _ context: APIContext) async throws -> Response {
    let principal = try context.require(.viewer)
    try RequestParameters.allow(["query", "rules", "all", "asOf", "limit", "cursor"], in: request)
    let time = try RequestParameters.text("asOf", request).map(chart.asOf)
    let endpoints = try chart.query(RequestParameters.text("query", request) ?? "", asOf: time)
    let all = try RequestParameters.flag("all", request)
    let query = FindingQuery(
      endpoints: endpoints, site: principal.site,
      rules: try RequestParameters.text("rules", request).map {
        try RequestParameters.words($0, of: FindingRule.self, at: "rules")
      }, includesGone: all, unacknowledgedAt: all ? nil : time ?? chart.now)
    let after = try RequestParameters.text("cursor", request).map { FindingID(try PageCursor.number($0)) }
    let limit = try RequestParameters.limit(request)
    let (found, next, places) =
      if let time {
        try await findings.pastFindings(query, asOf: time, after: after, limit: limit)
      } else {
        try await findings.findings(query, after: after, limit: limit)
      }
    return try JSONResponse.make(
      Page(
        rows: found.map { row($0, places) }, nextCursor: next.map { PageCursor.text([String($0.rawValue)]) }))
  }

  private func row(_ told: FindingService.Told, _ places: PlaceNames) -> FindingRow {
    let finding = told.finding
    return FindingRow(
      id: finding.id, rule: finding.rule.rawValue, detail: told.detail, site: places.name(of: finding.site),
      endpoint: told.row.map { PortRow($0, places, serviceName: chart.serviceName) }, subject: finding.subject,
      since: finding.since, goneAt: finding.goneAt, acknowledgedUntil: finding.acknowledgement?.until,
      note: finding.acknowledgement?.note, acknowledgedBy: finding.acknowledgement?.by, advice: told.advice)
  }

  @Sendable private func acknowledge(_ request: Request, _ context: APIContext) async throws -> Response {
    let principal = try context.require(.operating)
    let (body, _) = try await RequestBody.read(NewAcknowledgement.self, from: request, context: context)
    try await findings.acknowledge(
      try RequestParameters.identifier(context), until: body.until, note: body.note, by: principal)
    return Response(status: .noContent)
  }

  @Sendable private func withdraw(_ request: Request, _ context: APIContext) async throws -> Response {
    let principal = try context.require(.operating)
    try await findings.acknowledge(try RequestParameters.identifier(context), until: nil, note: "", by: principal)
    return Response(status: .noContent)
  }

  @Sendable private func expectations(_ request: Request, _ context: APIContext) async throws -> Response {
    let principal = try context.require(.viewer)
    try RequestParameters.allow(["limit"], in: request)
    let (expectations, places) = try await findings.expectations()
    let visible = expectations.filter { expectation in expectation.site.map(principal.sees) ?? true }
    return try JSONResponse.make(
      Page(
        rows: visible.map { expectation in
          let text = ExpectationText(expectation, places)
          return ExpectationRow(
            name: text.name, site: text.site, hosts: text.hosts, ports: text.ports, processes: text.processes,
            users: text.users, exposure: expectation.exposure.rawValue, required: text.required, note: text.note)
        }, nextCursor: nil))
  }

  @Sendable private func removeExpectation(_ request: Request, _ context: APIContext) async throws -> Response {
    _ = try context.requireEverySite(.operating)
    let name = context.parameters.get("name") ?? ""
    try await findings.removeExpectation(named: name)
    return Response(status: .noContent)
  }

  @Sendable private func check(_ request: Request, _ context: APIContext) async throws -> Response {
    let principal = try context.require(.viewer)
    try RequestParameters.allow(["asOf"], in: request)
    let (report, places) = try await findings.check(
      for: principal, asOf: try RequestParameters.text("asOf", request).map(chart.asOf))
    return try JSONResponse.make(
      DriftAnswer(
        drift: report.rows.map {
          .init(detail: $0.detail, endpoint: PortRow($0.row, places, serviceName: chart.serviceName))
        }, missing: report.missing.map(\.name), expectations: report.expectations, compared: report.compared,
        isWhole: report.isWhole))
  }
}
