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
  private var unasked = UnaskedServices()

  /// How many endpoints could not be looked at, by the errno that this host gave.
  private var localErrors: [Int32: Int] = [:]

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
      ports: plan.askedPorts,
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
      let isStopped =
        wasInterrupted || reports.haveFailed || plan.journal?.failure != nil || plan.journal?.leavesWork == true
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
    let (engine, run, watch): (ConnectEngine, ScanRun, SignalWatch)
    do throws(CommandFailure) { (engine, run, watch) = try start() } catch {
      // Half a report would look like one of a scan that found nothing.
      for file in reports.files { file.discard() }
      identification?.shutdown()
      throw error
    }
    defer {
      identification?.shutdown()
      engine.shutdown()
    }
    let ticker = Task { @MainActor in
      while !Task.isCancelled {
        self.beat(run)
        try? await Task.sleep(for: Self.tick)
      }
    }
    if let identification {
      let identified = identification.identified(run, isAllowed: plan.work.isAllowed)
      while let news = await identified.next() {
        switch news {
        case .observations(let observations): take(observations)
        case .answer(let observation, .asked(let identity)): take(observation, identity)
        case .answer(let observation, .unasked(let failure)):
          take(observation, nil, isSettled: !unasked.add(failure))
        case .hosts(let hosts): for host in hosts { take(host) }
        // Told of jobs alone: a scan's hosts say themselves why they are up.
        case .echoes: continue
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

  /// Starts everything that the system could refuse.
  private func start() throws(CommandFailure) -> (ConnectEngine, ScanRun, SignalWatch) {
    var work = plan.work
    // The default number of connections depends on the descriptors, which are more now.
    work.pace = plan.pace()
    let engine: ConnectEngine
    let run: ScanRun
    do throws(ScanEngineError) {
      engine = try ConnectEngine()
      run = try engine.begin(work)
    } catch {
      let isUsage = error.code == .invalidPace || error.code == .unsupportedProtocol
      throw isUsage ? .usage(error.description) : .failed(error.description)
    }
    do throws(SystemError) {
      let identification = try plan.scan.identifies ? ServiceIdentification.start(work.pace) : nil
      self.identification = identification
      let interruption = interruption
      let watch = try SignalWatch([SIGINT, SIGTERM]) { _ in
        interruption.hasHappened.store(true, ordering: .releasing)
        run.cancel()
        identification?.cancelAll()
      }
      return (engine, run, watch)
    } catch {
      run.cancel()
      engine.shutdown()
      let hint = [EMFILE, ENFILE].contains(error.errno) ? "; raise `ulimit -n`" : ""
      throw .failed("the scan cannot begin: \(error)\(hint)")
    }
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

  private func take(_ observation: Observation, _ identity: ServiceIdentity?, isSettled: Bool = true) {
    if let errno = observation.localErrno { localErrors[errno, default: 0] += 1 }
    let row = ScanRow(observation, identity: identity)
    // What is not in the journal is looked at again when the scan goes on.
    if isSettled { plan.journal?.record(row) } else { plan.journal?.leaveWork() }
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
      let errors = localErrors.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(3).map {
        "\(SystemError.text(of: $0.key)) \($0.value) times"
      }
      let detail = errors.isEmpty ? "" : " (\(errors.joined(separator: ", ")))"
      CommandFailure.say("\(reporter.unchecked) endpoints are unchecked: this host could not look at them\(detail)")
    }
    if let text = unasked.text { CommandFailure.say(text) }
    if !wasInterrupted, journalFailure == nil, plan.journal?.leavesWork == true {
      CommandFailure.say("what this host could not look at or ask is tried again\(hint)")
    }
    if reporter.unnamed > 0 {
      CommandFailure.say("\(reporter.unnamed) hosts are without a name: the name servers could not keep up")
    }
    if let journalFailure {
      throw CommandFailure.failed(
        "the scan was stopped, because its journal cannot be written: \(journalFailure)\(hint)")
    }
    if wasInterrupted {
      let left = plan.total - min(plan.total, reporter.counts.settled)
      let unreached = left > 0 ? "; \(left) \(plan.scan.hostsAlone ? "hosts" : "endpoints") were not reached" : ""
      throw CommandFailure(
        message: "interrupted; what was found until then is reported\(unreached)\(hint)", exitCode: 130)
    }
  }

  /// Whether a signal asked to stop; set on the signals' thread.
  final class Interruption: Sendable {
    let hasHappened = Atomic<Bool>(false)
  }
}
