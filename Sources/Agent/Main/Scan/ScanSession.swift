internal import Glibc
internal import LinuxSystem
internal import LocalSystem
internal import Model
internal import ScanEngine
internal import ScanReporting
internal import Synchronization

/// A scan under way: takes what the engine finds, tells the reports, keeps the journal and draws the progress.
@MainActor
final class ScanSession {
  private let plan: ScanPlan
  private let reports: ScanReports
  private let reporter: ScanReporter
  private let progress: ProgressLine
  private let clock = ClockAnchor()
  private let interruption = Interruption()
  private var ticks = 0

  /// nil where services are not asked.
  private var identification: ServiceIdentification?

  /// Five lines a second are as many as an eye follows.
  private static let tick = Duration.milliseconds(200)
  private static let ticksPerSecond = 5

  /// What a kill may cost is less than a second.
  private static let ticksBetweenWrites = 2

  /// How long the end of a scan waits for names that are still being looked up.
  private static let patienceForNames = Duration.seconds(15)

  init(_ plan: ScanPlan, _ reports: ScanReports, services: ServiceNames) {
    self.plan = plan
    self.reports = reports
    let isMixed = StandardStream.output.isTerminal && reports.streamsToStandardOutput
    let progress = ProgressLine(ProgressMeter(total: plan.total), isWanted: !isMixed)
    self.progress = progress
    let tellsOpen = plan.scan.outputOptions.verbosity > 0 && !plan.scan.hostsAlone
    reporter = ScanReporter(
      rows: reports.rows, hosts: reports.hosts, names: plan.scan.lookUpNames ? NameLookups() : nil,
      foundOpen: tellsOpen
        ? { row in
          let service = services.name(of: row.port).map { " (\($0))" } ?? ""
          progress.say("open \(row.host) \(row.port.port)/\(row.port.transport.rawValue)\(service)")
        } : nil)
  }

  /// Runs to the end, and prints. Blocks on files now and then.
  ///
  /// - Throws: `CommandFailure`.
  func run() async throws {
    reporter.begin()
    replay()
    if !plan.work.blocks.isEmpty { try await probe() }
    await awaitNames()
    progress.clear()
    let wasInterrupted = interruption.hasHappened.load(ordering: .acquiring)
    let now = clock.now
    if plan.earlier?.isFinished != true {
      let isStopped = wasInterrupted || reports.haveFailed || plan.journal?.failure != nil
      plan.journal?.note(isStopped ? .interrupted(now) : .finished(now))
    }
    try await conclude(wasInterrupted: wasInterrupted, at: now)
  }

  private func probe() async throws {
    // More descriptors mean more at once; without them the scan is slower and as right.
    _ = try? ResourceLimits.raiseOpenFiles()
    // The runtime's timers need descriptors when they are first used, and end the process where there are none: they take
    // them before the engine takes what is left.
    try? await Task.sleep(for: .microseconds(1))
    let run: ScanRun
    let engine: ConnectEngine
    do throws(ScanEngineError) {
      engine = try ConnectEngine()
      var work = plan.work
      // The default number of connections depends on the descriptors, which are more now.
      work.pace = plan.pace()
      run = try engine.begin(work)
    } catch {
      for file in reports.files { file.discard() }
      let isUsage = error.code == .invalidPace || error.code == .unsupportedProtocol
      throw isUsage ? CommandFailure.usage(error.description) : .failed(error.description)
    }
    defer { engine.shutdown() }
    let identification = try plan.scan.identifies ? ServiceIdentification.start() : nil
    self.identification = identification
    defer { identification?.shutdown() }
    let interruption = interruption
    let watch: SignalWatch
    do throws(SystemError) {
      watch = try SignalWatch([SIGINT, SIGTERM]) { _ in
        interruption.hasHappened.store(true, ordering: .releasing)
        run.cancel()
        identification?.cancelAll()
      }
    } catch { throw CommandFailure.failed(error.description) }
    let ticker = Task { @MainActor in
      while !Task.isCancelled {
        self.beat(run)
        try? await Task.sleep(for: Self.tick)
      }
    }
    if let identification {
      await identification.follow(run, isAllowed: plan.work.isAllowed) { news in
        switch news {
        case .observations(let observations): take(observations)
        case .answer(let observation, let identity): take(observation, identity)
        case .host(let host): take(host)
        }
        stopUnlessWanted(run)
      }
    } else {
      for await batch in run {
        take(batch.observations)
        for host in batch.hosts { take(host) }
        stopUnlessWanted(run)
      }
    }
    ticker.cancel()
    withExtendedLifetime(watch) {}
  }

  /// The reader went away, or there is no room: nobody wants the rest.
  private func stopUnlessWanted(_ run: ScanRun) {
    guard reports.haveFailed else { return }
    run.cancel()
    identification?.cancelAll()
  }

  private func take(_ observations: [Observation]) {
    for observation in observations { take(observation, nil) }
  }

  private func take(_ observation: Observation, _ identity: ServiceIdentity?) {
    let row = ScanRow(observation, identity: identity)
    plan.journal?.record(row)
    reporter.add(row, tries: observation.tries)
  }

  private func take(_ host: HostObservation) {
    if plan.scan.hostsAlone { reporter.countSettled(1) }
    let summary = HostSummary(host, clock: clock)
    plan.journal?.record(host.host, summary)
    reporter.finish(host.host, summary)
  }

  /// What is done now and then beside the batches.
  private func beat(_ run: ScanRun) {
    reporter.takeNames()
    progress.draw(reporter.counts)
    ticks += 1
    if ticks.isMultiple(of: Self.ticksBetweenWrites) { plan.journal?.write() }
    if ticks.isMultiple(of: Self.ticksPerSecond) {
      reports.flush()
      plan.journal?.sync()
    }
    // Without its journal the scan could not go on later, as was promised.
    guard plan.journal?.failure != nil else { return }
    run.cancel()
    identification?.cancelAll()
  }

  private func awaitNames() async {
    let start = ContinuousClock.now
    reporter.takeNames()
    while reporter.awaitsNames, ContinuousClock.now - start < Self.patienceForNames,
      !interruption.hasHappened.load(ordering: .acquiring)
    {
      try? await Task.sleep(for: .milliseconds(20))
      reporter.takeNames()
    }
  }

  /// Tells the reports what an earlier call found.
  private func replay() {
    guard let earlier = plan.earlier, let space = try? TargetSpace(plan.targets) else { return }
    reporter.countSettled(plan.total - min(plan.total, plan.remaining))
    var replay = JournalReplay(earlier, space: space)
    let unfinished = plan.scan.hostsAlone ? AddressSet() : AddressSet(plan.work.blocks.flatMap(\.hosts))
    replay.tell(reporter, hostsAlone: plan.scan.hostsAlone, unfinished: unfinished)
  }

  private func conclude(wasInterrupted: Bool, at now: Timestamp) async throws {
    let journalFailure = plan.journal?.failure
    let hint = plan.journal.map { "; go on with --resume \($0.path)" } ?? ""
    var reason: String?
    if wasInterrupted { reason = "interrupted" }
    if reports.haveFailed { reason = "another report could not be written" }
    if let journalFailure { reason = "the journal could not be written: \(journalFailure)" }
    let endedAt = plan.earlier?.isFinished == true ? plan.earlier?.endedAt ?? now : now
    reporter.end(startedAt: plan.startedAt, endedAt: endedAt, failure: reason)
    if let failure = reports.finish() { throw failure }
    if reporter.unchecked > 0 {
      CommandFailure.say("\(reporter.unchecked) endpoints are unchecked: this host could not look at them")
    }
    if reporter.unnamed > 0 {
      CommandFailure.say("\(reporter.unnamed) hosts are without a name: the name servers could not keep up")
    }
    if let journalFailure {
      throw CommandFailure.failed(
        "the scan was stopped, because its journal cannot be written: \(journalFailure)\(hint)")
    }
    if wasInterrupted {
      throw CommandFailure(message: "interrupted; what was found until then is reported\(hint)", exitCode: 130)
    }
  }

  /// Whether a signal asked to stop; set on the signals' thread.
  final class Interruption: Sendable {
    let hasHappened = Atomic<Bool>(false)
  }
}
