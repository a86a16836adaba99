package import CoordinatorCore
internal import CoordinatorTrust
package import Model

/// Tokens and scope rules.
package struct AccessService: Sendable {
  /// Whoever asks, as the API sees it.
  package struct Principal: Sendable {
    /// For the record: `token:3`, or `local` for root on the coordinator's own socket.
    package let name: String
    package let role: AccessRole
    /// Nil: every site.
    package let site: SiteID?

    package init(name: String, role: AccessRole, site: SiteID?) {
      self.name = name
      self.role = role
      self.site = site
    }

    package static let local = Principal(name: "local", role: .admin, site: nil)
  }

  /// What a new token should be.
  package enum TokenRequest: Sendable {
    case join(site: String?, zone: String?, createZone: Bool, duties: Set<Duty>, tags: [String], uses: Int?)
    case api(role: AccessRole, site: String?)
  }

  private let context: FleetContext

  package init(context: FleetContext) { self.context = context }

  /// Who presents this API token; nil if it is not valid.
  package func principal(token text: String) async throws -> Principal? {
    let hash = Secret.hash(of: text)
    let now = context.clock.now
    return try await context.store.read { session in
      guard let token = try session.token(hash: hash), case .api(let role, let site) = token.grant,
        token.condition(at: now) == .valid
      else { return nil }
      return Principal(name: token.id.description, role: role, site: site)
    }
  }

  package func tokens() async throws -> (tokens: [TokenRecord], places: PlaceNames) {
    try await context.store.read { (try $0.tokens(), try PlaceNames($0)) }
  }

  /// Makes a token; its secret is in the answer and nowhere else.
  package func issue(
    _ request: TokenRequest, expiresIn: Duration?, note: String?
  ) async throws -> (token: TokenRecord, secret: String, places: PlaceNames) {
    try NameCheck.checkNote(note, at: "/note")
    if let expiresIn, expiresIn <= .zero {
      throw Refusal(.invalidValue, "a positive time is expected", at: "/expiresInSeconds")
    }
    let now = context.clock.now
    let secret: Secret =
      switch request {
      case .join: Secret(.join)
      case .api: Secret(.api)
      }
    let (token, places) = try await context.queue.commit { session in
      let grant = try Self.grant(request, at: now, in: session)
      let id = try session.insertToken(
        grant: grant, hash: secret.hash, note: note, at: now, expiresAt: expiresIn.map { now + $0 })
      guard let token = try session.token(id) else { throw Refusal(.conflict, "the token was removed meanwhile") }
      return (token, try PlaceNames(session))
    }
    return (token, secret.text, places)
  }

  /// Makes a join token of one use with which a host takes an agent's place, in its zone and with its duties and tags.
  ///
  /// Throws a `Refusal`: `notFound` where there is no such agent, `invalidValue` for a time that is none.
  package func issueReplacement(
    of id: AgentID, expiresIn: Duration, note: String?
  ) async throws -> (token: TokenRecord, secret: String, places: PlaceNames) {
    try NameCheck.checkNote(note, at: "/note")
    guard expiresIn > .zero else {
      throw Refusal(.invalidValue, "a positive time is expected", at: "/expiresInSeconds")
    }
    let now = context.clock.now
    let secret = Secret(.join)
    let (token, places) = try await context.queue.commit { session in
      guard let agent = try session.agent(id), agent.removedAt == nil else {
        throw Refusal(.notFound, "there is no \(id)")
      }
      let token = try session.insertToken(
        grant: .join(zone: agent.zone, duties: agent.duties, tags: agent.tags, usesAllowed: 1), hash: secret.hash,
        note: note, at: now, expiresAt: now + expiresIn, replacing: id)
      guard let record = try session.token(token) else {
        throw Refusal(.conflict, "the token was removed meanwhile")
      }
      return (record, try PlaceNames(session))
    }
    return (token, secret.text, places)
  }

  private static func grant(
    _ request: TokenRequest, at now: Timestamp, in session: any WriteSession
  ) throws -> TokenRecord.Grant {
    let places = try PlaceNames(session)
    switch request {
    case .api(let role, let site):
      return .api(role: role, site: try site.map { try places.site(named: $0, at: "/site").id })
    case .join(let siteName, let zoneName, let createZone, let duties, let tags, let uses):
      guard !duties.isEmpty else { throw Refusal(.invalidValue, "an agent needs a duty", at: "/duties") }
      if let uses, uses < 1 { throw Refusal(.invalidValue, "at least one use is expected", at: "/uses") }
      for (index, tag) in tags.enumerated() { try NameCheck.check(tag, at: "/tags/\(index)") }
      let site = try places.site(named: siteName, at: "/site")
      let name = zoneName ?? "default"
      if createZone, !places.zones.contains(where: { $0.site == site.id && $0.name == name }) {
        try NameCheck.check(name, at: "/zone")
        let zone = try session.insertZone(name: name, site: site.id, at: now)
        return .join(zone: zone.id, duties: duties, tags: tags, usesAllowed: uses)
      }
      let zone = try places.zone(named: name, in: site, at: "/zone")
      guard !zone.isImport else {
        throw Refusal(.conflict, "the zone \"\(name)\" is what files tell: agents stand in another", at: "/zone")
      }
      return .join(zone: zone.id, duties: duties, tags: tags, usesAllowed: uses)
    }
  }

  package func revokeToken(_ id: TokenID) async throws {
    let now = context.clock.now
    try await context.queue.commit { session in
      guard let token = try session.token(id), token.revokedAt == nil else {
        throw Refusal(.notFound, "there is no \(id)")
      }
      try session.revokeToken(id, at: now)
    }
  }

  package func scopeRules() async throws -> (rules: [ScopeRule], places: PlaceNames) {
    try await context.store.read { (try $0.scopeRules(), try PlaceNames($0)) }
  }

  /// A rule as somebody wants it.
  package struct RuleDraft: Sendable {
    package var action: ScopeAction
    package var networks: [String]
    package var name: String
    package var note: String
    package var site: String?
    package var ports: String?
    package var probesPerSecond: Int?
    package var maximumJobs: Int?
    package var until: Timestamp?

    package init(_ action: ScopeAction, networks: [String], name: String, note: String) {
      self.action = action
      self.networks = networks
      self.name = name
      self.note = note
    }
  }

  package func addScopeRule(
    _ action: ScopeAction, networks: [String], name: String, note: String, site: String?, ports: String?,
    probesPerSecond: Int? = nil, maximumJobs: Int? = nil, until: Timestamp?
  ) async throws -> (rule: ScopeRule, places: PlaceNames) {
    var draft = RuleDraft(action, networks: networks, name: name, note: note)
    draft.site = site
    draft.ports = ports
    draft.probesPerSecond = probesPerSecond
    draft.maximumJobs = maximumJobs
    draft.until = until
    let now = context.clock.now
    if let until, until <= now { throw Refusal(.invalidValue, "the time lies in the past", at: "/until") }
    let added = try await context.queue.commit { [self, draft] session in
      let places = try PlaceNames(session)
      var rule = try self.rule(draft, at: now, places)
      guard try !session.scopeRules().contains(where: { $0.name == name }) else {
        throw Refusal(.conflict, "there is a rule \"\(name)\" already", at: "/name")
      }
      rule.id = try session.insertScopeRule(rule)
      return (rule, places)
    }
    tellWaiting(of: added.0, added.1)
    return added
  }

  /// What a rule held back or bounded may be given out now, to agents whose requests wait already.
  private func tellWaiting(of rule: ScopeRule, _ places: PlaceNames) {
    for site in rule.site.map({ [$0] }) ?? places.sites.map(\.id) { context.offerWork(in: site, zone: nil, to: 16) }
  }

  /// The rule as it is stored, without an id. Throws a `Refusal` that points at the field at fault.
  func rule(_ draft: RuleDraft, at now: Timestamp, _ places: PlaceNames) throws -> ScopeRule {
    try NameCheck.check(draft.name, at: "/name")
    try NameCheck.checkNote(draft.note, at: "/note")
    guard !draft.note.isEmpty else { throw Refusal(.invalidValue, "a rule needs a note that says why", at: "/note") }
    guard !draft.networks.isEmpty, draft.networks.count <= 10_000 else {
      throw Refusal(.invalidValue, "1 to 10,000 networks are expected", at: "/networks")
    }
    let ranges = try draft.networks.enumerated().flatMap { index, text in
      try Self.ranges(text, at: "/networks/\(index)")
    }
    let ports = try draft.ports.map(canonicalPorts)
    try Self.checkBounds(
      draft.action, ports: ports, probesPerSecond: draft.probesPerSecond, maximumJobs: draft.maximumJobs)
    return ScopeRule(
      id: ScopeRuleID(0), name: draft.name, action: draft.action, networks: ranges, ports: ports,
      site: try draft.site.map { try places.site(named: $0, at: "/site").id },
      probesPerSecond: draft.probesPerSecond, maximumJobs: draft.maximumJobs, note: draft.note, until: draft.until,
      createdAt: now)
  }

  /// A limit has a bound, and no other rule has one.
  private static func checkBounds(
    _ action: ScopeAction, ports: String?, probesPerSecond: Int?, maximumJobs: Int?
  ) throws {
    guard action == .limit else {
      guard probesPerSecond == nil, maximumJobs == nil else {
        throw Refusal(.invalidValue, "only a limit has a rate or a number of jobs", at: "/rate")
      }
      return
    }
    guard ports == nil else { throw Refusal(.invalidValue, "a limit is for every port", at: "/ports") }
    guard probesPerSecond != nil || maximumJobs != nil else {
      throw Refusal(.invalidValue, "a limit needs a rate, a number of jobs, or both", at: "/rate")
    }
    for (value, pointer) in [(probesPerSecond, "/rate"), (maximumJobs, "/maximumJobs")] {
      if let value, !(1...10_000_000).contains(value) {
        throw Refusal(.invalidValue, "1 to 10000000 is expected", at: pointer)
      }
    }
  }

  private func canonicalPorts(_ text: String) throws -> String {
    do {
      return try PortSelection.parse(
        text, names: context.services, activeProtocols: [.tcp, .udp, .sctp]
      ).description
    } catch {
      throw Refusal(.invalidValue, error.description, at: "/ports")
    }
  }

  /// Networks are addresses, CIDR and ranges; names would mean something else tomorrow.
  static func ranges(_ text: String, at pointer: String) throws -> [AddressRange] {
    do {
      let list = try TargetList.parse([text])
      guard list.hostNames.isEmpty else {
        throw Refusal(.invalidValue, "\"\(text)\" is not an address or network", at: pointer)
      }
      return try list.addresses(resolved: [:]).ranges.map(\.addresses)
    } catch let error as ExpressionError {
      throw Refusal(.invalidValue, error.description, at: pointer)
    }
  }

  package func removeScopeRule(_ id: ScopeRuleID) async throws {
    let (rule, places) = try await context.queue.commit { session in
      guard let rule = try session.scopeRules().first(where: { $0.id == id }) else {
        throw Refusal(.notFound, "there is no \(id)")
      }
      try session.removeScopeRule(id)
      return (rule, try PlaceNames(session))
    }
    tellWaiting(of: rule, places)
  }

  /// The rule that decides on an address; nil: none, so it is refused.
  package func decidingRule(
    for address: IPAddress, port: Port?, site: String?, by principal: Principal
  ) async throws -> (rule: ScopeRule?, places: PlaceNames) {
    let now = context.clock.now
    return try await context.store.read { [services = context.services] session in
      let places = try PlaceNames(session)
      let site = try places.site(named: site, for: principal, at: "site")
      let scope = try AuthorisedScope(rules: session.scopeRules(), site: site.id, at: now, services: services)
      return (scope.decidingRule(for: address, endpoint: port.map { ProtocolPort(.tcp, $0) }), places)
    }
  }
}
