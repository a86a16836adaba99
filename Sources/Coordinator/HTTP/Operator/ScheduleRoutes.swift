internal import CoordinatorCore
internal import CoordinatorServices
internal import Hummingbird
internal import Model
internal import Wire

/// Schedules in the operator's API.
struct ScheduleRoutes {
  let schedules: ScheduleService
  let clock: any WallClock

  func add(to group: RouterGroup<APIContext>) {
    group.get("schedules", use: list)
    group.post("schedules", use: add)
    group.get("schedules/lint", use: lint)
    group.get("schedules/{id}", use: show)
    group.put("schedules/{id}", use: replace)
    group.delete("schedules/{id}", use: remove)
    group.get("schedules/{id}/next", use: next)
    group.get("schedules/{id}/runs", use: runs)
    group.post("schedules/{id}/run", use: run)
    group.post("schedules/{id}/pause") { try await setPaused($0, $1, true) }
    group.post("schedules/{id}/resume") { try await setPaused($0, $1, false) }
  }

  @Sendable private func list(_ request: Request, _ context: APIContext) async throws -> Response {
    let principal = try context.require(.viewer)
    let (found, places) = try await schedules.schedules()
    let rows = found.filter { principal.sees($0.record.site) }.map { ScheduleRow($0, places) }
    return try JSONResponse.make(PageCursor.page(of: rows, request) { $0.id.rawValue })
  }

  @Sendable private func add(_ request: Request, _ context: APIContext) async throws -> Response {
    try await save(request, context, as: nil)
  }

  @Sendable private func replace(_ request: Request, _ context: APIContext) async throws -> Response {
    let id = try await visible(context, .operating)
    return try await save(request, context, as: id)
  }

  private func save(_ request: Request, _ context: APIContext, as id: ScheduleID?) async throws -> Response {
    let principal = try context.require(.operating)
    let (body, _) = try await RequestBody.read(ScheduleSubmission.self, from: request, context: context)
    try ScanRoutes.checkSize(of: body.scan)
    try ScanRoutes.checkBlackoutsIgnored(by: body.scan, context, below: "/scan")
    let receipt = try await schedules.save(
      ScheduleService.Draft(body), as: id, isDryRun: body.isDryRun ?? false, by: principal)
    return try JSONResponse.make(
      ScheduleReceipt(
        schedule: receipt.status.map { ScheduleRow($0, receipt.places) }, timeZone: body.timeZone ?? "UTC",
        preview: receipt.preview.map(ComingRunRow.init), warnings: receipt.warnings),
      status: receipt.status == nil || id != nil ? .ok : .created)
  }

  @Sendable private func show(_ request: Request, _ context: APIContext) async throws -> Response {
    try await row(visible(context, .viewer))
  }

  private func row(_ id: ScheduleID) async throws -> Response {
    let (status, places) = try await schedules.schedule(id)
    return try JSONResponse.make(ScheduleRow(status, places))
  }

  @Sendable private func remove(_ request: Request, _ context: APIContext) async throws -> Response {
    try await schedules.remove(visible(context, .operating))
    return Response(status: .noContent)
  }

  @Sendable private func next(_ request: Request, _ context: APIContext) async throws -> Response {
    let id = try await visible(context, .viewer)
    try RequestParameters.allow(["limit", "from"], in: request)
    let limit = try RequestParameters.limit(request)
    let from = try RequestParameters.text("from", request).map { text in
      guard let time = Timestamp(text) else { throw Refusal(.invalidValue, "expected an RFC 3339 time", at: "from") }
      return time
    }
    let runs = try await schedules.preview(ofSchedule: id, from: from, count: limit)
    return try JSONResponse.make(Page(rows: runs.map(ComingRunRow.init), nextCursor: nil))
  }

  @Sendable private func runs(_ request: Request, _ context: APIContext) async throws -> Response {
    let id = try await visible(context, .viewer)
    try RequestParameters.allow(["limit", "cursor"], in: request)
    let limit = try RequestParameters.limit(request)
    let before = try RequestParameters.text("cursor", request).map {
      Timestamp(milliseconds: try PageCursor.number($0))
    }
    let slots = try await schedules.slots(of: id, before: before, limit: limit + 1)
    let page = slots.prefix(limit)
    return try JSONResponse.make(
      Page(
        rows: page.map(ScheduleRunRow.init),
        nextCursor: slots.count > limit ? page.last.map { PageCursor.text([String($0.slot.milliseconds)]) } : nil))
  }

  @Sendable private func run(_ request: Request, _ context: APIContext) async throws -> Response {
    let principal = try context.require(.operating)
    let id = try await visible(context, .operating)
    let (body, _) = try await RequestBody.read(ScheduleRunRequest.self, from: request, context: context)
    if let time = body.at {
      guard time > clock.now else {
        throw Refusal(
          .outOfScope,
          "the past cannot be scanned: a scan sees the network as it is now, and would be kept as of now; run it without a time",
          at: "/at")
      }
      throw Refusal(.invalidValue, "a run is started now; for later add a schedule that expires", at: "/at")
    }
    let scan = try await schedules.runNow(id, by: principal)
    let (state, places) = try await schedules.scans.scan(scan)
    return try JSONResponse.make(ScanRow(state, places, withLanes: true), status: .created)
  }

  private func setPaused(_ request: Request, _ context: APIContext, _ isPaused: Bool) async throws -> Response {
    let id = try await visible(context, .operating)
    try await schedules.setPaused(id, isPaused)
    return try await row(id)
  }

  @Sendable private func lint(_ request: Request, _ context: APIContext) async throws -> Response {
    let principal = try context.require(.viewer)
    let rows = try await schedules.lint(seenBy: principal).map {
      ScheduleRemark(schedule: $0.schedule.id, name: $0.schedule.name, message: $0.message)
    }
    return try JSONResponse.make(Page(rows: rows, nextCursor: nil))
  }

  private func visible(_ context: APIContext, _ role: AccessRole) async throws -> ScheduleID {
    let principal = try context.require(role)
    let id = try RequestParameters.identifier(context, as: ScheduleID.self)
    let (status, _) = try await schedules.schedule(id)
    guard principal.sees(status.record.site) else { throw Problem(.notFound, detail: "there is no \(id)") }
    return id
  }
}
