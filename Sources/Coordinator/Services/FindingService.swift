package import CoordinatorCore
package import Model

/// What a person should look at, and what people have said of it.
package struct FindingService: Sendable {
  let context: FleetContext

  package init(context: FleetContext) { self.context = context }

  /// A certificate that ends within this time is a finding.
  package static let certificateNotice = Duration.seconds(30 * 86_400)
  /// A listener that had no connection for so long is.
  package static let unusedAfter = Duration.seconds(30 * 86_400)
  /// Findings of one rule that depends on time: more would be no list that a person reads.
  private static let sweepLimit = 10_000
  static let batch = 1_000
  /// Endpoints on hosts with expectations.
  private static let driftLimit = 500_000

  /// A finding with the words for it, and what to do.
  package struct Told: Sendable {
    package var finding: FindingRecord
    package var row: ChartRow?
    package var detail: String
    package var advice: [String]
  }

  /// Looks first at what depends on time, so that the answer is of now.
  package func findings(
    _ query: FindingQuery, after: FindingID?, limit: Int
  ) async throws -> (findings: [Told], next: FindingID?, places: PlaceNames) {
    if after == nil { try await sweep() }
    return try await context.store.read { session in
      let found = try session.findings(query, after: after, limit: limit + 1)
      let page = found.prefix(limit)
      var names = ToldNames(session, asOf: nil)
      return (
        try page.map { Self.told($0.finding, try $0.row.map { try names.filled($0) }) },
        found.count > limit ? page.last?.finding.id : nil,
        try PlaceNames.withAgents(session)
      )
    }
  }

  static func told(_ finding: FindingRecord, _ row: ChartRow?) -> Told {
    guard let row else {
      return Told(
        finding: finding, row: nil, detail: finding.detail ?? finding.subject,
        advice: adviceOfNone(finding.rule))
    }
    let key = ProtocolPort(row.transport, row.port)
    let facts = FindingFacts(key: key, summary: row.summary, listener: row.listener, service: row.service?.facts)
    return Told(
      finding: finding, row: row,
      detail: finding.detail ?? facts.detail(finding.rule)
        ?? (finding.goneAt == nil
          ? "found before, and the inventory of the agent that lives there is older than allowed" : "it is so no more"),
      advice: finding.goneAt == nil
        ? FindingAdvice(address: row.host.address, key: key, unit: row.listener?.unit).lines(finding.rule) : [])
  }

  /// Of findings that are about no endpoint.
  private static func adviceOfNone(_ rule: FindingRule) -> [String] {
    switch rule {
    case .severalHosts: ["give one of the hosts another address, or put them into different sites"]
    case .missing: ["start what is to listen there, or say in the expectation that it is not required"]
    case .tarpit: ["believe none of its open ports; periplus scope exclude keeps scans away from it"]
    default: []
    }
  }

  /// Somebody takes a finding as it is until a time; nil: takes that back. Throws a `Refusal`.
  package func acknowledge(
    _ id: FindingID, until: Timestamp?, note: String, by principal: AccessService.Principal
  ) async throws {
    let now = context.clock.now
    if let until {
      guard until > now else { throw Refusal(.invalidValue, "the time lies in the past", at: "/until") }
      guard !note.isEmpty else { throw Refusal(.invalidValue, "a note that says why is needed", at: "/note") }
    }
    try NameCheck.checkNote(note, at: "/note")
    try await context.queue.commit { session in
      guard let finding = try session.finding(id), principal.site == nil || principal.site == finding.site else {
        throw Refusal(.notFound, "there is no \(id)")
      }
      try session.setAcknowledgement(until.map { .init(until: $0, note: note, by: principal.name) }, of: id, at: now)
    }
  }

  /// Brings findings that depend on time or on expectations up to now.
  package func sweep() async throws {
    let now = context.clock.now
    let (known, seen) = try await context.store.read { session in
      let known = try session.presentFindings(of: Self.sweptRules)
      return (known, try timed(session, besides: known, at: now) + drifted(session, at: now))
    }
    let found = seen.flatMap(\.found)
    // Most looks find what is known: nothing is written then.
    let same = Set(known.map(FoundNow.init))
    guard same != Set(found) else { return }
    let whole = seen.filter(\.isWhole).map(\.rule)
    try await context.queue.commit { try $0.replaceFindings(found, of: Self.sweptRules, ending: whole, at: now) }
  }

  /// What one rule finds. Of a look that was cut short nothing can be said of what it did not see.
  private struct Look {
    var rule: FindingRule
    var found: [FoundNow]
    var isWhole: Bool
  }

  private func drifted(_ session: any ReadSession, at now: Timestamp) throws -> [Look] {
    let drift = try drift(session, site: nil, at: now)
    let first = try session.sites().first?.id
    let missing = drift.missing.compactMap { expectation in
      // One that is about every site is told of at the first.
      (expectation.site ?? first).map { site in
        FoundNow(
          rule: .missing, site: site, endpoint: nil, subject: expectation.name,
          detail:
            "\(expectation.name) requires that somebody listens or is open there, and nobody is: port \(expectation.ports) of \(expectation.hosts.map(\.description).joined(separator: " "))"
        )
      }
    }
    return [
      Look(rule: .missing, found: missing, isWhole: drift.isWhole),
      Look(
        rule: .drift,
        found: drift.rows.map { FoundNow(rule: .drift, site: $0.0.host.site, endpoint: $0.0.id, detail: $0.1) },
        isWhole: drift.isWhole),
    ]
  }

  private static let sweptRules: [FindingRule] = [
    .certificateExpiring, .unused, .severalHosts, .newExposure, .tarpit, .flapping, .drift, .missing,
  ]

  private func timed(
    _ session: any ReadSession, besides known: [FindingRecord], at now: Timestamp
  ) throws -> [Look] {
    func look(_ rule: FindingRule, _ found: [FoundNow]) -> Look {
      Look(rule: rule, found: found, isWhole: found.count < Self.sweepLimit)
    }
    let certificates = try session.certificates(endingBefore: now + Self.certificateNotice, limit: Self.sweepLimit)
      .map {
        FoundNow(
          rule: .certificateExpiring, site: $0.site, endpoint: $0.endpoint,
          subject: String($0.certificate.sha256.prefix(16)),
          detail:
            "the certificate of \($0.certificate.subject) \($0.certificate.notAfter <= now ? "ended" : "ends") at \($0.certificate.notAfter)"
        )
      }
    // An agent that is silent has seen no connection, and has not looked: what was found before stays, and nothing new is.
    let earlier = Set(known.filter { $0.rule == .unused }.compactMap(\.endpoint))
    let notBefore = now - context.settings.inventoryMaximumAge
    let unused = try session.unusedListeners(
      since: now - Self.unusedAfter, inventoryNotBefore: notBefore, limit: Self.sweepLimit)
    let idle = unused.filter { $0.isCurrent || earlier.contains($0.endpoint) }.map {
      FoundNow(
        rule: .unused, site: $0.site, endpoint: $0.endpoint,
        detail:
          "no connection was seen since \($0.listener.lastConnectionAt ?? $0.listener.firstSeen); inventories look now and then, and short ones are missed"
      )
    }
    let shared = try session.sharedAddresses(limit: Self.sweepLimit)
      .filter { !$0.address.isLoopback && !$0.address.isLinkLocal }
      .map {
        FoundNow(
          rule: .severalHosts, site: $0.site, endpoint: nil, subject: $0.address.description,
          detail: "\($0.address) is an address of \($0.agents.joined(separator: " and "))")
      }
    let exposures = try ExposureSweep(session, context).findings()
    return [
      look(.certificateExpiring, certificates),
      Look(rule: .unused, found: idle, isWhole: unused.count < Self.sweepLimit), look(.severalHosts, shared),
      look(.tarpit, try tarpits(session)), look(.flapping, try flapping(session, at: now)),
      Look(rule: .newExposure, found: exposures.found, isWhole: exposures.isWhole),
    ]
  }

  private func tarpits(_ session: any ReadSession) throws -> [FoundNow] {
    let found = try session.tarpits(limit: Self.sweepLimit)
    let places = try PlaceNames.with(Set(found.compactMap(\.host.scope.agent)), session)
    return found.map { tarpit in
      FoundNow(
        rule: .tarpit, site: tarpit.host.site, endpoint: nil,
        subject: tarpit.host.address.description
          + (tarpit.host.scope.agent.map { " at \(places.name(of: $0))" } ?? ""),
        detail: """
          every port that zone \(places.name(of: tarpit.zone)) asked \(tarpit.host.address) for was open, so many that the rest was \
          left out at \(tarpit.at): a tarpit, or something else that answers for it; its open ports prove nothing
          """)
    }
  }

  private func flapping(_ session: any ReadSession, at now: Timestamp) throws -> [FoundNow] {
    guard let limit = context.settings.flapLimit else { return [] }
    let places = try PlaceNames(session)
    return try session.flappingViews(limit, at: now, limit: Self.sweepLimit).map { view in
      FoundNow(
        rule: .flapping, site: view.site, endpoint: view.endpoint,
        subject: "\(view.key.zone)\(view.key.isSelfView ? "/self" : "")",
        detail: """
          opened and closed \(view.changes) times within \(DurationText.print(limit.window)), as \
          \(view.key.isSelfView ? "its own host" : "zone \(places.name(of: view.key.zone))") sees it; alerts are not told of \
          the last until it settles
          """)
    }
  }

  /// Endpoints that are not as expected, and expectations that nothing meets. `site` is the only one that is looked at; nil:
  /// every one.
  private func drift(_ session: any ReadSession, site: SiteID?, at now: Timestamp) throws -> Drift {
    try drift(session, site: site, at: now, upTo: Self.driftLimit) { query, position in
      let rows = try session.chartRows(query, after: position, limit: Self.batch)
      return (rows, rows.count == Self.batch ? rows.last?.position : nil, rows.count)
    }
  }

  /// `page` gives rows behind a place, where the next ones begin (nil: there are none) and how many endpoints it looked at; `limit` are
  /// those that are looked at in all.
  func drift(
    _ session: any ReadSession, site: SiteID?, at time: Timestamp, upTo limit: Int,
    _ page: (ChartQuery, ChartPosition?) throws -> (rows: [ChartRow], next: ChartPosition?, looked: Int)
  ) throws -> Drift {
    let expectations = try session.expectations().filter { site == nil || $0.site == nil || $0.site == site }
    var check = DriftCheck(expectations)
    var drifted: [(ChartRow, String)] = []
    var compared: Set<EndpointID> = []
    var looked = 0
    for query in check.queries {
      var query = ChartQuery(query)
      query.inventoryNotBefore = time - context.settings.inventoryMaximumAge
      if let site { query.restrict(toSite: try PlaceNames(session).name(of: site)) }
      var position: ChartPosition?
      while true {
        let (rows, next, looks) = try page(query, position)
        for row in rows where compared.insert(row.id).inserted {
          if let detail = check.drift(row) { drifted.append((row, detail)) }
        }
        looked += looks
        guard let next else { break }
        if looked >= limit { return (drifted, [], compared.count, expectations.count, false) }
        position = next
      }
    }
    return (drifted, check.missing, compared.count, expectations.count, true)
  }

  typealias Drift = (
    rows: [(ChartRow, String)], missing: [Expectation], compared: Int, expectations: Int, isWhole: Bool
  )

  // Expectations.

  package struct DriftReport: Sendable {
    package var rows: [(row: ChartRow, detail: String)]
    package var missing: [Expectation]
    /// Endpoints that were compared.
    package var compared: Int
    /// False: there are more than are looked at.
    package var isWhole: Bool
    package var expectations: Int
  }

  /// With `asOf` the present expectations are compared with what was known by that time: what was expected then is not kept. Throws a
  /// `Refusal` for a time before the history.
  package func check(
    for principal: AccessService.Principal, asOf: Timestamp? = nil
  ) async throws -> (report: DriftReport, places: PlaceNames) {
    let now = context.clock.now
    return try await context.store.read { session in
      let found =
        if let asOf {
          try pastDrift(session, site: principal.site, at: asOf)
        } else {
          try drift(session, site: principal.site, at: now)
        }
      var names = ToldNames(session, asOf: asOf)
      return (
        DriftReport(
          rows: try found.rows.map { (row: try names.filled($0.0), detail: $0.1) }, missing: found.missing,
          compared: found.compared,
          isWhole: found.isWhole, expectations: found.expectations), try PlaceNames.withAgents(session)
      )
    }
  }

  package func removeExpectation(named name: String) async throws {
    try await context.queue.commit { session in
      guard try session.removeExpectation(named: name) else {
        throw Refusal(.notFound, "there is no expectation \"\(name)\"")
      }
    }
  }

  package func expectations() async throws -> (expectations: [Expectation], places: PlaceNames) {
    try await context.store.read { (try $0.expectations(), try PlaceNames($0)) }
  }
}
