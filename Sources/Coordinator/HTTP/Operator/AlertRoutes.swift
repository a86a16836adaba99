internal import CoordinatorCore
internal import CoordinatorServices
internal import Hummingbird
internal import Model
internal import Wire

/// Alerts in the operator's API. They concern what everybody is told, so that a token for one site may only look.
struct AlertRoutes {
  let alerts: AlertService

  func add(to group: RouterGroup<APIContext>) {
    group.get("alerts", use: list)
    group.post("alerts", use: add)
    group.get("alerts/{id}", use: show)
    group.put("alerts/{id}", use: edit)
    group.delete("alerts/{id}", use: remove)
    group.post("alerts/{id}/test", use: test)
  }

  @Sendable private func list(_ request: Request, _ context: APIContext) async throws -> Response {
    let principal = try context.require(.viewer)
    let (alerts, receivers, places) = try await alerts.alerts()
    let rows = alerts.filter { alert in alert.site.map(principal.sees) ?? true }.map { Self.row($0, receivers, places) }
    return try JSONResponse.make(PageCursor.page(of: rows, request) { $0.id.rawValue })
  }

  @Sendable private func show(_ request: Request, _ context: APIContext) async throws -> Response {
    let principal = try context.require(.viewer)
    return try await answer(RequestParameters.identifier(context), principal)
  }

  private func answer(
    _ id: AlertID, _ principal: AccessService.Principal, status: HTTPResponse.Status = .ok
  ) async throws -> Response {
    let (alerts, receivers, places) = try await alerts.alerts()
    guard let alert = alerts.first(where: { $0.id == id }), alert.site.map(principal.sees) ?? true else {
      throw Problem(.notFound, detail: "there is no \(id)")
    }
    return try JSONResponse.make(Self.row(alert, receivers, places), status: status)
  }

  @Sendable private func add(_ request: Request, _ context: APIContext) async throws -> Response {
    let principal = try context.requireEverySite(.admin)
    let (body, _) = try await RequestBody.read(AlertSpecification.self, from: request, context: context)
    guard let name = body.name else { throw Refusal(.invalidValue, "a name is missing", at: "/name") }
    let id = try await alerts.add(named: name, Self.draft(body))
    return try await answer(id, principal, status: .created)
  }

  @Sendable private func edit(_ request: Request, _ context: APIContext) async throws -> Response {
    let principal = try context.requireEverySite(.admin)
    let id = try RequestParameters.identifier(context, as: AlertID.self)
    let (body, _) = try await RequestBody.read(AlertSpecification.self, from: request, context: context)
    guard body.name == nil else { throw Refusal(.invalidValue, "an alert keeps its name", at: "/name") }
    try await alerts.edit(id, Self.draft(body))
    return try await answer(id, principal)
  }

  @Sendable private func remove(_ request: Request, _ context: APIContext) async throws -> Response {
    _ = try context.requireEverySite(.admin)
    try await alerts.remove(try RequestParameters.identifier(context))
    return Response(status: .noContent)
  }

  @Sendable private func test(_ request: Request, _ context: APIContext) async throws -> Response {
    _ = try context.requireEverySite(.admin)
    let deliveries = try await alerts.test(try RequestParameters.identifier(context))
    return try JSONResponse.make(AlertTest(deliveries: deliveries))
  }

  static func draft(_ body: AlertSpecification) throws -> AlertService.Draft {
    var draft = AlertService.Draft()
    draft.kinds = body.kinds
    draft.query = body.query
    draft.receivers = body.receivers
    draft.site = body.site
    draft.severity = try body.severity.map { try word($0, at: "/severity") }
    draft.grouping = try body.grouping.map { try word($0, at: "/grouping") }
    draft.waitSeconds = body.waitSeconds
    draft.digestSeconds = body.digestSeconds
    draft.quietHours = body.quietHours
    draft.certificateDays = body.certificateDays
    draft.isPaused = body.isPaused
    return draft
  }

  static func word<Word: CaseIterable & RawRepresentable<String>>(_ text: String, at pointer: String) throws -> Word {
    guard let word = Word(rawValue: text) else {
      throw Refusal(
        .invalidValue, "\"\(text)\" is not one of \(Word.allCases.map(\.rawValue).joined(separator: ", "))",
        at: pointer)
    }
    return word
  }

  static func row(_ alert: AlertRecord, _ receivers: [ReceiverRecord], _ places: PlaceNames) -> AlertRow {
    AlertRow(
      id: alert.id, name: alert.name, kinds: alert.rule.kinds.map { $0.map(\.rawValue) }, query: alert.rule.query,
      receivers: receivers.filter { alert.receivers.contains($0.id) }.map(\.name), site: alert.site.map(places.name),
      severity: alert.rule.severity.rawValue, grouping: alert.rule.grouping.rawValue,
      waitSeconds: alert.rule.waitSeconds,
      digestSeconds: alert.rule.digestSeconds, quietHours: alert.rule.quietHours?.description,
      certificateDays: alert.rule.certificateDays, isPaused: alert.isPaused, createdAt: alert.createdAt,
      changedAt: alert.changedAt)
  }
}
