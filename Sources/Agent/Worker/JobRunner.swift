internal import Model
internal import Synchronization
internal import Wire

/// Works one lease off: probes, reports in chunks, keeps the lease, and says the last word.
struct JobRunner: Sendable {
  /// What a job came to.
  enum Outcome: Sendable {
    case done(probesPerSecond: Double?)
    case returned(String)
    case cancelled(String)
    case lost(String)
    case failed(String)
  }

  /// Endpoints that may wait before a chunk leaves.
  private static let chunkEndpoints = 65_536
  private static let chunkInterval = Duration.seconds(1)
  /// How long the next answer is waited for when only names are left, and how often it is looked for.
  private static let namePatience = Duration.seconds(10)
  private static let nameInterval = Duration.milliseconds(50)

  let outbox: ResultOutbox
  let prober: any Prober
  let naming: any HostNaming
  let log: any WorkerLog
  let keeper: LeaseKeeper
  let clock: any WorkerClock
  let policy: LocalPolicy
  /// What of the host's ceiling is this runner's: two of them may run at once.
  let probesPerSecond: Int?
  let services: ServiceNames
  let stop: StopSignal

  /// Works the lease off; `granted` is the uptime at which the grant arrived: its `now` is anchored there.
  func run(_ grant: LeaseGrant, granted: Duration) async -> Outcome {
    let work: ProbeWork
    let run: any ProbeRun
    do {
      work = try self.work(for: grant)
      run = try prober.begin(work)
    } catch {
      let reason = "the job cannot be begun: \(error)"
      _ = await outbox.finish(word(grant, .failed, chunkCount: 0, reason: reason), of: grant.job)
      return .failed(reason)
    }
    let registration = stop.onStop { run.cancel() }
    defer { stop.forget(registration) }
    let end = Mutex<LeaseKeeper.End?>(nil)
    let keeping = Task { [keeper, outbox] in
      let result = await keeper.keep(grant, granted: granted)
      end.withLock { $0 = result }
      if case .released = result { return }
      run.cancel()
      await outbox.changed()
    }
    let report = await report(grant, work, run, granted: granted)
    let (outcome, word) = conclude(grant, report, end.withLock { $0 })
    var last = report.lastSpooled
    if let word, case .spooled(let number)? = await outbox.finish(word, of: grant.job) { last = number }
    // Until the coordinator has everything the lease is kept, so that it all counts.
    if let last { await outbox.waitUntilDelivered(last, orUntil: { end.withLock { $0 != nil } }) }
    keeping.cancel()
    await keeping.value
    return outcome
  }

  private func work(for grant: LeaseGrant) throws -> ProbeWork {
    let blocks = try grant.blocks.map { block in
      let addresses = try TargetList.parse(block.hosts).addresses(resolved: [:])
      let hosts = addresses.ranges
      let ports = try PortSelection.parse(block.ports, names: services, activeProtocols: [.tcp])
      // Throws for more addresses than can be counted, which no job has.
      let hostCount = try TargetSpace(addresses).count
      guard hostCount == block.rectangle.hosts.count128, ports.count == block.rectangle.ports.count else {
        throw ConversationError(.refused, "the job's addresses and ports do not fit its numbers")
      }
      return ProbeWork.Block(hosts: hosts, ports: ports)
    }
    let rate = [grant.pace.probesPerSecond, probesPerSecond].compactMap(\.self).min()
    return ProbeWork(
      blocks: blocks, probesPerSecond: rate, probesPerSecondPerHost: grant.pace.probesPerSecondPerHost,
      timing: grant.pace.timing, identifies: grant.identify ?? false, asksEchoes: grant.echoes ?? false,
      isAllowed: { [policy] in policy.permits($0, $1) })
  }

  /// How far the reporting came.
  private struct Report {
    var chunkCount = 0
    /// The number in the spool of what was said last, if it went there.
    var lastSpooled: UInt64?
    var isComplete = false
    var probesPerSecond: Double?
    var fault: ConversationError?
  }

  private func report(
    _ grant: LeaseGrant, _ work: ProbeWork, _ run: any ProbeRun, granted: Duration
  ) async -> Report {
    var report = Report()
    var ledger = JobLedger(rectangles: grant.blocks.map(\.rectangle))
    var names = grant.names == true ? JobNames(naming.begin()) : nil
    defer { names?.giveUp() }
    let size = grant.blocks.map(\.rectangle).endpointCount
    let begin = clock.uptime
    var sentAt = begin
    func time(_ uptime: Duration) -> Timestamp { grant.now + (uptime - granted) }
    func sendWaiting() async throws {
      while let content = ledger.takeContent(time: time) {
        let passage = try await outbox.report(
          ChunkReport(
            lease: grant.lease, number: report.chunkCount, completed: content.completed, sightings: content.sightings,
            ranges: content.ranges, names: content.names.isEmpty ? nil : content.names,
            hosts: content.hosts.isEmpty ? nil : content.hosts), of: grant.job)
        if case .spooled(let number) = passage { report.lastSpooled = number }
        report.chunkCount += 1
      }
      sentAt = clock.uptime
    }
    do {
      while true {
        let batch = try await run.next()
        if batch.isEmpty { break }
        for observation in batch.observations {
          ledger.record(observation)
          names?.look(at: observation)
        }
        for echo in batch.echoes {
          ledger.record(echo)
          names?.look(at: echo)
        }
        if let named = names?.take(now: time(clock.uptime)) { ledger.record(named) }
        if ledger.waitingCount >= Self.chunkEndpoints || clock.uptime - sentAt >= Self.chunkInterval {
          try await sendWaiting()
        }
      }
      let seconds = Double((clock.uptime - begin).wholeMilliseconds) / 1_000
      // Below a few hundred probes start-up and the last timeout say more about the measurement than about the pace.
      // The pace is that of TCP connects: what else is asked takes its own time.
      if ledger.recordedCount >= 500, seconds > 0, !work.takesItsTime {
        report.probesPerSecond = Double(ledger.recordedCount) / seconds
      }
      let isComplete = UInt128(ledger.recordedCount) == size
      if names != nil {
        try await sendWaiting()
        ledger.record(await lastNames(&names, waits: isComplete, of: grant.job, time: time))
      }
      try await sendWaiting()
      report.isComplete = isComplete
    } catch let error as ConversationError {
      report.fault = error
      run.cancel()
    } catch {
      report.fault = ConversationError(.refused, "\(error)")
      run.cancel()
    }
    return report
  }

  /// The names that are there, and where all is looked at those that still come: for as long as the next one does.
  private func lastNames(
    _ names: inout JobNames?, waits: Bool, of job: JobID, time: (Duration) -> Timestamp
  ) async -> [NamedHost] {
    guard var asked = names else { return [] }
    var named: [NamedHost] = []
    var patience = clock.uptime + Self.namePatience
    while waits, asked.isBusy, clock.uptime < patience, !stop.isStopping, !Task.isCancelled {
      try? await clock.sleep(for: Self.nameInterval)
      let before = asked.answeredCount
      // What was answered and not taken would look like an answer that is still to come.
      named += asked.take(now: time(clock.uptime))
      if asked.answeredCount != before { patience = clock.uptime + Self.namePatience }
    }
    named += asked.take(now: time(clock.uptime))
    asked.giveUp()
    if let complaint = asked.complaint { log.note("\(job): \(complaint)") }
    names = asked
    return named
  }

  /// What the job came to, and the last word that the coordinator should hear of it.
  private func conclude(
    _ grant: LeaseGrant, _ report: Report, _ end: LeaseKeeper.End?
  ) -> (outcome: Outcome, word: FinishRequest?) {
    func word(_ outcome: FinishRequest.Outcome, _ reason: String?) -> FinishRequest {
      self.word(grant, outcome, chunkCount: report.chunkCount, reason: reason)
    }
    if let fault = report.fault {
      switch fault.code {
      case .leaseLost, .notEnrolled: return (.lost(fault.description), nil)
      case .passing where stop.isStopping:
        // The coordinator is away and nobody waits for it any longer; that is not the job's fault.
        return (.returned(fault.description), word(.returned, fault.description))
      default: return (.failed(fault.description), word(.failed, fault.description))
      }
    }
    if report.isComplete { return (.done(probesPerSecond: report.probesPerSecond), word(.done, nil)) }
    if case .lost(let reason)? = end { return (.lost(reason), nil) }
    if case .cancelled(let reason)? = end { return (.cancelled(reason), word(.returned, reason)) }
    let reason = "the agent is stopping"
    return (.returned(reason), word(.returned, reason))
  }

  private func word(
    _ grant: LeaseGrant, _ outcome: FinishRequest.Outcome, chunkCount: Int, reason: String?
  ) -> FinishRequest {
    FinishRequest(
      lease: grant.lease, outcome: outcome, chunkCount: chunkCount, reason: reason.map { String($0.prefix(1_000)) })
  }
}
