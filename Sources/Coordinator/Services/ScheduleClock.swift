internal import CoordinatorCore
internal import Logging
internal import Model
internal import Schedules
internal import ServiceLifecycle
internal import Synchronization

/// Starts what is due, once a second, and wakes whom a blackout that begins or ends concerns.
package final class ScheduleClock: Service {
  /// Schedules looked at together: they share a transaction, which others wait for.
  private static let batch = 16

  private let context: FleetContext
  private let scans: ScanService
  private let logger = Logger(label: "periplus.schedules")
  private let watch: Mutex<ClockWatch>
  private let blackouts = Mutex<Set<BlackoutID>>([])
  private let lookups = Mutex<[ScheduleID: Lookup]>([:])

  /// Host names of a schedule's scan, looked up beside the clock, which waits for no name server.
  private struct Lookup {
    let revision: Int64
    /// Nil: it goes on.
    var readiness: Readiness?
    var since = ContinuousClock.now
  }

  private static let lookupLimit = 256
  /// How long an answer that nobody fetched is true: each run resolves its names anew.
  private static let lookupAge = Duration.seconds(60)

  private enum Names {
    case known(Readiness)
    case lookedUp
    /// Too many others are being looked up.
    case waiting
  }

  package init(context: FleetContext, scans: ScanService) {
    self.context = context
    self.scans = scans
    watch = Mutex(ClockWatch(patience: .seconds(3_600)))
  }

  package func run() async throws {
    let begin = ContinuousClock.now
    var isBegun = false
    for await _ in AsyncTimerTicks(every: .seconds(1)).cancelOnGracefulShutdown() {
      do {
        if !isBegun {
          try await lookAtAll()
          isBegun = true
        }
        try await mindTheClock(since: ContinuousClock.now - begin)
        while try await tick() == Self.batch, !Task.isCancelled {}
      } catch is CancellationError {
        return
      } catch {
        // A full disk and a queue that is behind pass: slots have no row until they are decided, and wait.
        logger.error("schedules could not be looked at: \(error)")
      }
    }
  }

  /// Time zones may have been updated since, and the clock set.
  package func lookAtAll() async throws {
    let now = context.clock.now
    try await context.queue.commit { try $0.lookAtEverySchedule(by: now) }
  }

  /// A clock that was set back leaves schedules that were looked at in its future.
  package func mindTheClock(since continuous: @autoclosure () -> Duration) async throws {
    let reading = ClockReading(wall: context.clock, continuous: continuous)
    for case .stepped(let step) in watch.withLock({ $0.look(reading) }) {
      // The reaper says that it was.
      logger.notice("every schedule is looked at anew, after a step of \(step)")
      try await lookAtAll()
    }
  }

  /// One look at some of those that are due; returns how many were looked at without a fault of this machine.
  @discardableResult
  package func tick() async throws -> Int {
    let start = ContinuousClock.now
    defer { context.measurements.scheduleLook.note(ContinuousClock.now - start) }
    let now = context.clock.now
    lookups.withLock { lookups in
      lookups = lookups.filter { $0.value.readiness == nil || start - $0.value.since < Self.lookupAge }
    }
    let lookedUp = Set(lookups.withLock { $0.filter { $0.value.readiness == nil }.keys })
    let (found, active) = try await context.store.read { [context] session in
      (
        try session.dueSchedules(by: now, limit: Self.batch + lookedUp.count),
        try context.blackouts.active(at: now, in: session)
      )
    }
    let due = found.filter { !lookedUp.contains($0.id) }.prefix(Self.batch)
    try await noteBlackouts(active)
    return await withTaskGroup(of: Bool.self) { group in
      for schedule in due { group.addTask { await self.look(at: schedule) } }
      return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
    }
  }

  private func noteBlackouts(_ active: [ActiveBlackout]) async throws {
    let ids = Set(active.map(\.record.id))
    let before = blackouts.withLock { known in
      defer { known = ids }
      return known
    }
    if !ids.subtracting(before).isEmpty { context.holders.wake() }
    if !before.subtracting(ids).isEmpty { try await context.offerWorkEverywhere() }
  }

  /// False: it is due as before.
  private func look(at schedule: ScheduleRecord) async -> Bool {
    do {
      return try await decide(schedule)
    } catch is CancellationError {
      return false
    } catch let error as ScheduleError {
      await putOff(schedule, "\(error)")
      return true
    } catch {
      logger.error("\(schedule.name) could not be looked at: \(error)")
      return false
    }
  }

  /// What cannot be read is looked at again when somebody may have mended it.
  private func putOff(_ schedule: ScheduleRecord, _ reason: String) async {
    logger.error("schedule \(schedule.name) is not run: \(reason)")
    let later = context.clock.now + .seconds(3_600)
    do {
      try await context.queue.commit { session in
        try session.advance(schedule.id, cursor: schedule.cursor, nextLook: later, lastScan: schedule.lastScan)
      }
    } catch {
      logger.error("schedule \(schedule.name) could not be put off: \(error)")
    }
  }

  private enum Readiness: Sendable {
    case prepared(PreparedScan)
    case refused(Refusal)
  }

  /// False: its names are still to be looked up, and it is due as before.
  private func decide(_ schedule: ScheduleRecord) async throws -> Bool {
    let now = context.clock.now
    let look = try await context.store.read { [context] in
      try ScheduleLook(schedule, at: now, context: context, in: $0)
    }
    var readiness: Readiness?
    if look.plan.start != nil {
      do {
        if try scans.hasHostNames(look.submission) {
          switch try await lookedUp(schedule, look.submission) {
          case .known(let found): readiness = found
          case .lookedUp: return true
          case .waiting: return false
          }
        } else {
          readiness = .prepared(try await scans.prepare(look.submission, for: schedule))
        }
      } catch let refusal as Refusal {
        readiness = .refused(refusal)
      }
    }
    let outcome = try await context.queue.commit { [context, readiness] session in
      try Self.write(schedule, at: now, readiness, context: context, in: session)
    }
    if let stored = outcome.stored { scans.offer(stored) }
    if outcome.hasReplaced { context.holders.wake() }
    return true
  }

  /// What became of a schedule's names.
  private func lookedUp(
    _ schedule: ScheduleRecord, _ submission: ScanService.Submission
  ) async throws -> Names {
    let (id, revision) = (schedule.id, schedule.revision)
    let begins: Bool? = lookups.withLock { lookups in
      if let known = lookups[id], known.readiness == nil || known.revision == revision { return false }
      guard lookups.count < Self.lookupLimit else { return nil }
      lookups[id] = Lookup(revision: revision)
      return true
    }
    guard let begins else { return .waiting }
    if begins {
      // Ends by the resolver's own deadline; nobody waits for it when the coordinator stops.
      Task { [self] in
        let readiness: Readiness?
        do {
          readiness = .prepared(try await scans.prepare(submission, for: schedule))
        } catch {
          readiness = (error as? Refusal).map { .refused($0) }
        }
        // Without an answer it is begun anew.
        lookups.withLock { $0[id] = readiness.map { Lookup(revision: revision, readiness: $0) } }
      }
    }
    // Most names are known at once.
    for pause in [1, 4, 20, 75] {
      let found = lookups.withLock { lookups -> Readiness? in
        guard let known = lookups[id], known.revision == revision, let readiness = known.readiness else { return nil }
        lookups[id] = nil
        return readiness
      }
      if let found { return .known(found) }
      try await Task.sleep(for: .milliseconds(pause))
    }
    return .lookedUp
  }

  /// Slots, scan and cursor in one transaction: whatever ends the program, a slot has its row and its one scan, or neither.
  private static func write(
    _ seen: ScheduleRecord, at now: Timestamp, _ readiness: Readiness?, context: FleetContext,
    in session: any WriteSession
  ) throws -> (stored: PreparedScan.Stored?, hasReplaced: Bool) {
    guard let schedule = try session.schedule(seen.id), schedule.revision == seen.revision, !schedule.isPaused else {
      return (nil, false)
    }
    let look = try ScheduleLook(schedule, at: now, context: context, in: session)
    // Something has changed since it was read, and the names are not resolved: the next look does it.
    if look.plan.start != nil, readiness == nil { return (nil, false) }
    for row in look.plan.rows where try session.setSlot(row, of: schedule.id) {
      try tell(row, of: schedule, at: now, in: session)
    }
    guard let start = look.plan.start, let readiness else {
      try look.advance(started: nil, in: session)
      return (nil, false)
    }
    var slot = ScheduleSlot(
      slot: start.slot, outcome: start.outcome, reason: start.reason, decidedAt: now)
    var stored: PreparedScan.Stored?
    do {
      switch readiness {
      case .prepared(let scan): stored = try scan.store(in: session)
      case .refused(let refusal): throw refusal
      }
    } catch let refusal as Refusal where refusal.isForGood {
      slot.outcome = .failed
      slot.reason = refusal.message
    }
    slot.scan = stored?.id
    guard try session.setSlot(slot, of: schedule.id) else {
      throw StoreError(.failed, "the slot \(start.slot) of \(schedule.name) was decided before")
    }
    try tell(slot, of: schedule, at: now, in: session)
    var hasReplaced = false
    if stored != nil, let old = start.replacing, let scan = try session.scan(old), !scan.state.isOver {
      try JobLifecycle(session: session, settings: context.settings, now: now).end(scan, as: .cancelled)
      hasReplaced = true
    }
    try look.advance(started: stored?.id, in: session)
    return (stored, hasReplaced)
  }
}

extension ScheduleClock {
  /// A run that did not take place though it was to.
  private static func tell(
    _ slot: ScheduleSlot, of schedule: ScheduleRecord, at now: Timestamp, in session: any WriteSession
  ) throws {
    guard slot.outcome == .missed || slot.outcome == .failed else { return }
    try session.append([
      ChangeNotice(
        kind: .scheduleMissed, site: schedule.site, before: schedule.name, after: slot.outcome.rawValue,
        observedAt: slot.slot, acceptedAt: now, evidence: slot.reason)
    ])
  }
}

extension Refusal {
  /// Not a matter of waiting a moment.
  var isForGood: Bool { code != .shuttingDown && code != .overloaded }
}

extension ScanService {
  /// What a schedule asks for, in its own name and site.
  func prepare(_ submission: Submission, for schedule: ScheduleRecord) async throws -> PreparedScan {
    var submission = submission
    submission.name = schedule.name
    let principal = AccessService.Principal(
      name: "schedule:\(schedule.id.rawValue)", role: .operating, site: schedule.site)
    return try await prepare(submission, by: principal)
  }
}
