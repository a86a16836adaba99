internal import Model
internal import Synchronization
internal import Wire

/// Works one lease off: probes, reports in chunks, keeps the lease, and says the last word.
struct JobRunner: Sendable {
  /// What a job came to.
  enum Outcome: Sendable {
    case done(probesPerSecond: Double?)
    case returned(String)
    case cancelled
    case lost(String)
    case failed(String)
  }

  /// Endpoints that may wait before a chunk leaves.
  private static let chunkEndpoints = 65_536
  private static let chunkInterval = Duration.seconds(1)

  let conversation: any CoordinatorConversation
  let prober: any Prober
  let keeper: LeaseKeeper
  let clock: any WorkerClock
  let policy: LocalPolicy
  let services: ServiceNames
  let stop: StopSignal

  /// Works the lease off; `granted` is the uptime at which the grant arrived: its `now` is anchored there.
  func run(_ grant: LeaseGrant, granted: Duration) async -> Outcome {
    let run: any ProbeRun
    do {
      run = try prober.begin(try work(for: grant))
    } catch {
      let reason = "the job cannot be begun: \(error)"
      await finish(grant, .failed, chunkCount: 0, reason: reason)
      return .failed(reason)
    }
    let registration = stop.onStop { run.cancel() }
    defer { stop.forget(registration) }
    let end = Mutex<LeaseKeeper.End?>(nil)
    let keeping = Task { [keeper] in
      let result = await keeper.keep(grant, granted: granted)
      end.withLock { $0 = result }
      if case .released = result { return }
      run.cancel()
    }
    let report = await report(grant, run, granted: granted)
    keeping.cancel()
    await keeping.value
    return await conclude(grant, report, end.withLock { $0 })
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
    let rate = [grant.pace.probesPerSecond, policy.probesPerSecond].compactMap(\.self).min()
    return ProbeWork(
      blocks: blocks, probesPerSecond: rate, probesPerSecondPerHost: grant.pace.probesPerSecondPerHost,
      timing: grant.pace.timing, isAllowed: { [policy] in policy.permits($0, $1) })
  }

  /// How far the reporting came.
  private struct Report {
    var chunkCount = 0
    var isComplete = false
    var probesPerSecond: Double?
    var fault: ConversationError?
  }

  private func report(_ grant: LeaseGrant, _ run: any ProbeRun, granted: Duration) async -> Report {
    var report = Report()
    var ledger = JobLedger(rectangles: grant.blocks.map(\.rectangle))
    let size = grant.blocks.map(\.rectangle).endpointCount
    let begin = clock.uptime
    var sentAt = begin
    func time(_ uptime: Duration) -> Timestamp { grant.now + (uptime - granted) }
    func sendWaiting() async throws {
      while let content = ledger.takeContent(time: time) {
        try await send(
          ChunkReport(
            lease: grant.lease, number: report.chunkCount, completed: content.completed, sightings: content.sightings,
            ranges: content.ranges), grant.job)
        report.chunkCount += 1
      }
      sentAt = clock.uptime
    }
    do {
      while true {
        let batch = try await run.next()
        if batch.isEmpty { break }
        for observation in batch { ledger.record(observation) }
        if ledger.waitingCount >= Self.chunkEndpoints || clock.uptime - sentAt >= Self.chunkInterval {
          try await sendWaiting()
        }
      }
      let seconds = Double((clock.uptime - begin).wholeMilliseconds) / 1_000
      // Below a few hundred probes start-up and the last timeout say more about the measurement than about the pace.
      if ledger.recordedCount >= 500, seconds > 0 { report.probesPerSecond = Double(ledger.recordedCount) / seconds }
      try await sendWaiting()
      report.isComplete = UInt128(ledger.recordedCount) == size
    } catch let error as ConversationError {
      report.fault = error
      run.cancel()
    } catch {
      report.fault = ConversationError(.refused, "\(error)")
      run.cancel()
    }
    return report
  }

  /// Sends a chunk until it is taken. Results outlive a coordinator that is away: probing waits meanwhile, because
  /// nobody asks the run for more.
  private func send(_ chunk: ChunkReport, _ job: JobID) async throws {
    var pause = RetryPause()
    while true {
      do {
        let receipt = try await conversation.report(job, chunk)
        if !receipt.isCounted { throw ConversationError(.leaseLost, "the lease ran out before the results arrived") }
        return
      } catch let error as ConversationError where error.code == .passing {
        if stop.isStopping { throw error }
        await stop.sleep(for: pause.take(), clock)
        if Task.isCancelled { throw error }
      }
    }
  }

  private func conclude(_ grant: LeaseGrant, _ report: Report, _ end: LeaseKeeper.End?) async -> Outcome {
    if let fault = report.fault {
      switch fault.code {
      case .leaseLost, .notEnrolled: return .lost(fault.description)
      case .passing where stop.isStopping:
        // The coordinator is away and nobody waits for it any longer; that is not the job's fault.
        await finish(grant, .returned, chunkCount: report.chunkCount, reason: fault.description)
        return .returned(fault.description)
      default:
        await finish(grant, .failed, chunkCount: report.chunkCount, reason: fault.description)
        return .failed(fault.description)
      }
    }
    if report.isComplete {
      await finish(grant, .done, chunkCount: report.chunkCount, reason: nil)
      return .done(probesPerSecond: report.probesPerSecond)
    }
    if case .lost(let reason)? = end { return .lost(reason) }
    let isCancelled = if case .cancelled? = end { true } else { false }
    let reason = isCancelled ? "cancelled" : "the agent is stopping"
    await finish(grant, .returned, chunkCount: report.chunkCount, reason: reason)
    return isCancelled ? .cancelled : .returned(reason)
  }

  /// The last word is tried a few times; if it does not arrive, the lease runs out and the coordinator takes the
  /// remainder back by itself.
  private func finish(
    _ grant: LeaseGrant, _ outcome: FinishRequest.Outcome, chunkCount: Int, reason: String?
  ) async {
    let request = FinishRequest(
      lease: grant.lease, outcome: outcome, chunkCount: chunkCount, reason: reason.map { String($0.prefix(1_000)) })
    var pause = RetryPause()
    for _ in 0..<(stop.isStopping ? 3 : 10) {
      do {
        try await conversation.finish(grant.job, request)
        return
      } catch let error as ConversationError where error.code == .passing {
        do { try await clock.sleep(for: pause.take()) } catch { return }
      } catch {
        return
      }
    }
  }
}
