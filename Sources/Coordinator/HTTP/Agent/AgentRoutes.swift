internal import CoordinatorCore
internal import CoordinatorServices
internal import CoordinatorTrust
internal import Hummingbird
internal import Model
internal import Wire

/// The agents' API, `/agent/v1`: decodes, calls the services, encodes.
struct AgentRoutes {
  let fleet: FleetService
  let leases: LeaseService
  let results: ResultService
  let settings: FleetSettings
  let clock: any WallClock

  func add(to router: Router<APIContext>) {
    let open = router.group(RouterPath(AgentProtocol.basePath))
    open.post("enroll", use: enrol)
    let group = open.add(middleware: AgentAuthentication(fleet: fleet))
    group.get("clock", use: status)
    group.post("leases", use: lease)
    group.post("jobs/{id}/renew", use: renew)
    group.post("jobs/{id}/chunks", use: chunk)
    group.post("jobs/{id}/finish", use: finish)
    group.post("inventory", use: inventory)
  }

  @Sendable private func enrol(_ request: Request, _ context: APIContext) async throws -> Response {
    guard let token = request.bearerToken else {
      throw Problem(.unauthenticated, detail: "a join token is needed: Authorization: Bearer TOKEN")
    }
    let (body, _) = try await RequestBody.read(EnrollRequest.self, from: request, context: context)
    guard body.protocolVersion == AgentProtocol.version else {
      throw Problem(
        .unsupportedVersion,
        detail:
          "the agent speaks protocol version \(body.protocolVersion), this coordinator version \(AgentProtocol.version)"
      )
    }
    let (agent, secret, places) = try await fleet.enrol(
      .init(
        name: body.name, installation: body.installation, version: body.version, hostName: body.hostName,
        operatingSystem: body.operatingSystem), joinToken: token)
    return try JSONResponse.make(
      EnrollResponse(
        agent: agent.id, name: agent.name, secret: secret, site: places.name(of: agent.site),
        zone: places.name(of: agent.zone), duties: agent.duties.sorted { $0.rawValue < $1.rawValue }), status: .created)
  }

  @Sendable private func status(_ request: Request, _ context: APIContext) async throws -> Response {
    let agent = try context.requireAgent()
    return try JSONResponse.make(
      AgentStatus(
        agent: agent.id, duties: agent.duties.sorted { $0.rawValue < $1.rawValue }, now: clock.now,
        inventoryMilliseconds: Int(settings.inventoryInterval.wholeMilliseconds)))
  }

  /// The wait ends when the agent goes away: work must not be granted to a connection that nobody reads.
  @Sendable private func lease(_ request: Request, _ context: APIContext) async throws -> Response {
    try await request.body.consumeWithCancellationOnInboundClose { body in
      var request = request
      request.body = body
      return try await waitForLease(request, context)
    }
  }

  private func waitForLease(_ request: Request, _ context: APIContext) async throws -> Response {
    let agent = try context.requireAgent()
    let (body, _) = try await RequestBody.read(LeaseRequest.self, from: request, context: context)
    let wait = try Self.wait(body.waitMilliseconds)
    if let pace = body.probesPerSecond, !(pace > 0 && pace < 1e9) {
      throw Refusal(.invalidValue, "a positive number is expected", at: "/probesPerSecond")
    }
    let grant = try await leases.grant(
      to: agent, slot: body.slot ?? .bulk, probesPerSecond: body.probesPerSecond, waiting: wait)
    return try JSONResponse.make(LeaseResponse(grant: grant.map(LeaseGrant.init), retryAfterMilliseconds: 1_000))
  }

  @Sendable private func renew(_ request: Request, _ context: APIContext) async throws -> Response {
    let agent = try context.requireAgent()
    let (body, _) = try await RequestBody.read(RenewRequest.self, from: request, context: context)
    let claim = try Self.claim(body.lease, context)
    let (order, lasting) = try await leases.renew(
      claim, by: agent, waiting: try Self.wait(body.waitMilliseconds))
    let reason: String? = if case .stop(let reason) = order { reason } else { nil }
    return try JSONResponse.make(
      RenewResponse(
        order: order == .proceed ? .proceed : .cancel, reason: reason,
        leaseMilliseconds: Int(lasting.wholeMilliseconds)))
  }

  @Sendable private func chunk(_ request: Request, _ context: APIContext) async throws -> Response {
    let agent = try context.requireAgent()
    let (body, octets) = try await RequestBody.read(ChunkReport.self, from: request, context: context)
    let chunk = try ResultService.Chunk(body, digest: Secret.digest(of: octets))
    let isCounted = try await results.accept(chunk, under: try Self.claim(body.lease, context), from: agent)
    return try JSONResponse.make(ChunkReceipt(isCounted: isCounted))
  }

  @Sendable private func finish(_ request: Request, _ context: APIContext) async throws -> Response {
    let agent = try context.requireAgent()
    let (body, _) = try await RequestBody.read(FinishRequest.self, from: request, context: context)
    guard (body.reason?.count ?? 0) <= 2_000 else {
      throw Refusal(.invalidValue, "at most 2,000 characters are expected", at: "/reason")
    }
    let outcome: LeaseFinish.Outcome =
      switch body.outcome {
      case .done: .done
      case .returned: .returned
      case .failed: .failed
      }
    try await leases.finish(
      try Self.claim(body.lease, context), by: agent,
      with: LeaseFinish(outcome: outcome, chunkCount: body.chunkCount, reason: body.reason))
    return Response(status: .noContent)
  }

  @Sendable private func inventory(_ request: Request, _ context: APIContext) async throws -> Response {
    let agent = try context.requireAgent()
    let (body, _) = try await RequestBody.read(InventoryReport.self, from: request, context: context)
    let decision = try await results.accept(try InventoryReading.read(body), from: agent)
    return try JSONResponse.make(
      InventoryReceipt(
        nextAfterMilliseconds: Int(settings.inventoryInterval.wholeMilliseconds), now: clock.now,
        needsFull: decision == .needsFull))
  }

  private static func wait(_ milliseconds: Int) throws -> Duration {
    guard (0...60_000).contains(milliseconds) else {
      throw Refusal(.invalidValue, "0 to 60000 is expected", at: "/waitMilliseconds")
    }
    return .milliseconds(milliseconds)
  }

  private static func claim(_ lease: LeaseIdentity, _ context: APIContext) throws -> LeaseService.Claim {
    LeaseService.Claim(
      job: try RequestParameters.identifier(context), generation: lease.generation, epoch: lease.epoch,
      token: lease.token)
  }
}
