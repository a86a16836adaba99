internal import CoordinatorCore
internal import CoordinatorServices
internal import Hummingbird
internal import Model
internal import Wire

/// Tokens and scope rules in the operator's API.
struct AccessRoutes {
  let access: AccessService
  let clock: any WallClock

  func add(to group: RouterGroup<APIContext>) {
    group.get("tokens", use: tokens)
    group.post("tokens", use: addToken)
    group.delete("tokens/{id}", use: removeToken)
    group.post("agents/{id}/replace", use: replaceAgent)
    group.get("scope", use: rules)
    group.post("scope", use: addRule)
    group.get("scope/test", use: testRule)
    group.delete("scope/{id}", use: removeRule)
  }

  @Sendable private func tokens(_ request: Request, _ context: APIContext) async throws -> Response {
    _ = try context.requireEverySite(.admin)
    let (tokens, places) = try await access.tokens()
    return try JSONResponse.make(PageCursor.page(of: tokens.map { row($0, places) }, request) { $0.id.rawValue })
  }

  @Sendable private func addToken(_ request: Request, _ context: APIContext) async throws -> Response {
    _ = try context.requireEverySite(.admin)
    let (body, _) = try await RequestBody.read(NewToken.self, from: request, context: context)
    let tokenRequest: AccessService.TokenRequest
    switch body.use {
    case .api:
      for (name, isThere) in [
        ("zone", body.zone != nil), ("createZone", body.createZone != nil), ("duties", body.duties != nil),
        ("tags", body.tags != nil), ("uses", body.uses != nil),
      ] where isThere { throw Refusal(.invalidValue, "this belongs to join tokens", at: "/\(name)") }
      guard let role = body.role else { throw Refusal(.invalidValue, "an API token needs a role", at: "/role") }
      tokenRequest = .api(role: role, site: body.site)
    case .join:
      guard body.role == nil else { throw Refusal(.invalidValue, "this belongs to API tokens", at: "/role") }
      tokenRequest = .join(
        site: body.site, zone: body.zone, createZone: body.createZone ?? false,
        duties: Set(body.duties ?? Duty.allCases), tags: body.tags ?? [], uses: body.uses)
    }
    if let seconds = body.expiresInSeconds, !(1...(366 * 86_400)).contains(seconds) {
      throw Refusal(.invalidValue, "1 second to 366 days is expected", at: "/expiresInSeconds")
    }
    let (token, secret, places) = try await access.issue(
      tokenRequest, expiresIn: body.expiresInSeconds.map { .seconds($0) }, note: body.note)
    return try JSONResponse.make(IssuedToken(token: row(token, places), secret: secret), status: .created)
  }

  @Sendable private func replaceAgent(_ request: Request, _ context: APIContext) async throws -> Response {
    _ = try context.requireEverySite(.admin)
    let (body, _) = try await RequestBody.read(NewReplacement.self, from: request, context: context)
    let seconds = body.expiresInSeconds ?? 3_600
    guard (1...(366 * 86_400)).contains(seconds) else {
      throw Refusal(.invalidValue, "1 second to 366 days is expected", at: "/expiresInSeconds")
    }
    let (token, secret, places) = try await access.issueReplacement(
      of: try RequestParameters.identifier(context), expiresIn: .seconds(seconds), note: body.note)
    return try JSONResponse.make(IssuedToken(token: row(token, places), secret: secret), status: .created)
  }

  @Sendable private func removeToken(_ request: Request, _ context: APIContext) async throws -> Response {
    _ = try context.requireEverySite(.admin)
    try await access.revokeToken(try RequestParameters.identifier(context))
    return Response(status: .noContent)
  }

  private func row(_ token: TokenRecord, _ places: PlaceNames) -> TokenRow {
    let condition: TokenRow.Condition =
      switch token.condition(at: clock.now) {
      case .valid: .valid
      case .expired: .expired
      case .revoked: .revoked
      case .usedUp: .usedUp
      }
    var row = TokenRow(
      id: token.id, use: .api, condition: condition, role: nil, site: nil, zone: nil, duties: [], tags: [],
      usesMade: token.usesMade, usesAllowed: nil, note: token.note, createdAt: token.createdAt,
      expiresAt: token.expiresAt)
    switch token.grant {
    case .api(let role, let site):
      row.role = role
      row.site = site.map(places.name)
    case .join(let zone, let duties, let tags, let usesAllowed):
      row.use = .join
      row.zone = places.name(of: zone)
      row.site = places.zones.first { $0.id == zone }.map { places.name(of: $0.site) }
      row.duties = duties.sorted { $0.rawValue < $1.rawValue }
      row.tags = tags
      row.usesAllowed = usesAllowed
      row.replaces = token.replaces
    }
    return row
  }

  @Sendable private func rules(_ request: Request, _ context: APIContext) async throws -> Response {
    let principal = try context.require(.viewer)
    let (rules, places) = try await access.scopeRules()
    let visible = rules.filter { rule in rule.site.map(principal.sees) ?? true }
    return try JSONResponse.make(PageCursor.page(of: visible.map { row($0, places) }, request) { $0.id.rawValue })
  }

  @Sendable private func addRule(_ request: Request, _ context: APIContext) async throws -> Response {
    _ = try context.requireEverySite(.admin)
    let (body, _) = try await RequestBody.read(NewScopeRule.self, from: request, context: context)
    let (rule, places) = try await access.addScopeRule(
      body.action, networks: body.networks, name: body.name, note: body.note,
      site: body.site, ports: body.ports, probesPerSecond: body.rate,
      maximumJobs: body.maximumJobs, until: body.until)
    return try JSONResponse.make(row(rule, places), status: .created)
  }

  @Sendable private func removeRule(_ request: Request, _ context: APIContext) async throws -> Response {
    _ = try context.requireEverySite(.admin)
    try await access.removeScopeRule(try RequestParameters.identifier(context))
    return Response(status: .noContent)
  }

  @Sendable private func testRule(_ request: Request, _ context: APIContext) async throws -> Response {
    let principal = try context.require(.viewer)
    try RequestParameters.allow(["address", "port", "site"], in: request)
    guard let host = HostAddress(RequestParameters.text("address", request) ?? "") else {
      throw Refusal(.invalidValue, "an IP address is expected", at: "address")
    }
    var port: Port?
    if let text = RequestParameters.text("port", request) {
      guard let number = UInt16(text) else { throw Refusal(.invalidValue, "0 to 65535 is expected", at: "port") }
      port = Port(number)
    }
    let (rule, places) = try await access.decidingRule(
      for: host.address, port: port, site: RequestParameters.text("site", request), by: principal)
    return try JSONResponse.make(
      ScopeDecision(
        address: host, port: port, isAllowed: rule?.action == .allow, rule: rule.map { row($0, places) }))
  }

  private func row(_ rule: ScopeRule, _ places: PlaceNames) -> ScopeRuleRow {
    ScopeRuleRow(
      id: rule.id, name: rule.name, action: rule.action,
      networks: rule.networks.map(\.description), ports: rule.ports, site: rule.site.map(places.name),
      rate: rule.probesPerSecond, maximumJobs: rule.maximumJobs, note: rule.note,
      until: rule.until, createdAt: rule.createdAt)
  }
}
