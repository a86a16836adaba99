internal import CoordinatorCore
internal import CoordinatorServices
internal import Hummingbird
internal import Model
internal import Wire

/// Blackouts in the operator's API.
struct BlackoutRoutes {
  let blackouts: BlackoutService

  func add(to group: RouterGroup<APIContext>) {
    group.get("blackouts", use: list)
    group.post("blackouts", use: add)
    group.delete("blackouts/{id}", use: remove)
  }

  @Sendable private func list(_ request: Request, _ context: APIContext) async throws -> Response {
    let principal = try context.require(.viewer)
    let (found, places) = try await blackouts.blackouts()
    let rows = found.filter { status in status.record.site.map(principal.sees) ?? true }.map {
      BlackoutRow($0, places)
    }
    return try JSONResponse.make(PageCursor.page(of: rows, request) { $0.id.rawValue })
  }

  @Sendable private func add(_ request: Request, _ context: APIContext) async throws -> Response {
    let principal = try context.require(.operating)
    let (body, _) = try await RequestBody.read(NewBlackout.self, from: request, context: context)
    let (status, places) = try await blackouts.add(BlackoutService.Draft(body), by: principal)
    return try JSONResponse.make(BlackoutRow(status, places), status: .created)
  }

  @Sendable private func remove(_ request: Request, _ context: APIContext) async throws -> Response {
    let principal = try context.require(.operating)
    try await blackouts.remove(try RequestParameters.identifier(context), by: principal)
    return Response(status: .noContent)
  }
}

extension BlackoutService.Draft {
  /// Throws a `Refusal` for a body with both kinds of window, or neither.
  init(_ body: NewBlackout) throws {
    let window: BlackoutRecord.Window
    if let cron = body.cron {
      guard body.from == nil, body.to == nil else {
        throw Refusal(.invalidValue, "a blackout is either repeated or once: cron, or from and to", at: "/from")
      }
      guard let seconds = body.durationSeconds else {
        throw Refusal(.invalidValue, "say how long it lasts each time", at: "/durationSeconds")
      }
      window = .repeating(expression: cron, timeZone: body.timeZone ?? "UTC", duration: .seconds(seconds))
    } else {
      guard let from = body.from, let to = body.to, body.durationSeconds == nil else {
        throw Refusal(
          .invalidValue, "say when: a cron expression with a duration, or from and to", at: "/from")
      }
      window = .once(from: from, to: to)
    }
    self.init(name: body.name, window: window)
    site = body.site
    zone = body.zone
    networks = body.networks ?? []
    note = body.note
  }
}

extension BlackoutRow {
  init(_ status: BlackoutService.Status, _ places: PlaceNames) {
    let record = status.record
    self.init(
      id: record.id, name: record.name, networks: record.networks.map(\.description), isActive: status.isActive)
    switch record.window {
    case .once(let start, let end): (from, to) = (start, end)
    case .repeating(let expression, let zone, let duration):
      cron = expression
      timeZone = zone
      durationSeconds = Int(duration.components.seconds)
    }
    site = record.site.map(places.name)
    zone = record.zone.map(places.name)
    note = record.note
    nextFrom = status.stretch?.lowerBound
    nextTo = status.stretch?.upperBound
  }
}
