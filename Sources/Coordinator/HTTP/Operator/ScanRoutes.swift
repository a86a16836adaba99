internal import CoordinatorCore
internal import CoordinatorServices
internal import Hummingbird
internal import Model
internal import Wire

/// Scans in the operator's API.
struct ScanRoutes {
  let scans: ScanService

  func add(to group: RouterGroup<APIContext>) {
    group.get("scans", use: list)
    group.post("scans", use: submit)
    group.get("scans/{id}", use: show)
    group.post("scans/{id}/cancel") { try await change($0, $1) { try await scans.cancel($0) } }
    group.post("scans/{id}/pause") { try await change($0, $1) { try await scans.pause($0) } }
    group.post("scans/{id}/resume") { try await change($0, $1) { try await scans.resume($0) } }
  }

  @Sendable private func list(_ request: Request, _ context: APIContext) async throws -> Response {
    let principal = try context.require(.viewer)
    try RequestParameters.allow(["limit", "cursor"], in: request)
    let limit = try RequestParameters.limit(request)
    let before = try RequestParameters.text("cursor", request).map { ScanID(try PageCursor.number($0)) }
    let (found, places) = try await scans.scans(before: before, limit: limit + 1)
    let page = found.prefix(limit)
    return try JSONResponse.make(
      Page(
        rows: page.filter { principal.sees($0.record.site) }.map { ScanRow($0, places, withLanes: false) },
        nextCursor: found.count > limit ? page.last.map { PageCursor.text([String($0.record.id.rawValue)]) } : nil))
  }

  @Sendable private func submit(_ request: Request, _ context: APIContext) async throws -> Response {
    let principal = try context.require(.operating)
    let (body, _) = try await RequestBody.read(ScanSubmission.self, from: request, context: context)
    try Self.checkSize(of: body)
    try Self.checkBlackoutsIgnored(by: body, context)
    let receipt = try await scans.submit(Self.submission(body), by: principal)
    return try JSONResponse.make(
      SubmissionReceipt(
        scan: receipt.scan.map { ScanRow($0, receipt.places, withLanes: true) },
        addresses: String(receipt.plan.space.count), portsPerAddress: receipt.plan.ports.count,
        ports: receipt.plan.ports.description, identifies: receipt.plan.identifies,
        probes: Self.product(receipt.plan.probes, receipt.lanes.count), lanes: receipt.lanes,
        secondsExpected: receipt.secondsExpected,
        resolved: receipt.plan.resolved.mapValues { $0.map(\.description) },
        excluded: receipt.plan.excluded.map { part in
          .init(
            rule: part.rule, addresses: (try? TargetSpace(part.addresses)).map { String($0.count) } ?? "2^128 or more",
            networks: part.addresses.ranges.prefix(10).map(\.description))
        },
        blackouts: receipt.blackouts.map { .init(name: $0.record.name, from: $0.from, until: $0.until) }),
      status: receipt.scan == nil ? .ok : .created)
  }

  /// Throws unless whoever wants to ignore blackouts is an admin and says why.
  static func checkBlackoutsIgnored(by body: ScanSubmission, _ context: APIContext, below pointer: String = "") throws {
    guard body.ignoresBlackouts == true else { return }
    _ = try context.require(.admin)
    guard body.note?.isEmpty == false else {
      throw Refusal(.invalidValue, "to ignore blackouts needs a note that says why", at: pointer + "/note")
    }
  }

  /// Throws a `Problem` for expressions that are too long.
  static func checkSize(of body: ScanSubmission) throws {
    let octets = (body.targets + (body.exclusions ?? [])).reduce(0) { $0 + $1.utf8.count }
    guard octets <= WireLimits.expressionBytes else {
      throw Problem(
        .bodyTooLarge, detail: "targets and exclusions together are over \(WireLimits.expressionBytes) bytes")
    }
    guard (body.ports?.utf8.count ?? 0) <= WireLimits.expressionBytes else {
      throw Problem(.bodyTooLarge, detail: "the port expression is over \(WireLimits.expressionBytes) bytes")
    }
  }

  private static func product(_ probes: UInt128, _ lanes: Int) -> String {
    let (product, overflow) = probes.multipliedReportingOverflow(by: UInt128(lanes))
    return overflow ? "2^128 or more" : String(product)
  }

  static func submission(_ body: ScanSubmission) -> ScanService.Submission {
    var submission = ScanService.Submission(targets: body.targets)
    submission.exclusions = body.exclusions ?? []
    submission.ports = body.ports
    submission.excludedPorts = body.excludedPorts
    submission.transports = body.transports.map(Set.init) ?? [.tcp]
    submission.identifies = body.identifies ?? false
    submission.looksUpNames = body.looksUpNames ?? false
    submission.site = body.site
    submission.zones = body.zones ?? []
    submission.timing = body.timing
    submission.rate = body.rate
    submission.ratePerAgent = body.ratePerAgent
    submission.ratePerHost = body.ratePerHost
    submission.priority = body.priority ?? 0
    submission.maximumJobs = body.maximumJobs
    submission.agents = body.agents ?? []
    submission.tags = body.tags ?? []
    submission.maximumDuration = body.maximumSeconds.map { .seconds($0) }
    submission.name = body.name
    submission.note = body.note
    submission.ignoresBlackouts = body.ignoresBlackouts ?? false
    submission.isConfirmed = body.isConfirmed ?? false
    submission.isDryRun = body.isDryRun ?? false
    return submission
  }

  @Sendable private func show(_ request: Request, _ context: APIContext) async throws -> Response {
    let principal = try context.require(.viewer)
    let (state, places) = try await visibleScan(context, to: principal)
    return try JSONResponse.make(ScanRow(state, places, withLanes: true))
  }

  private func change(
    _ request: Request, _ context: APIContext, _ body: (ScanID) async throws -> Void
  ) async throws -> Response {
    let principal = try context.require(.operating)
    let (state, _) = try await visibleScan(context, to: principal)
    try await body(state.record.id)
    let (after, places) = try await scans.scan(state.record.id)
    return try JSONResponse.make(ScanRow(after, places, withLanes: true))
  }

  private func visibleScan(
    _ context: APIContext, to principal: AccessService.Principal
  ) async throws -> (ScanService.ScanStatus, PlaceNames) {
    let id = try RequestParameters.identifier(context, as: ScanID.self)
    let (state, places) = try await scans.scan(id)
    guard principal.sees(state.record.site) else { throw Problem(.notFound, detail: "there is no \(id)") }
    return (state, places)
  }
}
