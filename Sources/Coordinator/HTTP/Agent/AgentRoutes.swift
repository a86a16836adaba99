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
  let measurements: Measurements
  /// Whether more waits for the store than is done in a moment.
  let isBehind: @Sendable () -> Bool

  func add(to router: Router<APIContext>) {
    let open = router.group(RouterPath(AgentProtocol.basePath))
    // Enrolling writes, and a join token may be guessed at.
    open.group("enroll").add(
      middleware: admission(rate: settings.enrolmentsPerSecond, burst: settings.enrolmentsPerSecond / 2) { true }
    ).post(use: enrol)
    let known = open.add(middleware: AgentAuthentication(fleet: fleet))
    addWorking(to: known)
    // What ten thousand agents do all at once after an outage; what they are in the middle of goes on. As long as the store keeps
    // up, nobody need wait.
    func admitted(_ path: String) -> RouterGroup<APIContext> {
      known.group(RouterPath(path)).add(middleware: admission(rate: 1_000, burst: 1_000, isBehind))
    }
    admitted("clock").get(use: status)
    admitted("hello").post(use: hello)
    admitted("leases").post(use: lease)
    admitted("inventory").post(use: inventory)
  }

  private func addWorking(to group: RouterGroup<APIContext>) {
    group.post("jobs/{id}/renew", use: renew)
    group.post("jobs/{id}/chunks", use: chunk)
    group.post("jobs/{id}/finish", use: finish)
  }

  private func admission(rate: Double, burst: Double, _ isPaced: @escaping @Sendable () -> Bool) -> Admission {
    Admission(bucket: .init(rate: rate, burst: burst), isPaced: isPaced, measurements: measurements)
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
        operatingSystem: body.operatingSystem, replaces: body.replaces), joinToken: token)
    return try JSONResponse.make(
      EnrollResponse(
        agent: agent.id, name: agent.name, secret: secret, site: places.name(of: agent.site),
        zone: places.name(of: agent.zone), duties: agent.duties.sorted { $0.rawValue < $1.rawValue }), status: .created)
  }

  @Sendable private func status(_ request: Request, _ context: APIContext) async throws -> Response {
    try JSONResponse.make(status(of: try context.requireAgent()))
  }

  private func status(of agent: AgentRecord) -> AgentStatus {
    AgentStatus(
      agent: agent.id, duties: agent.duties.sorted { $0.rawValue < $1.rawValue }, now: clock.now,
      inventoryMilliseconds: Int(settings.inventoryInterval.wholeMilliseconds),
      protocolMinor: AgentProtocol.minorVersion,
      helloMilliseconds: Int(settings.helloInterval.wholeMilliseconds))
  }

  @Sendable private func hello(_ request: Request, _ context: APIContext) async throws -> Response {
    let agent = try context.requireAgent()
    let (body, _) = try await RequestBody.read(HelloRequest.self, from: request, context: context)
    for (text, pointer) in [
      (body.run, "/run"), (body.machine, "/machine"), (body.version, "/version"), (body.hostName, "/hostName"),
      (body.operatingSystem, "/operatingSystem"),
    ] where text.isEmpty || text.count > WireLimits.nameCharacters {
      throw Refusal(.invalidValue, "1 to \(WireLimits.nameCharacters) characters are expected", at: pointer)
    }
    let facts = AgentFacts(
      version: body.version, hostName: body.hostName, operatingSystem: body.operatingSystem,
      protocolMinor: body.protocolMinor, capabilities: Set(body.capabilities.compactMap(AgentCapability.init)))
    let report = AgentReport(
      clockSkew: .milliseconds(body.now.milliseconds - clock.now.milliseconds),
      spool: body.spool.map {
        .init(
          records: $0.records, bytes: $0.bytes, oldestAt: $0.oldestAt, lostRecords: $0.lostRecords,
          lostBytes: $0.lostBytes)
      })
    try await fleet.hello(
      .init(run: body.run, machine: body.machine, hostName: body.hostName), of: agent, facts: facts, report: report)
    return try JSONResponse.make(status(of: agent))
  }

  @Sendable private func lease(_ request: Request, _ context: APIContext) async throws -> Response {
    let agent = try context.requireAgent()
    let (body, _) = try await RequestBody.read(LeaseRequest.self, from: request, context: context)
    let wait = try Self.wait(body.waitMilliseconds)
    if let pace = body.probesPerSecond, !(pace > 0 && pace < 1e9) {
      throw Refusal(.invalidValue, "a positive number is expected", at: "/probesPerSecond")
    }
    let grant = try await leases.grant(
      to: agent, run: request.periplusRun, number: body.number, slot: body.slot ?? .bulk,
      probesPerSecond: body.probesPerSecond, waiting: wait, isAskedFor: context.watchPeer())
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
    guard (0...WireLimits.longestWaitMilliseconds).contains(milliseconds) else {
      throw Refusal(.invalidValue, "0 to \(WireLimits.longestWaitMilliseconds) is expected", at: "/waitMilliseconds")
    }
    return .milliseconds(milliseconds)
  }

  private static func claim(_ lease: LeaseIdentity, _ context: APIContext) throws -> LeaseService.Claim {
    LeaseService.Claim(
      job: try RequestParameters.identifier(context), generation: lease.generation, epoch: lease.epoch,
      token: lease.token)
  }
}
