internal import CoordinatorCore
internal import CoordinatorServices
internal import Hummingbird
internal import Model
internal import Wire

/// Sites, zones and agents in the operator's API.
struct PlaceRoutes {
  let fleet: FleetService
  let settings: FleetSettings
  let clock: any WallClock

  func add(to group: RouterGroup<APIContext>) {
    group.get("sites", use: sites)
    group.post("sites", use: addSite)
    group.get("zones", use: zones)
    group.post("zones", use: addZone)
    group.put("zones/{id}/bounds", use: setBounds)
    group.get("agents", use: agents)
    group.get("agents/{id}", use: agent)
    group.delete("agents/{id}", use: removeAgent)
    group.post("agents/{id}/drain") { try await setDrained(true, $0, $1) }
    group.post("agents/{id}/resume") { try await setDrained(false, $0, $1) }
    group.post("agents/{id}/tags", use: setTags)
    group.post("agents/{id}/rekey", use: rekey)
  }

  @Sendable private func sites(_ request: Request, _ context: APIContext) async throws -> Response {
    let principal = try context.require(.viewer)
    let places = try await fleet.places()
    let rows = places.sites.filter { principal.sees($0.id) }.map { site in
      SiteRow(
        id: site.id, name: site.name, zones: places.zones.filter { $0.site == site.id }.map(\.name),
        createdAt: site.createdAt)
    }
    return try JSONResponse.make(PageCursor.page(of: rows, request) { $0.id.rawValue })
  }

  @Sendable private func addSite(_ request: Request, _ context: APIContext) async throws -> Response {
    _ = try context.requireEverySite(.admin)
    let (body, _) = try await RequestBody.read(NewPlace.self, from: request, context: context)
    guard body.site == nil else { throw Refusal(.invalidValue, "a site lies in no other site", at: "/site") }
    let site = try await fleet.addSite(named: body.name)
    return try JSONResponse.make(
      SiteRow(id: site.id, name: site.name, zones: ["default"], createdAt: site.createdAt), status: .created)
  }

  @Sendable private func zones(_ request: Request, _ context: APIContext) async throws -> Response {
    let principal = try context.require(.viewer)
    let (agents, places) = try await fleet.agents()
    let rows = places.zones.filter { principal.sees($0.site) }.map { zone in
      row(zone, agents: agents.count { $0.record.zone == zone.id }, places)
    }
    return try JSONResponse.make(PageCursor.page(of: rows, request) { $0.id.rawValue })
  }

  @Sendable private func addZone(_ request: Request, _ context: APIContext) async throws -> Response {
    _ = try context.requireEverySite(.admin)
    let (body, _) = try await RequestBody.read(NewPlace.self, from: request, context: context)
    let zone = try await fleet.addZone(named: body.name, site: body.site)
    let places = try await fleet.places()
    return try JSONResponse.make(row(zone, agents: 0, places), status: .created)
  }

  @Sendable private func setBounds(_ request: Request, _ context: APIContext) async throws -> Response {
    _ = try context.requireEverySite(.admin)
    let id = try RequestParameters.identifier(context, as: ZoneID.self)
    let (body, _) = try await RequestBody.read(ZoneBounds.self, from: request, context: context)
    try await fleet.setBounds(of: id, probesPerSecond: body.rate, maximumJobs: body.maximumJobs)
    let (agents, places) = try await fleet.agents()
    guard let zone = places.zones.first(where: { $0.id == id }) else {
      throw Problem(.notFound, detail: "there is no \(id)")
    }
    return try JSONResponse.make(row(zone, agents: agents.count { $0.record.zone == id }, places))
  }

  private func row(_ zone: ZoneRecord, agents: Int, _ places: PlaceNames) -> ZoneRow {
    ZoneRow(
      id: zone.id, name: zone.name, site: places.name(of: zone.site), agents: agents, rate: zone.probesPerSecond,
      maximumJobs: zone.maximumJobs, createdAt: zone.createdAt)
  }

  private func setDrained(_ isDrained: Bool, _ request: Request, _ context: APIContext) async throws -> Response {
    _ = try context.requireEverySite(.admin)
    try await fleet.setDrained(try RequestParameters.identifier(context), isDrained)
    return try await agent(request, context)
  }

  @Sendable private func setTags(_ request: Request, _ context: APIContext) async throws -> Response {
    _ = try context.requireEverySite(.admin)
    let (body, _) = try await RequestBody.read(TagChange.self, from: request, context: context)
    try await fleet.setTags(
      try RequestParameters.identifier(context), adding: body.add ?? [], removing: body.remove ?? [])
    return try await agent(request, context)
  }

  @Sendable private func agents(_ request: Request, _ context: APIContext) async throws -> Response {
    let principal = try context.require(.viewer)
    let (agents, places) = try await fleet.agents()
    let rows = agents.filter { principal.sees($0.record.site) }.map { row($0, places) }
    return try JSONResponse.make(PageCursor.page(of: rows, request) { $0.id.rawValue })
  }

  @Sendable private func agent(_ request: Request, _ context: APIContext) async throws -> Response {
    let principal = try context.require(.viewer)
    let id = try RequestParameters.identifier(context, as: AgentID.self)
    let (agents, places) = try await fleet.agents()
    guard let agent = agents.first(where: { $0.record.id == id && principal.sees($0.record.site) }) else {
      throw Problem(.notFound, detail: "there is no \(id)")
    }
    return try JSONResponse.make(row(agent, places))
  }

  private func row(_ agent: FleetService.AgentState, _ places: PlaceNames) -> AgentRow {
    let record = agent.record
    let lastSeen = fleet.lastSeen(record)
    let (report, duplicates) = fleet.report(of: record.id)
    let presence: AgentRow.Presence =
      if let lastSeen {
        clock.now - lastSeen >= settings.silenceAfter ? .silent : record.drainedAt == nil ? .online : .draining
      } else {
        .neverSeen
      }
    return AgentRow(
      id: record.id, name: record.name, site: places.name(of: record.site), zone: places.name(of: record.zone),
      presence: presence, duties: record.duties.sorted { $0.rawValue < $1.rawValue }, tags: record.tags,
      version: record.version, hostName: record.hostName, operatingSystem: record.operatingSystem,
      enrolledAt: record.enrolledAt, lastSeen: lastSeen, inventoryAt: record.inventoryAt,
      probesPerSecond: record.probesPerSecond, currentJob: agent.currentJob,
      addresses: agent.addresses.map { "\($0.address)/\($0.prefixLength)%\($0.interface)" },
      capabilities: record.capabilities.map { $0.map(\.rawValue).sorted() },
      clockSkewMilliseconds: report.map { Int($0.clockSkew.wholeMilliseconds) },
      spool: report?.spool.map {
        SpoolReport(
          records: $0.records, bytes: $0.bytes, oldestAt: $0.oldestAt, lostRecords: $0.lostRecords,
          lostBytes: $0.lostBytes)
      }, duplicates: duplicates)
  }

  @Sendable private func rekey(_ request: Request, _ context: APIContext) async throws -> Response {
    _ = try context.requireEverySite(.admin)
    let id = try RequestParameters.identifier(context, as: AgentID.self)
    return try JSONResponse.make(NewSecret(agent: id, secret: try await fleet.rekey(id)))
  }

  @Sendable private func removeAgent(_ request: Request, _ context: APIContext) async throws -> Response {
    _ = try context.requireEverySite(.admin)
    try await fleet.removeAgent(try RequestParameters.identifier(context))
    return Response(status: .noContent)
  }
}

extension AccessService.Principal {
  /// A token for one site shows nothing of the others.
  func sees(_ other: SiteID) -> Bool { site == nil || site == other }
}
