package import CoordinatorCore
package import Model

/// Answers questions about the chart.
package struct ChartService: Sendable {
  private let context: FleetContext
  /// Changes of hosts that are looked through for one page.
  var hostLooks = HostChart.lookLimit
  /// Hosts that are looked at for one page of hosts.
  var hostsOfPage = HostChart.hostLimit
  /// Endpoints that are looked at for one page of ports or hosts: more would let whoever asks wait.
  var portLooks = 200_000
  /// Changes of endpoints that are looked at for one page.
  var changeLooks = 200_000
  /// Endpoints that are looked at for one part of counts that are not kept.
  var countLooks = 300_000

  package init(context: FleetContext) { self.context = context }

  /// Reads a query's text; throws a `Refusal` that points at the character. With `asOf` its ages count back from that time.
  package func query(_ text: String, asOf: Timestamp? = nil) throws -> ChartQuery {
    let now = asOf ?? context.clock.now
    do {
      var query = try ChartQuery(parsing: text, services: context.services, at: now)
      query.inventoryNotBefore = now - context.settings.inventoryMaximumAge
      query.asOf = asOf
      return query
    } catch {
      throw Refusal(.invalidValue, error.description, at: "query")
    }
  }

  /// The chart at the time that a query asks for; nil: it asks for the present.
  private func past(_ query: ChartQuery, in session: any ReadSession) throws -> PastChart? {
    try query.asOf.map { time in
      try session.demandHistory(at: time, "asOf")
      return PastChart(session: session, time: time, settings: context.settings)
    }
  }

  /// `next` is where the next page begins; nil: there is none. A page of what fits rarely ends early, perhaps without a row.
  package func ports(
    _ query: ChartQuery, after: ChartPosition?, limit: Int
  ) async throws -> (rows: [ChartRow], next: ChartPosition?, places: PlaceNames) {
    try await context.store.read { session in
      if var past = try past(query, in: session) {
        var (rows, next) = try past.rows(query, PlaceNames(session), after: after, limit: limit)
        var names = ToldNames(session, asOf: query.asOf)
        try names.fill(&rows)
        var reasons = HostReasons(session, asOf: query.asOf)
        try reasons.fill(&rows)
        return (rows, next, try places(of: rows, session))
      }
      let page = try session.chartPage(query, after: after, limit: limit + 1, looks: portLooks)
      var rows = page.rows
      var next = page.end
      if rows.count > limit {
        rows.removeLast()
        next = rows.last?.position
      }
      var names = ToldNames(session, asOf: nil)
      try names.fill(&rows)
      var reasons = HostReasons(session, asOf: nil)
      try reasons.fill(&rows)
      return (rows, next, try places(of: rows, session))
    }
  }

  /// With the agents in whose scope rows are: a list is read page by page, and the fleet may have thousands.
  private func places(of rows: [ChartRow], _ session: any ReadSession) throws -> PlaceNames {
    var agents: Set<AgentID> = []
    for row in rows where row.host.scope != .site { if let agent = row.host.scope.agent { agents.insert(agent) } }
    return try PlaceNames.with(agents, session)
  }

  /// Hosts that fit; of a query that asks for nothing of endpoints, those too of which nothing is open. `states`: those in one of
  /// these; nil: in any. `next` as for endpoints.
  package func hosts(
    _ query: ChartQuery, states: Set<HostState>? = nil, after: ChartHost?, limit: Int
  ) async throws -> (rows: [ChartHostRow], next: ChartHost?, places: PlaceNames) {
    try await context.store.read { session in
      let places = try PlaceNames.withAgents(session)
      var past = try past(query, in: session)
      let chart = HostChart(
        session: session, places: places, past: query.asOf, inventoryNotBefore: query.inventoryNotBefore)
      var left = portLooks
      let (rows, next) = try chart.hosts(query, states, after: after, limit: limit, lookLimit: hostsOfPage) {
        after, limit in
        if let page = try past?.hosts(query, places, after: after, limit: limit) {
          return (page.rows, page.next, false)
        }
        let found = try session.chartHostPage(query, after: after, limit: limit + 1, looks: max(left, 1))
        left -= found.looked
        let page = Array(found.rows.prefix(limit))
        return (page, found.rows.count > limit ? page.last?.host : found.end, left <= 0)
      }
      return (rows, next, places)
    }
  }

  /// What is known of an address as a host: an explanation for each site and host in which it means one. Parameters and errors
  /// as for endpoints.
  package func explain(
    host address: IPAddress, site: String?, zone: String? = nil, own: SiteID?, asOf: Timestamp? = nil
  ) async throws -> (explanations: [HostExplanation], places: PlaceNames) {
    let notBefore = (asOf ?? context.clock.now) - context.settings.inventoryMaximumAge
    return try await context.store.read { session in
      if let asOf { try session.demandHistory(at: asOf, "asOf") }
      let places = try PlaceNames.withAgents(session)
      let wanted = try own.map(places.name) ?? site.map { try places.site(named: $0, at: "site").name }
      let zones = try zone.map { try places.zones(named: $0, inSite: wanted, at: "zone") }
      let chart = HostChart(
        session: session, places: places, past: asOf, inventoryNotBefore: notBefore,
        zones: zones.map { Set($0.map(\.id)) })
      var hosts = try chart.hosts(at: address, site: wanted, limit: Self.explainedPlaces)
      if let zones { hosts.removeAll { host in !zones.contains { $0.site == host.site } } }
      if hosts.isEmpty {
        let only = zones.flatMap { $0.count == 1 ? $0.first?.site : nil }
        let site = try only ?? places.site(named: wanted, at: "site").id
        hosts = [ChartHost(site: site, scope: .site, address: address)]
      }
      var query = ChartQuery(.term(.net([AddressRange(address)])))
      query.asOf = asOf
      query.inventoryNotBefore = notBefore
      var past = try past(query, in: session)
      let charted = try past?.hosts(query, places, after: nil, limit: Self.explainedPlaces).rows ?? []
      return (
        try hosts.map { host in
          try chart.explanation(host, charted.first { $0.host == host }) { record in
            try past?.moment(of: record, at: host).views ?? record.views
          }
        }, places
      )
    }
  }

  package func listeners(
    _ query: ChartQuery, after: ListenerID?, limit: Int
  ) async throws -> (
    rows: [ListenerRecord], sites: [AgentID: SiteID], ownersVerifiedAt: [AgentID: Timestamp], places: PlaceNames
  ) {
    try await context.store.read { session in
      let rows = try session.listenerRows(query, after: after, limit: limit)
      let agents = try session.agents(includingRemoved: query.asOf != nil)
      var ownersVerifiedAt: [AgentID: Timestamp] = [:]
      // Of an earlier time it is not kept.
      for agent in Set(rows.map(\.agent)) where query.asOf == nil {
        ownersVerifiedAt[agent] = try session.inventoryTimes(of: agent).ownersVerifiedAt
      }
      return (
        rows, Dictionary(agents.map { ($0.id, $0.site) }) { first, _ in first }, ownersVerifiedAt,
        try PlaceNames.withAgents(session)
      )
    }
  }

  /// Endpoints of which counts of a time past are exact: made of each as it was then. Of larger charts those of the day are told.
  package static let exactPastCounts = 50_000

  /// Endpoints that fit, counted by what they have in common, the most first; `at` is the time of the counts where that is not
  /// the one that the query asks for. What would take long to be counted comes in parts, which are to be added up: each has all counts of a
  /// part of the chart, whatever `limit` is, and `next` is where the next begins; nil: it was the last. Of the past all is counted at once.
  package func counts(
    _ query: ChartQuery, by grouping: ChartGrouping, after: ChartPosition? = nil, limit: Int,
    exactUpTo: Int = exactPastCounts
  ) async throws -> (counts: [ChartCount], at: Timestamp?, next: ChartPosition?) {
    guard let past = query.asOf else { return try await counted(query, by: grouping, after: after, limit: limit) }
    if let kept = try await dailyCounts(query, by: grouping, at: past, limit: limit, exactUpTo: exactUpTo) {
      return (kept.counts, kept.at, nil)
    }
    let counts = try await context.store.read { session in
      guard var past = try self.past(query, in: session) else { return [] as [ChartCount] }
      return try past.counts(
        query, PlaceNames.withAgents(session), by: grouping, services: context.services, limit: limit)
    }
    return (counts, nil, nil)
  }

  private func counted(
    _ query: ChartQuery, by grouping: ChartGrouping, after: ChartPosition?, limit: Int
  ) async throws -> (counts: [ChartCount], at: Timestamp?, next: ChartPosition?) {
    let looks = countLooks
    let services = context.services
    let part = try await context.store.read { session in
      guard grouping == .service else {
        return try session.chartCounts(query, by: grouping, after: after, looks: looks)
      }
      let found = try session.serviceCounts(query, after: after, looks: looks)
      return ChartCounts(Self.counts(found.counts, services), end: found.end)
    }
    let counts = part.counts.sorted { $0.goesBefore($1) }
    return (after == nil && part.end == nil ? Array(counts.prefix(limit)) : counts, nil, part.end)
  }

  /// Nil: none are kept of what is asked for, or the chart is small enough to be counted.
  private func dailyCounts(
    _ query: ChartQuery, by grouping: ChartGrouping, at past: Timestamp, limit: Int, exactUpTo: Int
  ) async throws -> (counts: [ChartCount], at: Timestamp?)? {
    let services = context.services
    return try await context.store.read { session in
      try session.demandHistory(at: past, "asOf")
      guard session.keepsCounts(query, by: grouping), try session.countedEndpoints() > exactUpTo,
        let day = try session.dailyCounts(by: past)
      else { return nil }
      let counts =
        try grouping == .service
        ? Array(
          Self.counts(session.serviceCounts(query, of: day), services).sorted { $0.goesBefore($1) }.prefix(limit))
        : session.chartCounts(query, by: grouping, of: day, limit: limit)
      // Between two looks that found the same something may have been different.
      return (counts, past < day.sameUntil ? day.takenAt : day.sameUntil)
    }
  }

  /// As rows name services: as identified, and where nothing was, as the port is registered.
  private static func counts(_ found: [ServiceCount], _ services: ServiceNames) -> [ChartCount] {
    Dictionary(grouping: found) { $0.service ?? services.name(of: $0.key) }.map { name, counts in
      ChartCount(value: name, endpoints: counts.reduce(0) { $0 + $1.endpoints })
    }
  }

  /// Changes that fit, the newest first. `next`: the page ended there, before it was full, because so many changes were looked
  /// through; the list goes on behind it. Nil: a page that is not full is the last.
  package func changes(
    _ query: ChangeQuery, after: ChangePosition?, limit: Int
  ) async throws -> (rows: [ChangeRecord], next: ChangePosition?, places: PlaceNames) {
    try await context.store.read { session in
      if let from = query.time.from { try session.demandHistory(at: from, "from") }
      if let to = query.time.to { try session.demandHistory(at: to, "to") }
      let places = try PlaceNames.withAgents(session)
      var (rows, next) = try session.changes(query, after: after, limit: limit, looks: changeLooks)
      let ofHosts = (query.kinds ?? ChangeKind.ofHosts).intersection(ChangeKind.ofHosts)
      if !ofHosts.isEmpty {
        let hosts = try HostChart(session: session, places: places).changes(
          ofHosts, query, after: after, limit: limit, lookLimit: hostLooks)
        rows = (rows + hosts.rows).sorted { $0.position.isNewer($1.position) }
        if let end = hosts.next, next.map(end.isNewer) ?? true { next = end }
      }
      // What is behind the place where a search ended waits for the next page.
      if let end = next { rows.removeAll { end.isNewer($0.position) } }
      return rows.count < limit ? (rows, next, places) : (Array(rows.prefix(limit)), nil, places)
    }
  }

  /// What is known of a port at an address: an explanation for each site and host in which the address means one.
  /// `site` is a site's name; nil: every site in which the address is in the chart, or else the only one there is. `own` is
  /// the only site that may be spoken of; nil: any. Throws a `Refusal` for a site that there is not, or where there are
  /// several and none is named.
  package func explain(
    _ address: IPAddress, _ key: ProtocolPort, site: String?, zone: String? = nil, own: SiteID?, asOf: Timestamp? = nil
  ) async throws -> (explanations: [EndpointExplanation], places: PlaceNames) {
    let settings = context.settings
    let now = context.clock.now
    return try await context.store.read { session in
      if let asOf { try session.demandHistory(at: asOf, "asOf") }
      let places = try PlaceNames.withAgents(session)
      let wanted = try own.map(places.name) ?? site.map { try places.site(named: $0, at: "site").name }
      let zones = try zone.map { try places.zones(named: $0, inSite: wanted, at: "zone") }
      let explainer = EndpointExplainer(
        session: session, time: asOf ?? now, isPast: asOf != nil, settings: settings,
        zones: zones.map { Set($0.map(\.id)) })
      var hosts = try explainer.hosts(at: address, key, site: wanted, limit: Self.explainedPlaces)
      if let zones { hosts.removeAll { host in !zones.contains { $0.site == host.site } } }
      if hosts.isEmpty {
        let only = zones.flatMap { $0.count == 1 ? $0.first?.site : nil }
        let site = try only ?? places.site(named: wanted, at: "site").id
        hosts = [ChartHost(site: site, scope: .site, address: address)]
      }
      return (try hosts.map { try explainer.explanation(of: key, at: $0) }, places)
    }
  }

  /// A loopback address means one at each agent.
  private static let explainedPlaces = 100

  /// Reads a time as queries have them: an age counts back from now. Throws a `Refusal` that names the parameter.
  package func time(_ text: String, at parameter: String) throws -> Timestamp {
    guard let time = QueryTime(now: context.clock.now).moment(at: text) else {
      throw Refusal(
        .invalidValue,
        "\"\(text)\" is not a time; expected an age such as 7d, a time such as 2026-01-31T08:00Z, or now",
        at: parameter)
    }
    return time
  }

  /// A time of which something may have been observed. Throws a `Refusal`.
  package func asOf(_ text: String) throws -> Timestamp {
    let time = try time(text, at: "asOf")
    guard time <= context.clock.now else { throw Refusal(.invalidValue, "the time lies in the future", at: "asOf") }
    return time
  }

  /// Since when the history is whole; nil: nothing of it was purged.
  package func historySince() async throws -> Timestamp? { try await context.store.read { try $0.historySince() } }

  package var now: Timestamp { context.clock.now }

  package var clock: any WallClock { context.clock }

  package func siteName(_ id: SiteID) async throws -> String {
    try await context.store.read { try PlaceNames($0).name(of: id) }
  }

  package func serviceName(of endpoint: ProtocolPort) -> String? { context.services.name(of: endpoint) }
}

extension ReadSession {
  /// Throws a `Refusal` that names the parameter if the history does not reach back to a time.
  func demandHistory(at time: Timestamp, _ parameter: String) throws {
    if let since = try historySince(), time < since {
      throw Refusal(.invalidValue, "history before \(since) was purged", at: parameter)
    }
  }
}
