internal import CoordinatorCore
internal import CoordinatorServices
internal import Hummingbird
internal import Model
internal import Wire

/// Receivers and deliveries in the operator's API. Secrets go in and never come out.
struct ReceiverRoutes {
  let receivers: ReceiverService

  func add(to group: RouterGroup<APIContext>) {
    group.get("receivers", use: list)
    group.post("receivers", use: add)
    group.get("receivers/{id}", use: show)
    group.put("receivers/{id}", use: edit)
    group.delete("receivers/{id}", use: remove)
    group.post("receivers/{id}/test", use: test)
    group.get("deliveries", use: deliveries)
    group.get("deliveries/{id}", use: delivery)
    group.post("deliveries/{id}/replay", use: replay)
  }

  @Sendable private func list(_ request: Request, _ context: APIContext) async throws -> Response {
    _ = try context.requireEverySite(.viewer)
    let rows = try await receivers.receivers().map(row)
    return try JSONResponse.make(PageCursor.page(of: rows, request) { $0.id.rawValue })
  }

  @Sendable private func show(_ request: Request, _ context: APIContext) async throws -> Response {
    _ = try context.requireEverySite(.viewer)
    return try JSONResponse.make(row(try await receivers.receiver(RequestParameters.identifier(context))))
  }

  @Sendable private func add(_ request: Request, _ context: APIContext) async throws -> Response {
    _ = try context.requireEverySite(.admin)
    let (body, _) = try await RequestBody.read(ReceiverSpecification.self, from: request, context: context)
    guard let name = body.name else { throw Refusal(.invalidValue, "a name is missing", at: "/name") }
    guard let word = body.kind else { throw Refusal(.invalidValue, "a kind is missing", at: "/kind") }
    let (receiver, secret) = try await receivers.add(
      try AlertRoutes.word(word, at: "/kind"), named: name, Self.draft(body))
    return try JSONResponse.make(AddedReceiver(receiver: row(receiver), secret: secret), status: .created)
  }

  @Sendable private func edit(_ request: Request, _ context: APIContext) async throws -> Response {
    _ = try context.requireEverySite(.admin)
    let id = try RequestParameters.identifier(context, as: ReceiverID.self)
    let (body, _) = try await RequestBody.read(ReceiverSpecification.self, from: request, context: context)
    for (name, value) in [("name", body.name), ("kind", body.kind)] where value != nil {
      throw Refusal(.invalidValue, "a receiver keeps its \(name)", at: "/\(name)")
    }
    return try JSONResponse.make(row(try await receivers.edit(id, Self.draft(body))))
  }

  @Sendable private func remove(_ request: Request, _ context: APIContext) async throws -> Response {
    _ = try context.requireEverySite(.admin)
    try await receivers.remove(try RequestParameters.identifier(context))
    return Response(status: .noContent)
  }

  @Sendable private func test(_ request: Request, _ context: APIContext) async throws -> Response {
    _ = try context.requireEverySite(.admin)
    let answer =
      switch try await receivers.test(RequestParameters.identifier(context)) {
      case .delivered: ReceiverTest(isDelivered: true, error: nil)
      case .failed(let reason, _, _), .refused(let reason): ReceiverTest(isDelivered: false, error: reason)
      }
    return try JSONResponse.make(answer)
  }

  static func draft(_ body: ReceiverSpecification) -> ReceiverDraft {
    var draft = ReceiverDraft()
    draft.url = body.url
    draft.from = body.from
    draft.to = body.to
    draft.user = body.user
    draft.command = body.command
    draft.activeSeconds = body.activeSeconds
    draft.signing = body.secrets
    draft.token = body.token
    draft.password = body.password
    draft.note = body.note
    return draft
  }

  private func row(_ receiver: ReceiverRecord) -> ReceiverRow {
    let secrets = receiver.secrets
    let set = [
      ("url", secrets.url != nil), ("secrets", secrets.signing != nil), ("token", secrets.token != nil),
      ("password", secrets.password != nil),
    ].filter(\.1).map(\.0)
    return ReceiverRow(
      id: receiver.id, name: receiver.name, kind: receiver.kind.rawValue, destination: receiver.settings.destination,
      from: receiver.settings.from, to: receiver.settings.to, user: receiver.settings.user,
      command: receiver.settings.command, activeSeconds: receiver.settings.activeSeconds, secretsSet: set,
      note: receiver.note, createdAt: receiver.createdAt, changedAt: receiver.changedAt)
  }

  // Deliveries.

  @Sendable private func deliveries(_ request: Request, _ context: APIContext) async throws -> Response {
    _ = try context.requireEverySite(.viewer)
    try RequestParameters.allow(["state", "limit", "cursor"], in: request)
    let state: DeliveryRecord.State? = try RequestParameters.text("state", request).map {
      try AlertRoutes.word($0, at: "state")
    }
    let limit = try RequestParameters.limit(request)
    let before = try RequestParameters.text("cursor", request).map { DeliveryID(try PageCursor.number($0)) }
    let found = try await receivers.deliveries(in: state, before: before, limit: limit + 1)
    let page = found.prefix(limit)
    return try JSONResponse.make(
      Page(
        rows: page.map(row),
        nextCursor: found.count > limit ? page.last.map { PageCursor.text([String($0.id.rawValue)]) } : nil))
  }

  @Sendable private func delivery(_ request: Request, _ context: APIContext) async throws -> Response {
    _ = try context.requireEverySite(.viewer)
    return try JSONResponse.make(row(try await receivers.delivery(RequestParameters.identifier(context))))
  }

  @Sendable private func replay(_ request: Request, _ context: APIContext) async throws -> Response {
    _ = try context.requireEverySite(.operating)
    return try JSONResponse.make(row(try await receivers.replay(RequestParameters.identifier(context))))
  }

  private func row(_ delivery: DeliveryRecord) -> DeliveryRow {
    DeliveryRow(
      id: delivery.id, message: delivery.message.id, alert: delivery.message.alert, receiver: delivery.receiverName,
      title: delivery.message.title, state: delivery.state.rawValue, attempts: delivery.attempts,
      createdAt: delivery.message.createdAt, nextAt: delivery.state == .pending ? delivery.nextAt : nil,
      triedAt: delivery.triedAt, settledAt: delivery.settledAt, error: delivery.error, count: delivery.message.count,
      lines: delivery.message.entries.map(\.text))
  }
}
