internal import CoordinatorCore
internal import FoundationEssentials
internal import Model

/// Reads merged rows from a running statement, whose columns it finds by their place: lists and exports have millions of rows, and to
/// find a column by name costs more than to read it.
struct ChartRowReader {
  /// What a statement selects, over `SQLiteSession.joins` and `serviceJoin`; one bound value, the oldest time of an inventory that
  /// proves anything.
  static let columns = """
    \(endpointColumns(verdict: ChartCondition.verdict)),
      l.is_ipv6_only, l.uid, l.user, l.inode, l.processes, l.owner_unknown_reason, l.unit, l.namespace_name, l.container,
      l.connections, a.name, a.inventory_at,
      \(serviceColumns)
    """

  /// The first of them: the endpoint alone.
  static func endpointColumns(verdict: String) -> String {
    """
    e.id, e.site_id, e.scope, e.address, e.transport, e.port, e.state, e.reason, \(verdict), e.zone_id,
      e.other_zones, e.is_self_view, e.listener_id, e.inside_agent_id, e.first_seen, e.last_seen, e.differed_at, e.service,
      e.product, e.version, e.findings
    """
  }

  static let endpointColumnCount = Column.findings.rawValue + 1

  /// The last of them: a service and its certificate.
  static let serviceColumns = """
    service.observed_at, coalesce(service.since, service.observed_at), service.has_past, service.name, service.product,
      service.version, service.info, service.host_name, service.tunnel, service.tls_version, service.confidence,
      service.banner, service.agent_id, service.job_id,
      certificate.sha256, certificate.subject, certificate.issuer, certificate.names, certificate.not_before,
      certificate.not_after
    """

  /// The columns in their order.
  private enum Column: Int32 {
    case id, site, scope, address, transport, port, state, reason, verdict, zone
    case otherZones, isSelfView, listener, insideAgent, firstSeen, lastSeen, differedAt, service
    case product, version, findings
    case isIPv6Only, uid, user, inode, processes, ownerUnknownReason, unit, namespaceName, container
    case connections, agentName, inventoryAt
    case serviceAt, serviceSince, serviceHasPast, serviceName, serviceProduct
    case serviceVersion, serviceInfo, serviceHost, serviceTunnel, serviceTLS, serviceConfidence
    case serviceBanner, serviceAgent, serviceJob
    case sha256, subject, issuer, names, notBefore, notAfter
  }

  private let first: Int32
  private var confidences = StoredWords<ServiceIdentity.Confidence>()
  private var tunnels = StoredWords<ServiceTunnel>()

  /// `first` is where the statement's columns of merged rows begin.
  init(from first: Int = 0) { self.first = Int32(first) }

  /// For a statement that selects a service alone, from its column `place` on.
  init(servicesFrom place: Int) { first = Int32(place) - Column.serviceAt.rawValue }

  /// An endpoint without its views. Throws a `StoreError` for what cannot be read back.
  func endpoint(_ running: RunningStatement) throws -> EndpointRecord {
    EndpointRecord(
      id: try identifier(.id, running) ?? damaged(.id), transport: try transport(running), port: try port(running),
      views: [], summary: try summary(running))
  }

  /// Throws a `StoreError` for what cannot be read back.
  mutating func row(_ running: RunningStatement) throws -> ChartRow {
    let summary = try summary(running)
    return ChartRow(
      id: try identifier(.id, running) ?? damaged(.id), host: try host(running), transport: try transport(running),
      port: try port(running), summary: summary, listener: summary.listener == nil ? nil : try listener(running),
      insideAgentName: text(.agentName, running), inventoryAt: time(.inventoryAt, running),
      service: summary.state == .open ? try zoneService(running, zone: summary.zone) : nil)
  }

  private func summary(_ running: RunningStatement) throws -> EndpointSummary {
    var summary = EndpointSummary(
      state: try code(.state, running), reason: try code(.reason, running), verdict: try code(.verdict, running),
      zone: identifier(.zone, running), otherZones: try zones(running),
      isSelfView: integer(.isSelfView, running) != 0, listener: identifier(.listener, running),
      insideAgent: identifier(.insideAgent, running), firstSeen: time(.firstSeen, running),
      lastSeen: time(.lastSeen, running), differedAt: time(.differedAt, running), service: shownService(running))
    summary.findings = FindingSet(rawValue: integer(.findings, running) ?? 0)
    return summary
  }

  private func host(_ running: RunningStatement) throws -> ChartHost {
    guard let site: SiteID = identifier(.site, running), let scope = text(.scope, running),
      let address = running.address(at: place(.address))
    else { return try damaged(.address) }
    return ChartHost(site: site, scope: HostScope(rawValue: scope), address: address)
  }

  private func transport(_ running: RunningStatement) throws -> TransportProtocol {
    try TransportProtocol(number: integer(.transport, running)) ?? damaged(.transport)
  }

  private func port(_ running: RunningStatement) throws -> Port {
    guard let number = integer(.port, running).flatMap({ UInt16(exactly: $0) }) else { return try damaged(.port) }
    return Port(number)
  }

  private func shownService(_ running: RunningStatement) -> ShownService? {
    let (name, product, version) = (text(.service, running), text(.product, running), text(.version, running))
    if name == nil, product == nil, version == nil { return nil }
    return ShownService(name: name, product: product, version: version)
  }

  /// Ids of zones, a JSON list of numbers.
  private func zones(_ running: RunningStatement) throws -> [ZoneID] {
    let zones = running.withOctets(at: place(.otherZones)) { octets -> [ZoneID]? in
      guard octets.count > 2 else { return [] }
      guard octets.first == UInt8(ascii: "["), octets.last == UInt8(ascii: "]") else { return nil }
      var numbers: [ZoneID] = []
      for part in octets.dropFirst().dropLast().split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
        guard let number = Int64(String(decoding: part, as: UTF8.self)) else { return nil }
        numbers.append(ZoneID(number))
      }
      return numbers
    }
    return try zones ?? damaged(.otherZones)
  }

  private func listener(_ running: RunningStatement) throws -> ListenerContent {
    ListenerContent(
      isIPv6Only: integer(.isIPv6Only, running) != 0, uid: integer(.uid, running).flatMap { UInt32(exactly: $0) },
      user: text(.user, running), inode: integer(.inode, running).map { UInt64(bitPattern: $0) },
      processes: try json(.processes, running), ownerUnknownReason: text(.ownerUnknownReason, running),
      unit: text(.unit, running), namespaceName: text(.namespaceName, running), container: text(.container, running),
      connections: integer(.connections, running).map(Int.init))
  }

  /// Nil: that zone's agents asked none.
  mutating func zoneService(_ running: RunningStatement, zone: ZoneID?) throws -> ZoneService? {
    guard let zone, let observedAt = time(.serviceAt, running) else { return nil }
    guard let agent: AgentID = identifier(.serviceAgent, running),
      let confidence = try word(.serviceConfidence, running, &confidences)
    else { return try damaged(.serviceAgent) }
    return ZoneService(
      zone: zone,
      facts: ServiceFacts(
        name: text(.serviceName, running), product: text(.serviceProduct, running),
        version: text(.serviceVersion, running), info: text(.serviceInfo, running),
        hostName: text(.serviceHost, running), confidence: confidence,
        tunnel: try word(.serviceTunnel, running, &tunnels), tlsVersion: text(.serviceTLS, running),
        banner: text(.serviceBanner, running), certificate: try certificate(running)),
      observedAt: observedAt, since: time(.serviceSince, running),
      hasPast: integer(.serviceHasPast, running) != 0, job: identifier(.serviceJob, running), agent: agent)
  }

  private func certificate(_ running: RunningStatement) throws -> CertificateIdentity? {
    guard running.hasValue(at: place(.sha256)) else { return nil }
    guard let subject = text(.subject, running), let issuer = text(.issuer, running),
      let notBefore = time(.notBefore, running), let notAfter = time(.notAfter, running)
    else { return try damaged(.subject) }
    return CertificateIdentity(
      subject: subject, issuer: issuer, alternativeNames: try json(.names, running), notBefore: notBefore,
      notAfter: notAfter, sha256: running.withOctets(at: place(.sha256)) { $0.hexadecimal })
  }
}

extension ChartRowReader {
  private func place(_ column: Column) -> Int32 { first + column.rawValue }

  private func integer(_ column: Column, _ running: RunningStatement) -> Int64? { running.integer(at: place(column)) }

  private func text(_ column: Column, _ running: RunningStatement) -> String? { running.text(at: place(column)) }

  private func time(_ column: Column, _ running: RunningStatement) -> Timestamp? {
    integer(column, running).map { Timestamp(milliseconds: $0) }
  }

  private func identifier<Kind>(_ column: Column, _ running: RunningStatement) -> Identifier<Kind>? {
    integer(column, running).map { Identifier($0) }
  }

  private func code<Value: StoredCode>(_ column: Column, _ running: RunningStatement) throws -> Value? {
    guard let code = integer(column, running) else { return nil }
    return try Value(code: code) ?? damaged(column)
  }

  private func word<Value>(
    _ column: Column, _ running: RunningStatement, _ words: inout StoredWords<Value>
  ) throws -> Value? {
    guard running.hasValue(at: place(column)) else { return nil }
    return try running.withOctets(at: place(column)) { words.value($0) } ?? damaged(column)
  }

  private func json<Value: Decodable>(_ column: Column, _ running: RunningStatement) throws -> Value {
    let text = running.withOctets(at: place(column)) { Data($0) }
    return try JSONDecoder().decode(Value.self, from: text)
  }

  private func damaged<Value>(_ column: Column) throws -> Value {
    throw StoreError(.failed, "the database holds an unreadable value in \(column) of a merged row")
  }
}
