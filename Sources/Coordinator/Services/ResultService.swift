package import CoordinatorCore
package import Model

/// Takes in what agents saw: chunks of results, and inventories.
package struct ResultService: Sendable {
  /// A sighting as it arrived.
  package struct Sighting: Sendable {
    package let host: HostAddress
    package let endpoint: ProtocolPort
    package let reason: ProbeReason
    package let observedAt: Timestamp
    package let isSelfView: Bool
    /// Nil: the service was not asked.
    package let service: ServiceFacts?

    package init(
      host: HostAddress, endpoint: ProtocolPort, reason: ProbeReason, observedAt: Timestamp, isSelfView: Bool,
      service: ServiceFacts? = nil
    ) {
      self.host = host
      self.endpoint = endpoint
      self.reason = reason
      self.observedAt = observedAt
      self.isSelfView = isSelfView
      self.service = service
    }
  }

  /// A run of ports in another state than open, as it arrived.
  package struct Run: Sendable {
    package let host: HostAddress
    package let transport: TransportProtocol
    package let run: PortStateRun
    package let isSelfView: Bool

    package init(host: HostAddress, transport: TransportProtocol, run: PortStateRun, isSelfView: Bool) {
      self.host = host
      self.transport = transport
      self.run = run
      self.isSelfView = isSelfView
    }
  }

  /// What a name server that the agent asked calls a host, as it arrived.
  package struct HostName: Sendable {
    package let host: HostAddress
    /// In lower case; nil: it has none.
    package let name: String?
    package let observedAt: Timestamp

    package init(host: HostAddress, name: String?, observedAt: Timestamp) {
      self.host = host
      self.name = name
      self.observedAt = observedAt
    }
  }

  /// What became of the echo by which a host was asked, as it arrived.
  package struct HostOutcome: Sendable {
    package enum Result: Sendable {
      /// From the first answer to the last.
      case answered(ClosedRange<Timestamp>)
      /// When silence was believed.
      case silent(Timestamp)
    }

    package let host: HostAddress
    package let result: Result

    package init(host: HostAddress, result: Result) {
      self.host = host
      self.result = result
    }
  }

  package struct Chunk: Sendable {
    package let number: Int
    /// Names the content: the same number with another content is a conflict.
    package let digest: [UInt8]
    package let completed: [WorkRectangle]
    package let sightings: [Sighting]
    package let runs: [Run]
    package let names: [HostName]
    package let hosts: [HostOutcome]

    package init(
      number: Int, digest: [UInt8], completed: [WorkRectangle], sightings: [Sighting], runs: [Run],
      names: [HostName] = [], hosts: [HostOutcome] = []
    ) {
      self.number = number
      self.digest = digest
      self.completed = completed
      self.sightings = sightings
      self.runs = runs
      self.names = names
      self.hosts = hosts
    }
  }

  private let context: FleetContext

  package init(context: FleetContext) { self.context = context }

  /// Takes in a chunk; false: the lease was lost meanwhile, so that its open endpoints are kept as dated sightings but
  /// it counts in no receipt and closes nothing. A repetition changes nothing.
  ///
  /// Throws a `Refusal`: `leaseLost` for a lease that was never granted, `conflict` for other content under a number
  /// already used, `invalidValue` for results outside the job or that do not add up.
  package func accept(_ chunk: Chunk, under claim: LeaseService.Claim, from agent: AgentRecord) async throws -> Bool {
    let now = context.clock.now
    let rows = chunk.sightings.count + chunk.runs.count + chunk.names.count + chunk.hosts.count
    // Sorted here, so that the writer, who serves everybody, need not.
    let hosts = Self.byHost(chunk, job: claim.job, agent: agent, notAfter: now)
    let isCounted = try await context.queue.commit(rows: rows) { [context] session in
      try context.note(agent, at: now, in: session)
      let lease = try claim.check(agent: agent.id, in: session)
      if let digest = try session.chunkDigest(job: claim.job, epoch: claim.epoch, number: chunk.number) {
        guard digest == chunk.digest else {
          throw Refusal(
            .conflict, "chunk \(chunk.number) of \(claim.job) was sent before with other content", at: "/number")
        }
        return true
      }
      guard let job = try session.job(claim.job), let lane = try session.lane(job.lane),
        let scan = try session.scan(lane.scan)
      else { throw Refusal.lostLease }
      let space = try context.spaces.space(of: scan)
      try ChunkCheck.checkServices(chunk, of: scan)
      try ChunkCheck.checkNames(chunk, of: scan, in: space)
      try ChunkCheck.checkHosts(chunk, in: space)
      let isCounted = lease.endedAt == nil
      if isCounted {
        let rectangles = try session.rectangles(of: job.id)
        let done = try session.completed(in: job.id, epoch: claim.epoch, among: chunk.completed.portSpan)
        var check = ChunkCheck(space: space, job: rectangles, completedBefore: done)
        try check.check(chunk)
        try session.insertChunk(
          job: job.id, epoch: claim.epoch, number: chunk.number, digest: chunk.digest, completed: chunk.completed,
          at: now)
        let (coverage, failures) = Self.coverage(of: chunk, agent: agent.id)
        try session.addCoverage(
          coverage, failures: failures,
          skips: coverage.skipped == 0 ? [] : [LaneSkip(cause: .policy(agent.id), count: coverage.skipped)],
          to: lane.id)
        try session.addOpen(chunk.sightings.count, to: lane.id)
      } else {
        try ChunkCheck.checkLate(chunk, in: space)
      }
      var merge = ChartMerge(
        session: session, acceptedAt: now, closeAfter: context.settings.closeAfter,
        flapLimit: context.settings.flapLimit)
      let interfaces = try session.interfaces(of: agent.id)
      let seen = isCounted ? hosts : hosts.map { ($0.0, $0.1.withoutRuns) }
      let charted = chunk.hosts.isEmpty ? seen : seen.filter { $0.1.rows > 0 }
      try merge.merge(charted, site: scan.site, agent: agent.id, interfaces: interfaces, lane: lane.id)
      var hostMerge = HostMerge(
        session: session, site: scan.site, agent: agent, begun: scan.startedAt ?? scan.createdAt, acceptedAt: now,
        inventoryMaximumAge: context.settings.inventoryMaximumAge, closeAfter: context.settings.closeAfter)
      try hostMerge.merge(seen, interfaces: interfaces)
      try HostNameMerge(
        session: session, site: scan.site, zone: agent.zone, agent: agent.id, vantage: agent.id, job: claim.job
      )
      .merge(chunk.names, interfaces: interfaces, notAfter: now)
      return isCounted
    }
    (isCounted ? context.measurements.chunksCounted : context.measurements.chunksLate).add()
    context.measurements.sightings.add(chunk.sightings.count)
    context.measurements.ranges.add(chunk.runs.count)
    return isCounted
  }

  /// How the endpoints of a chunk ended: what could not be looked at is failed, or skipped where a policy forbade it.
  private static func coverage(of chunk: Chunk, agent: AgentID) -> (LaneCoverage, [LaneFailure]) {
    var coverage = LaneCoverage()
    var failed: [ProbeReason: UInt128] = [:]
    for run in chunk.runs where run.run.state == .unchecked {
      let count = UInt128(run.run.ports.count)
      if run.run.reason == .policy {
        coverage.skipped += count
      } else {
        coverage.failed += count
        failed[run.run.reason, default: 0] += count
      }
    }
    coverage.probed = chunk.completed.endpointCount - coverage.skipped - coverage.failed
    return (coverage, failed.map { LaneFailure(agent: agent, reason: $0.key, count: $0.value) })
  }

  /// A clock that runs ahead must not make what it saw outrank everything seen until then: times are held at `now`.
  private static func byHost(
    _ chunk: Chunk, job: JobID, agent: AgentRecord, notAfter now: Timestamp
  ) -> [(HostAddress, HostObservations)] {
    var hosts: [(HostAddress, HostObservations)] = []
    var places: [HostAddress: Int] = [:]
    var latest = 0
    func place(of host: HostAddress) -> Int {
      // Most rows are of the same host as the row before.
      if latest < hosts.count, hosts[latest].0 == host { return latest }
      if let known = places[host] {
        latest = known
      } else {
        latest = hosts.count
        places[host] = latest
        hosts.append((host, HostObservations()))
      }
      return latest
    }
    for sighting in chunk.sightings {
      let view = ZoneView(
        zone: agent.zone, state: .open, reason: sighting.reason, isSelfView: sighting.isSelfView,
        observedAt: min(sighting.observedAt, now), job: job, agent: agent.id)
      hosts[place(of: sighting.host)].1.sightings.append(
        (transport: sighting.endpoint.transport, port: sighting.endpoint.port, view: view, service: sighting.service))
    }
    for run in chunk.runs {
      var held = run.run
      held.observedAt = min(held.observedAt, now)
      let zoneRun = ZoneRun(zone: agent.zone, agent: agent.id, job: job, isSelfView: run.isSelfView, run: held)
      hosts[place(of: run.host)].1.runs.append((transport: run.transport, run: zoneRun))
    }
    for outcome in chunk.hosts {
      let echo =
        switch outcome.result {
        case .answered(let times):
          HostEcho(answers: min(times.lowerBound, now)...min(times.upperBound, now), job: job)
        case .silent(let time): HostEcho(silentAt: min(time, now), job: job)
        }
      hosts[place(of: outcome.host)].1.echo = echo
    }
    // In key order, so that writes touch neighbouring pages (facts of the store: sorted inserts are 7 times faster).
    return hosts.indices.sorted { hosts[$0].0 < hosts[$1].0 }.map { hosts[$0] }
  }

  /// More listeners than any agent has; deltas must not pile them up either.
  private static let listenerLimit = 20_000
  private static let interfaceLimit = 4_096

  /// Takes in an agent's inventory, whole or as a delta, and says what became of it; only `apply` changes the chart.
  package func accept(_ update: InventoryUpdate, from agent: AgentRecord) async throws -> InventoryUpdate.Decision {
    guard agent.duties.contains(.inventory) else {
      throw Refusal(.forbidden, "\(agent.name) has no duty to send an inventory")
    }
    let now = context.clock.now
    return try await context.queue.commit { [context] session in
      try context.note(agent, at: now, in: session)
      let decision = update.decision(holding: try session.inventoryPosition(of: agent.id))
      guard decision == .apply else { return decision }
      let (interfaces, listeners) =
        if update.delta == nil {
          (update.interfaces, update.listeners)
        } else {
          update.whole(
            over: try session.interfaces(of: agent.id),
            Dictionary(try session.listeners(of: agent.id).map { ($0.key, $0.content) }) { first, _ in first })
        }
      guard listeners.count <= Self.listenerLimit, interfaces.count <= Self.interfaceLimit else {
        throw Refusal(.invalidValue, "the inventory grows beyond its bounds", at: "/listeners")
      }
      // A clock that runs ahead must not make an inventory look current for longer than it is.
      let time = min(update.takenAt, now)
      try session.noteInventory(of: agent.id, at: time, longestGap: context.settings.inventoryMaximumAge)
      try session.setInventory(
        of: agent.id, position: update.position, at: time,
        ownersVerifiedAt: update.ownersVerifiedAt.map { min($0, now) })
      if update.delta == nil || update.peers != nil { try session.setPeers(update.peers, of: agent.id) }
      var merge = ChartMerge(
        session: session, acceptedAt: now, closeAfter: context.settings.closeAfter,
        flapLimit: context.settings.flapLimit)
      try merge.replaceInventory(of: agent, interfaces: interfaces, listeners: listeners, at: time)
      return .apply
    }
  }
}
