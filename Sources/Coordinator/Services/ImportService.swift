package import CoordinatorCore
internal import CoordinatorTrust
package import Model

/// Takes foreign scans into the chart, each as what one vantage saw: a zone of its own, in which no agent stands.
///
/// A file is taken in by parts; a part that comes again changes nothing, and so does a file.
package struct ImportService: Sendable {
  /// What a file says of itself.
  package struct Beginning: Sendable {
    package var digest: [UInt8]
    package var file: String
    package var scanner: String
    package var version: String?
    package var arguments: String?
    package var site: String?
    package var zone: String
    package var hostCount: Int

    package init(digest: [UInt8], file: String, scanner: String, zone: String, hostCount: Int) {
      self.digest = digest
      self.file = file
      self.scanner = scanner
      self.zone = zone
      self.hostCount = hostCount
    }
  }

  /// What a file says of one host.
  package struct Host: Sendable {
    package var address: IPAddress
    package var observedAt: Timestamp
    /// As a name server called it, in lower case; nil: that is not told.
    package var name: String?
    package var open: [(endpoint: ProtocolPort, reason: ProbeReason, service: ServiceFacts?)]
    package var runs:
      [(transport: TransportProtocol, ports: ClosedRange<UInt16>, state: EndpointState, reason: ProbeReason)]

    package init(address: IPAddress, observedAt: Timestamp) {
      self.address = address
      self.observedAt = observedAt
      open = []
      runs = []
    }
  }

  private let context: FleetContext

  package init(context: FleetContext) { self.context = context }

  /// The import of a file; the same one as before, where it has come before.
  ///
  /// Throws a `Refusal` that points at the field at fault.
  package func begin(
    _ beginning: Beginning, by principal: AccessService.Principal
  ) async throws -> (record: ImportRecord, places: PlaceNames) {
    try NameCheck.check(beginning.zone, at: "/zone")
    guard beginning.digest.count == 32 else {
      throw Refusal(.invalidValue, "64 hexadecimal digits are expected", at: "/digest")
    }
    guard beginning.hostCount >= 0 else {
      throw Refusal(.invalidValue, "a count of hosts, 0 or more, is expected", at: "/hostCount")
    }
    let now = context.clock.now
    let seed = context.laneSeed()
    return try await context.queue.commit { session in
      let places = try PlaceNames(session)
      let site = try places.site(named: beginning.site, for: principal, at: "/site")
      let zone: ZoneRecord
      if let known = places.zones.first(where: { $0.site == site.id && $0.name == beginning.zone }) {
        guard known.isImport else {
          throw Refusal(
            .conflict, "agents stand in the zone \"\(known.name)\": what a file tells is a vantage of its own",
            at: "/zone")
        }
        zone = known
      } else {
        zone = try session.insertZone(name: beginning.zone, site: site.id, at: now)
        try session.markImported(zone.id)
      }
      if let known = try session.importRecord(of: beginning.digest, in: zone.id) {
        return (known, try PlaceNames(session))
      }
      let record = try Self.insert(beginning, site: site.id, zone: zone.id, seed, at: now, by: principal, in: session)
      return (record, try PlaceNames(session))
    }
  }

  private static func insert(
    _ beginning: Beginning, site: SiteID, zone: ZoneID, _ seed: UInt64, at now: Timestamp,
    by principal: AccessService.Principal, in session: any WriteSession
  ) throws -> ImportRecord {
    // What saw it, for `explain`: removed from the beginning, so that it is never given work nor missed.
    let agent = try session.insertAgent(
      NewAgent(
        name: "\(beginning.scanner) (\(beginning.file))", site: site, zone: zone, installation: "import", duties: [],
        tags: [], version: beginning.version ?? "", hostName: "", operatingSystem: "",
        secretHash: Secret.digest(of: beginning.digest + Array("\(zone.rawValue)".utf8)), enrolledAt: now))
    try session.removeAgent(agent, at: now)
    let request = ScanRequest(
      targets: "", exclusions: "", space: "", ports: "", hostCount: UInt128(beginning.hostCount), portCount: 0,
      identifies: false, timing: nil, rate: nil, ratePerAgent: nil, ratePerHost: nil, priority: 0, maximumJobs: nil,
      placement: ScanPlacement(), ignoresBlackouts: false, maximumDuration: nil, name: "import of \(beginning.file)",
      note: beginning.arguments)
    let scan = try session.insertScan(request, site: site, submittedBy: principal.name, at: now)
    let lane = try session.insertLane(scan: scan, zone: zone, seed: seed)
    try session.setState(.done, of: lane)
    try session.setState(.done, of: scan, at: now)
    var record = ImportRecord(
      id: 0, site: site, zone: zone, digest: beginning.digest, file: beginning.file, scanner: beginning.scanner,
      hostCount: beginning.hostCount, agent: agent, scan: scan, lane: lane, startedAt: now, finishedAt: nil)
    record.id = try session.insertImport(record)
    return record
  }

  /// What a file tells that was seen longer ago than this is in the chart, and is told to nobody as news.
  private static let newsAge = Duration.seconds(86_400)

  /// Takes some hosts in. One address may come several times: what is of one time is one sighting, several times are several.
  ///
  /// Throws a `Refusal` with `notFound`.
  package func take(_ hosts: [Host], into id: Int64, by principal: AccessService.Principal) async throws {
    let now = context.clock.now
    let (record, place) = try await context.store.read { session in
      let record = try Self.found(id, by: principal, in: session)
      return (record, try session.firstImporter(in: record.zone) ?? record.agent)
    }
    let looks = Self.looks(hosts, record, notAfter: now)
    try await take(
      names: hosts.compactMap { host in
        host.name.map { .init(host: HostAddress(host.address), name: $0, observedAt: host.observedAt) }
      }, into: record, at: place, notAfter: now, by: principal)
    // The old before the new: of each address they come in the order of their times.
    let limit = now - Self.newsAge
    for (part, acceptedAt) in [
      (looks.filter { $0.time < limit }, nil), (looks.filter { $0.time >= limit }, Optional(now)),
    ] {
      let batches = Self.batches(part)
      for start in stride(from: 0, to: batches.count, by: Self.batchesTogether) {
        let some = batches[start..<min(start + Self.batchesTogether, batches.count)]
        // What is taken in twice, after an interruption, changes nothing.
        try await context.queue.commit(rows: some.reduce(0) { $0 + $1.reduce(0) { $0 + $1.1.rows } }) { session in
          guard try Self.found(id, by: principal, in: session).finishedAt == nil else { return }
          for batch in some {
            var merge = ChartMerge(
              session: session, acceptedAt: acceptedAt, closeAfter: context.settings.closeAfter,
              flapLimit: context.settings.flapLimit)
            try merge.merge(batch, site: record.site, agent: place, interfaces: [], lane: record.lane)
          }
        }
      }
    }
  }

  private func take(
    names: [ResultService.HostName], into record: ImportRecord, at vantage: AgentID, notAfter now: Timestamp,
    by principal: AccessService.Principal
  ) async throws {
    guard !names.isEmpty else { return }
    try await context.queue.commit(rows: names.count) { session in
      guard try Self.found(record.id, by: principal, in: session).finishedAt == nil else { return }
      try HostNameMerge(
        session: session, site: record.site, zone: record.zone, agent: record.agent, vantage: vantage, job: nil
      )
      .merge(names, interfaces: [], notAfter: now)
    }
  }

  /// Looks at one address in one transaction at most, so that many times of one address hold no other writer up.
  private static let batchesTogether = 32

  /// What was seen of one address at one time.
  private struct Look {
    var address: HostAddress
    var time: Timestamp
    var observations: HostObservations
  }

  /// By address and time, each pair once. A clock that ran ahead must not make what it saw outrank everything seen until then:
  /// times are held at `now`.
  private static func looks(_ hosts: [Host], _ record: ImportRecord, notAfter now: Timestamp) -> [Look] {
    let timed = hosts.map { (host: $0, address: HostAddress($0.address), time: min($0.observedAt, now)) }
      .sorted { ($0.address, $0.time) < ($1.address, $1.time) }
    var looks: [Look] = []
    for entry in timed {
      if looks.last?.address != entry.address || looks.last?.time != entry.time {
        looks.append(Look(address: entry.address, time: entry.time, observations: HostObservations()))
      }
      add(entry.host, record, at: entry.time, to: &looks[looks.count - 1].observations)
    }
    return looks
  }

  /// The first looks at all addresses, then the second ones, and so on: a merge takes each address once. O(looks).
  private static func batches(_ looks: [Look]) -> [[(HostAddress, HostObservations)]] {
    var batches: [[(HostAddress, HostObservations)]] = []
    var (address, number): (HostAddress?, Int) = (nil, 0)
    for look in looks {
      number = look.address == address ? number + 1 : 0
      address = look.address
      if number == batches.count { batches.append([]) }
      batches[number].append((look.address, look.observations))
    }
    return batches
  }

  package func finish(
    _ id: Int64, by principal: AccessService.Principal
  ) async throws -> (record: ImportRecord, places: PlaceNames) {
    let now = context.clock.now
    return try await context.queue.commit { session in
      _ = try Self.found(id, by: principal, in: session)
      try session.finishImport(id, at: now)
      return (try Self.found(id, by: principal, in: session), try PlaceNames(session))
    }
  }

  private static func found(
    _ id: Int64, by principal: AccessService.Principal, in session: any ReadSession
  ) throws -> ImportRecord {
    guard let record = try session.importRecord(id), principal.site == nil || principal.site == record.site else {
      throw Refusal(.notFound, "there is no import \(id)")
    }
    return record
  }

  private static func add(
    _ host: Host, _ record: ImportRecord, at time: Timestamp, to observations: inout HostObservations
  ) {
    observations.sightings += host.open.map { port in
      (
        transport: port.endpoint.transport, port: port.endpoint.port,
        view: ZoneView(
          zone: record.zone, state: .open, reason: port.reason, isSelfView: false, observedAt: time, job: nil,
          agent: record.agent),
        service: port.service
      )
    }
    observations.runs += host.runs.map { run in
      (
        transport: run.transport,
        run: ZoneRun(
          zone: record.zone, agent: record.agent, job: nil, isSelfView: false,
          run: PortStateRun(ports: run.ports, state: run.state, reason: run.reason, observedAt: time))
      )
    }
  }
}
