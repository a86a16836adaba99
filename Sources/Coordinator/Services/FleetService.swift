package import CoordinatorCore
internal import CoordinatorTrust
package import Model

/// Sites, zones and agents: who is there, who comes, who goes.
package struct FleetService: Sendable {
  /// An agent with what a listing says of it besides its record.
  package struct AgentState: Sendable {
    package let record: AgentRecord
    package let currentJob: JobID?
    package let addresses: [InterfaceAddress]
  }

  /// What an agent says of itself when it enrols.
  package struct Introduction: Sendable {
    package let name: String
    package let installation: String
    package let version: String
    package let hostName: String
    package let operatingSystem: String
    /// The agent whose place it takes, by name or id.
    package let replaces: String?

    package init(
      name: String, installation: String, version: String, hostName: String, operatingSystem: String,
      replaces: String? = nil
    ) {
      self.name = name
      self.installation = installation
      self.version = version
      self.hostName = hostName
      self.operatingSystem = operatingSystem
      self.replaces = replaces
    }
  }

  let context: FleetContext

  package init(context: FleetContext) { self.context = context }

  package func places() async throws -> PlaceNames { try await context.store.read { try PlaceNames($0) } }

  package func addSite(named name: String) async throws -> SiteRecord {
    try NameCheck.check(name, at: "/name")
    let now = context.clock.now
    return try await context.queue.commit { session in
      guard try !session.sites().contains(where: { $0.name == name }) else {
        throw Refusal(.conflict, "there is a site \"\(name)\" already", at: "/name")
      }
      let site = try session.insertSite(name: name, at: now)
      // Agents stand in a zone; a site without one could have none.
      _ = try session.insertZone(name: "default", site: site.id, at: now)
      return site
    }
  }

  package func addZone(named name: String, site: String?) async throws -> ZoneRecord {
    try NameCheck.check(name, at: "/name")
    let now = context.clock.now
    return try await context.queue.commit { session in
      let places = try PlaceNames(session)
      let site = try places.site(named: site, at: "/site")
      guard !places.zones.contains(where: { $0.site == site.id && $0.name == name }) else {
        throw Refusal(.conflict, "there is a zone \"\(name)\" in site \(site.name) already", at: "/name")
      }
      return try session.insertZone(name: name, site: site.id, at: now)
    }
  }

  package func agents() async throws -> (agents: [AgentState], places: PlaceNames) {
    try await context.store.read { session in
      let jobs = try session.currentJobs()
      let agents = try session.agents(includingRemoved: false).map {
        AgentState(record: $0, currentJob: jobs[$0.id], addresses: try session.interfaces(of: $0.id))
      }
      return (agents, try PlaceNames(session))
    }
  }

  /// The agent with this secret, if it is still enrolled.
  package func agent(secret: String) async throws -> AgentRecord? {
    let hash = Secret.hash(of: secret)
    return try await context.directory.agent(secretHash: hash) {
      try await context.store.read { try $0.agent(secretHash: hash) }
    }
  }

  /// Enrols an agent with a join token; the secret is in the answer and nowhere else.
  ///
  /// Throws a `Refusal`: `forbidden` for a token that is not valid, or that is for another purpose; `conflict` for a name that is
  /// taken.
  package func enrol(
    _ introduction: Introduction, joinToken: String
  ) async throws -> (agent: AgentRecord, secret: String, places: PlaceNames) {
    try NameCheck.check(introduction.name, at: "/name")
    for (text, pointer) in [
      (introduction.installation, "/installation"), (introduction.version, "/version"),
      (introduction.hostName, "/hostName"), (introduction.operatingSystem, "/operatingSystem"),
    ] where text.isEmpty || text.count > 200 {
      throw Refusal(.invalidValue, "1 to 200 characters are expected", at: pointer)
    }
    let now = context.clock.now
    let hash = Secret.hash(of: joinToken)
    let secret = Secret(.agent)
    let (agent, places, isReplaced) = try await context.queue.commit { [self] session in
      guard let token = try session.token(hash: hash), case .join(let zone, let duties, let tags, _) = token.grant,
        token.condition(at: now) == .valid
      else {
        throw Refusal(.forbidden, "the join token is not known, has expired, is used up or was revoked")
      }
      let places = try PlaceNames(session)
      guard let site = places.zones.first(where: { $0.id == zone })?.site else {
        throw Refusal(.conflict, "the join token's zone is gone")
      }
      let newcomer = NewAgent(
        name: introduction.name, site: site, zone: zone, installation: introduction.installation, duties: duties,
        tags: tags, version: introduction.version, hostName: introduction.hostName,
        operatingSystem: introduction.operatingSystem, secretHash: secret.hash, enrolledAt: now)
      let predecessor = try self.predecessor(of: introduction, token, in: session)
      let id: AgentID
      if let predecessor {
        id = predecessor.id
        try replace(predecessor, by: newcomer, at: now, in: session)
      } else if let taken = try session.agent(named: introduction.name, at: site) {
        throw Refusal(
          .conflict,
          "\(taken.id) is called \"\(taken.name)\" already; choose another --name, or remove that agent first",
          at: "/name")
      } else {
        id = try session.insertAgent(newcomer)
      }
      try session.countUse(of: token.id)
      guard let agent = try session.agent(id) else { throw Refusal(.conflict, "the agent was removed meanwhile") }
      return (agent, places, predecessor != nil)
    }
    if isReplaced { turnOut(agent) }
    return (agent, secret.text, places)
  }

  /// The agent's secret stops working; its running job goes back, and its inside view leaves the chart.
  package func removeAgent(_ id: AgentID) async throws {
    let now = context.clock.now
    let agent = try await context.queue.commit { [self] session in
      guard let agent = try session.agent(id), agent.removedAt == nil else {
        throw Refusal(.notFound, "there is no \(id)")
      }
      try returnJobs(of: id, because: "\(agent.name) was removed", at: now, in: session)
      var merge = ChartMerge(session: session)
      let interfaces = try session.interfaces(of: id)
      try session.removeAgent(id, at: now)
      try merge.forgetInventory(of: agent, interfaces: interfaces, at: now)
      return agent
    }
    turnOut(agent)
  }

  /// A drained agent ends what it works on and is given no new job; `false`: it is given jobs again.
  package func setDrained(_ id: AgentID, _ isDrained: Bool) async throws {
    let now = context.clock.now
    let site = try await context.queue.commit { session in
      guard let agent = try session.agent(id), agent.removedAt == nil else {
        throw Refusal(.notFound, "there is no \(id)")
      }
      if (agent.drainedAt != nil) != isDrained { try session.setDrained(id, at: isDrained ? now : nil) }
      return agent.site
    }
    context.directory.forget(id)
    // It may wait as the drained agent that it was when it asked.
    if !isDrained { context.askers.wake(noting: WorkCall(site: site, zonesAsked: nil)) { $0.agent.id == id } }
  }

  /// Gives an agent tags and takes others from it: which scans it may take part in may change with them. Its running job
  /// stays.
  package func setTags(_ id: AgentID, adding: [String], removing: [String]) async throws {
    for (index, tag) in adding.enumerated() { try NameCheck.check(tag, at: "/add/\(index)") }
    let (site, hasChanged) = try await context.queue.commit { session in
      guard let agent = try session.agent(id), agent.removedAt == nil else {
        throw Refusal(.notFound, "there is no \(id)")
      }
      var tags = agent.tags.filter { !removing.contains($0) }
      for tag in adding where !tags.contains(tag) { tags.append(tag) }
      guard tags.count <= Self.tagLimit else {
        throw Refusal(.invalidValue, "an agent has at most \(Self.tagLimit) tags", at: "/add")
      }
      if tags != agent.tags { try session.setTags(tags, of: id) }
      return (agent.site, tags != agent.tags)
    }
    context.directory.forget(id)
    // It may wait as the agent of other tags that it was when it asked.
    if hasChanged { context.askers.wake(noting: WorkCall(site: site, zonesAsked: nil)) { $0.agent.id == id } }
  }

  private static let tagLimit = 100

  /// What the agents of a zone do together, at most; nil: no bound.
  package func setBounds(of id: ZoneID, probesPerSecond: Int?, maximumJobs: Int?) async throws {
    for (value, pointer) in [(probesPerSecond, "/rate"), (maximumJobs, "/maximumJobs")] {
      if let value, !(1...10_000_000).contains(value) {
        throw Refusal(.invalidValue, "1 to 10000000 is expected", at: pointer)
      }
    }
    let zone = try await context.queue.commit { session in
      guard let zone = try session.zones().first(where: { $0.id == id }) else {
        throw Refusal(.notFound, "there is no \(id)")
      }
      try session.setBounds(of: id, probesPerSecond: probesPerSecond, maximumJobs: maximumJobs)
      return zone
    }
    context.offerWork(in: zone.site, zone: id, to: 16)
  }

  /// When the agent was last heard of; nil: never.
  package func lastSeen(_ agent: AgentRecord) -> Timestamp? { context.presence.lastSeen(agent) }

  /// A run of the agent introduces itself, at its start and now and then.
  ///
  /// Throws a `Refusal` with `duplicateAgent` for a copy of an agent that runs elsewhere.
  package func hello(
    _ instance: AgentInstances.Instance, of agent: AgentRecord, facts: AgentFacts, report: AgentReport
  ) async throws {
    let now = context.clock.now
    if case .duplicate(let host) = context.presence.introduce(instance, of: agent, report: report, at: now) {
      throw Refusal.duplicate(of: agent, on: host)
    }
    let isDue = context.presence.heard(agent, at: now)
    guard isDue || !facts.agree(with: agent) else { return }
    try await context.queue.commit { session in
      try session.markSeen(agent.id, at: now)
      try session.setFacts(facts, of: agent.id)
    }
    if !facts.agree(with: agent) { context.directory.forget(agent.id) }
  }

  /// Tells the agent from its copies, by the run that asks; nil: an earlier agent, which does not say.
  package func demandIdentity(run: String?, of agent: AgentRecord) throws {
    guard let run else { return }
    switch context.presence.hear(run: run, of: agent, at: context.clock.now) {
    case .welcome: return
    case .introduceYourself: throw Refusal(.introductionNeeded, "say hello first")
    case .duplicate(let host): throw Refusal.duplicate(of: agent, on: host)
    }
  }

  /// What the agent said last of itself, and the hosts of its copies that were refused.
  package func report(of agent: AgentID) -> (report: AgentReport?, duplicates: [String]) {
    context.presence.report(of: agent)
  }
}

extension Refusal {
  fileprivate static func duplicate(of agent: AgentRecord, on host: String) -> Refusal {
    Refusal(
      .duplicateAgent,
      "\(agent.id) \"\(agent.name)\" runs\(host.isEmpty ? " elsewhere" : " on \(host)"); this is a copy of it: remove its identity file and enrol it as an agent of its own"
    )
  }
}
