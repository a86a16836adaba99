package import CoordinatorCore
package import Model

/// What a person should look at, and what people have said of it.
package struct FindingService: Sendable {
  private let context: FleetContext

  package init(context: FleetContext) { self.context = context }

  /// A certificate that ends within this time is a finding.
  package static let certificateNotice = Duration.seconds(30 * 86_400)
  /// A listener that had no connection for so long is.
  package static let unusedAfter = Duration.seconds(30 * 86_400)
  /// Findings of one rule that depends on time: more would be no list that a person reads.
  private static let sweepLimit = 10_000
  private static let batch = 1_000
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
      return (
        page.map { Self.told($0.finding, $0.row) }, found.count > limit ? page.last?.finding.id : nil,
        try PlaceNames.withAgents(session)
      )
    }
  }

  private static func told(_ finding: FindingRecord, _ row: ChartRow?) -> Told {
    guard let row else {
      return Told(
        finding: finding, row: nil, detail: finding.detail ?? finding.subject,
        advice: finding.rule == .severalHosts
          ? ["give one of the hosts another address, or put them into different sites"] : [])
    }
    let key = ProtocolPort(row.transport, row.port)
    let facts = FindingFacts(key: key, summary: row.summary, listener: row.listener, service: row.service?.facts)
    return Told(
      finding: finding, row: row, detail: finding.detail ?? facts.detail(finding.rule) ?? "it is so no more",
      advice: finding.goneAt == nil
        ? FindingAdvice(address: row.host.address, key: key, unit: row.listener?.unit).lines(finding.rule) : [])
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
      try session.setAcknowledgement(until.map { .init(until: $0, note: note, by: principal.name) }, of: id)
    }
  }

  /// Brings findings that depend on time or on expectations up to now.
  package func sweep() async throws {
    let now = context.clock.now
    let found = try await context.store.read { session in
      try timed(session, at: now)
        + drift(session, at: now).rows.map { row, detail in
          FoundNow(rule: .drift, site: row.host.site, endpoint: row.id, detail: detail)
        }
    }
    let known = try await context.store.read { session in
      try session.findings(FindingQuery(rules: Set(Self.sweptRules)), after: nil, limit: Self.sweepLimit).map(\.finding)
    }
    // Most looks find what is known: nothing is written then.
    let same = Set(
      known.map { finding in
        FoundNow(
          rule: finding.rule, site: finding.site, endpoint: finding.endpoint, subject: finding.subject,
          detail: finding.detail ?? "")
      })
    guard same != Set(found) else { return }
    let news = found.filter { one in
      !known.contains { one.rule == $0.rule && one.endpoint == $0.endpoint && one.subject == $0.subject }
    }
    try await context.queue.commit { session in
      try session.replaceFindings(found, of: Self.sweptRules, at: now)
      try session.append(try news.map { try Self.notice($0, at: now, in: session) })
    }
  }

  private static func notice(
    _ found: FoundNow, at now: Timestamp, in session: any WriteSession
  ) throws -> ChangeNotice {
    let place = try found.endpoint.flatMap { try session.place(of: $0) }
    return ChangeNotice(
      kind: .finding, site: found.site, scope: place?.host.scope ?? .site,
      address: place?.host.address ?? IPAddress(found.subject),
      endpoint: place.map { ProtocolPort($0.transport, $0.port) }, after: found.rule.rawValue, observedAt: now,
      acceptedAt: now, evidence: found.detail)
  }

  private static let sweptRules: [FindingRule] = [.certificateExpiring, .unused, .severalHosts, .drift]

  private func timed(_ session: any ReadSession, at now: Timestamp) throws -> [FoundNow] {
    let certificates = try session.certificates(endingBefore: now + Self.certificateNotice, limit: Self.sweepLimit).map
    {
      FoundNow(
        rule: .certificateExpiring, site: $0.site, endpoint: $0.endpoint,
        subject: String($0.certificate.sha256.prefix(16)),
        detail:
          "the certificate of \($0.certificate.subject) \($0.certificate.notAfter <= now ? "ended" : "ends") at \($0.certificate.notAfter)"
      )
    }
    let unused = try session.unusedListeners(since: now - Self.unusedAfter, limit: Self.sweepLimit).map {
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
    return certificates + unused + shared
  }

  /// Endpoints that are not as expected, and expectations that nothing meets.
  private func drift(
    _ session: any ReadSession, at now: Timestamp
  ) throws -> (rows: [(ChartRow, String)], missing: [Expectation], compared: Int, isWhole: Bool) {
    let expectations = try session.expectations()
    guard !expectations.isEmpty else { return ([], [], 0, true) }
    var check = DriftCheck(expectations)
    var query = ChartQuery(check.query)
    query.inventoryNotBefore = now - context.settings.inventoryMaximumAge
    var drifted: [(ChartRow, String)] = []
    var position: ChartPosition?
    var compared = 0
    while true {
      let rows = try session.chartRows(query, after: position, limit: Self.batch)
      for row in rows {
        compared += 1
        if let detail = check.drift(row) { drifted.append((row, detail)) }
      }
      guard rows.count == Self.batch, let last = rows.last else { return (drifted, check.missing, compared, true) }
      if compared >= Self.driftLimit { return (drifted, [], compared, false) }
      position = last.position
    }
  }

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

  package func check(for principal: AccessService.Principal) async throws -> (report: DriftReport, places: PlaceNames) {
    let now = context.clock.now
    return try await context.store.read { session in
      let found = try drift(session, at: now)
      let isOwn = { (site: SiteID?) in principal.site == nil || site == nil || site == principal.site }
      return (
        DriftReport(
          rows: found.rows.filter { isOwn($0.0.host.site) }.map { (row: $0.0, detail: $0.1) },
          missing: found.missing.filter { isOwn($0.site) }, compared: found.compared, isWhole: found.isWhole,
          expectations: try session.expectations().count), try PlaceNames.withAgents(session)
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
