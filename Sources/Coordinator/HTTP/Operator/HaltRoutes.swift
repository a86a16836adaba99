internal import CoordinatorCore
internal import CoordinatorServices
internal import Hummingbird
internal import Model
internal import Wire

/// Stopping all probing, in the operator's API.
struct HaltRoutes {
  let halts: HaltService

  func add(to group: RouterGroup<APIContext>) {
    group.get("halts", use: list)
    group.post("halt", use: halt)
    group.post("unhalt", use: unhalt)
  }

  @Sendable private func list(_ request: Request, _ context: APIContext) async throws -> Response {
    let principal = try context.require(.viewer)
    return try await page(request, principal)
  }

  private func page(_ request: Request, _ principal: AccessService.Principal) async throws -> Response {
    let (halts, places) = try await halts.halts()
    let rows = halts.filter { halt in halt.site.map(principal.sees) ?? true }.map { halt in
      HaltRow(
        id: halt.id, site: halt.site.map(places.name), zone: halt.zone.map(places.name), note: halt.note, by: halt.by,
        at: halt.at)
    }
    return try JSONResponse.make(PageCursor.page(of: rows, request) { $0.id.rawValue })
  }

  /// Whoever may start scans may stop them.
  @Sendable private func halt(_ request: Request, _ context: APIContext) async throws -> Response {
    let principal = try context.require(.operating)
    let (body, _) = try await RequestBody.read(HaltPlace.self, from: request, context: context)
    try await halts.halt(site: body.site, zone: body.zone, note: body.note ?? "", by: principal)
    return try await page(request, principal)
  }

  @Sendable private func unhalt(_ request: Request, _ context: APIContext) async throws -> Response {
    let principal = try context.require(.operating)
    let (body, _) = try await RequestBody.read(HaltPlace.self, from: request, context: context)
    guard try await halts.unhalt(site: body.site, zone: body.zone, by: principal) > 0 else {
      throw Problem(.notFound, detail: "nothing is halted there")
    }
    return try await page(request, principal)
  }
}
