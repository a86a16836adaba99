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
      targets: "", exclusions: "", space: "", ports: "", hostCount: UInt128(max(beginning.hostCount, 0)), portCount: 0,
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

  /// Takes some hosts in. Throws a `Refusal` with `notFound`.
  package func take(_ hosts: [Host], into id: Int64, by principal: AccessService.Principal) async throws {
    let now = context.clock.now
    let rows = hosts.reduce(0) { $0 + $1.open.count + $1.runs.count }
    try await context.queue.commit(rows: rows) { session in
      let record = try Self.found(id, by: principal, in: session)
      guard record.finishedAt == nil else { return }
      let place = try session.firstImporter(in: record.zone) ?? record.agent
      let observations = hosts.map { (HostAddress($0.address), Self.observations(of: $0, record, notAfter: now)) }
      // One address may come several times, at several times: each is merged as a sighting of its own.
      var rest = observations.sorted { $0.0 < $1.0 }
      while !rest.isEmpty {
        var (batch, later): ([(HostAddress, HostObservations)], [(HostAddress, HostObservations)]) = ([], [])
        for entry in rest {
          if batch.last?.0 == entry.0 { later.append(entry) } else { batch.append(entry) }
        }
        var merge = ChartMerge(session: session, acceptedAt: now)
        try merge.merge(batch, site: record.site, agent: place, interfaces: [], lane: record.lane)
        rest = later
      }
    }
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

  /// A clock that ran ahead must not make what it saw outrank everything seen until then: times are held at `now`.
  private static func observations(of host: Host, _ record: ImportRecord, notAfter now: Timestamp) -> HostObservations {
    let time = min(host.observedAt, now)
    var observations = HostObservations()
    observations.sightings = host.open.map { port in
      (
        transport: port.endpoint.transport, port: port.endpoint.port,
        view: ZoneView(
          zone: record.zone, state: .open, reason: port.reason, isSelfView: false, observedAt: time, job: nil,
          agent: record.agent),
        service: port.service
      )
    }
    observations.runs = host.runs.map { run in
      (
        transport: run.transport,
        run: ZoneRun(
          zone: record.zone, agent: record.agent, job: nil, isSelfView: false,
          run: PortStateRun(ports: run.ports, state: run.state, reason: run.reason, observedAt: time))
      )
    }
    return observations
  }
}
