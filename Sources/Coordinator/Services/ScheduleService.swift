package import CoordinatorCore
package import Model
package import Schedules

/// Schedules as people see them: added, changed, previewed, run now.
package struct ScheduleService: Sendable {
  /// A schedule as somebody wants it.
  package struct Draft: Sendable {
    package var name: String
    package var expression: String
    package var timeZone: String
    package var submission: ScanService.Submission
    package var policy = SchedulePolicy()
    package var isPaused = false
    package var note: String?
    package var expiresAt: Timestamp?

    package init(name: String, expression: String, timeZone: String, submission: ScanService.Submission) {
      self.name = name
      self.expression = expression
      self.timeZone = timeZone
      self.submission = submission
    }
  }

  /// A schedule with what a listing says of it.
  package struct Status: Sendable {
    package let record: ScheduleRecord
    package let submission: ScanService.Submission
    /// When the next run may start; nil: never, or it is paused.
    package let nextStart: Timestamp?
    package let lastSlot: ScheduleSlot?
  }

  /// A coming run, and what will keep it from running.
  package struct PreviewedRun: Sendable {
    package let run: ScheduledRun
    /// RFC 3339 by the schedule's clock.
    package let local: String
    package let notes: [String]
  }

  /// What adding or changing a schedule comes to.
  package struct Receipt: Sendable {
    /// Nil: it was a dry run.
    package let status: Status?
    package let preview: [PreviewedRun]
    package let warnings: [String]
    package let places: PlaceNames
  }

  static let previewCount = 10

  let context: FleetContext
  package let scans: ScanService

  package init(context: FleetContext, scans: ScanService) {
    self.context = context
    self.scans = scans
  }

  package func schedules() async throws -> (schedules: [Status], places: PlaceNames) {
    let now = context.clock.now
    return try await context.store.read { [context] session in
      (
        try session.schedules().map { try Self.status(of: $0, at: now, context, session) },
        try PlaceNames(session)
      )
    }
  }

  /// Throws a `Refusal` with `notFound`.
  package func schedule(_ id: ScheduleID) async throws -> (status: Status, places: PlaceNames) {
    let now = context.clock.now
    return try await context.store.read { [context] session in
      (try Self.status(of: Self.found(id, session), at: now, context, session), try PlaceNames(session))
    }
  }

  static func found(_ id: ScheduleID, _ session: any ReadSession) throws -> ScheduleRecord {
    guard let schedule = try session.schedule(id) else { throw Refusal(.notFound, "there is no \(id)") }
    return schedule
  }

  static func status(
    of schedule: ScheduleRecord, at now: Timestamp, _ context: FleetContext, _ session: any ReadSession
  ) throws -> Status {
    let times = try? ScheduleTimes(schedule, timeZones: context.timeZones)
    return Status(
      record: schedule, submission: try StoredSubmission.read(schedule.request),
      nextStart: schedule.isPaused
        ? nil : times?.nextStart(after: max(now - schedule.delay, min(schedule.cursor, now)), taken: []),
      lastSlot: try session.slots(of: schedule.id, before: nil, limit: 1).first)
  }

  /// Adds a schedule, or with `id` puts another in its place; a dry run changes nothing.
  ///
  /// Throws a `Refusal` that points at the field at fault, those of the scan below `/scan`.
  package func save(
    _ draft: Draft, as id: ScheduleID? = nil, isDryRun: Bool, by principal: AccessService.Principal
  ) async throws -> Receipt {
    let now = context.clock.now
    let prepared = try await PreparedSchedule(
      draft, at: now, scans: scans, timeZones: context.timeZones, by: principal)
    try prepared.checkExpiry(at: now)
    let (record, checked, named) = try await context.store.read { session in
      (try prepared.record(in: session, at: now), try prepared.scan.checked(in: session), try PlaceNames(session))
    }
    let preview = try await preview(of: record)
    let warnings = try await warnings(prepared, checked)
    guard !isDryRun else { return Receipt(status: nil, preview: preview, warnings: warnings, places: named) }
    let (status, places) = try await context.queue.commit { [context] session in
      let saved = try Self.save(try prepared.record(in: session, at: now), as: id, at: now, context, in: session)
      return (try Self.status(of: saved, at: now, context, session), try PlaceNames(session))
    }
    return Receipt(status: status, preview: preview, warnings: warnings, places: places)
  }

  private func warnings(_ prepared: PreparedSchedule, _ checked: PreparedScan.Checked) async throws -> [String] {
    let seconds = try await scans.secondsExpected(
      for: checked.plan, site: checked.site.id, zones: checked.zones, submission: prepared.draft.submission)
    guard let seconds, let interval = prepared.shortestInterval, Duration.seconds(seconds) > interval else { return [] }
    return [
      "a scan should take \(DurationText.print(.seconds(Int64(seconds)))), longer than the \(DurationText.print(interval)) between two runs"
    ]
  }

  /// Stores a checked schedule.
  @discardableResult
  static func save(
    _ wanted: ScheduleRecord, as id: ScheduleID?, at now: Timestamp, _ context: FleetContext,
    in session: any WriteSession
  ) throws -> ScheduleRecord {
    if let other = try session.schedule(named: wanted.name), other.id != id {
      throw Refusal(.conflict, "there is a schedule \"\(wanted.name)\" already", at: "/name")
    }
    var record = wanted
    if let id {
      let before = try found(id, session)
      if record.isPaused { try endWaiting(of: id, at: now, in: session) }
      record.id = id
      record.createdBy = before.createdBy
      record.createdAt = before.createdAt
      record.revision = before.revision + 1
      record.lastScan = before.lastScan
      // Of another expression nothing is due yet; the past of the same one stays decided.
      let isSameClock = before.expression == record.expression && before.timeZone == record.timeZone
      // While it was expired or paused nothing was to run, so that nothing is missing.
      let wasExpired = before.expiresAt.map { $0 <= now } ?? false
      record.cursor = isSameClock && !before.isPaused && !wasExpired ? before.cursor : now
    } else {
      record.id = try session.insertSchedule(record)
    }
    record.nextLook =
      record.isPaused
      ? nil : try ScheduleTimes(record, timeZones: context.timeZones).nextStart(after: record.cursor, taken: [])
    // A run that waits is minded at the next look, whatever else was said meanwhile.
    if let id, !record.isPaused, try !session.waitingSlots(of: id).isEmpty {
      record.nextLook = min(record.nextLook ?? now, now)
    }
    try session.updateSchedule(record)
    return record
  }

  /// Its slots go with it, its scans stay.
  package func remove(_ id: ScheduleID) async throws {
    let now = context.clock.now
    try await context.queue.commit { session in
      _ = try Self.found(id, session)
      try session.removeSchedule(id, at: now)
    }
  }

  /// Nothing is due while it is paused; what would have been has no row.
  package func setPaused(_ id: ScheduleID, _ isPaused: Bool) async throws {
    let now = context.clock.now
    try await context.queue.commit { [context] session in
      var record = try Self.found(id, session)
      guard record.isPaused != isPaused else { return }
      record.isPaused = isPaused
      record.revision += 1
      if isPaused { try Self.endWaiting(of: id, at: now, in: session) } else { record.cursor = now }
      record.nextLook =
        isPaused ? nil : try ScheduleTimes(record, timeZones: context.timeZones).nextStart(after: now, taken: [])
      try session.updateSchedule(record)
    }
  }

  /// What waits when its schedule is paused does not run.
  private static func endWaiting(of id: ScheduleID, at now: Timestamp, in session: any WriteSession) throws {
    for slot in try session.waitingSlots(of: id) {
      let reason = "the schedule was paused while it waited: \(slot.reason ?? "")"
      _ = try session.setSlot(
        ScheduleSlot(slot: slot.slot, outcome: .skipped, reason: reason, decidedAt: now), of: id)
    }
  }

  /// Newest first.
  package func slots(of id: ScheduleID, before: Timestamp?, limit: Int) async throws -> [ScheduleSlot] {
    try await context.store.read { session in
      _ = try Self.found(id, session)
      return try session.slots(of: id, before: before, limit: limit)
    }
  }

  /// Runs it at once, besides its planned runs. Throws a `Refusal` with `conflict` while its last scan runs, unless its policy
  /// is to replace that.
  package func runNow(_ id: ScheduleID, by principal: AccessService.Principal) async throws -> ScanID {
    let now = context.clock.now
    let schedule = try await context.store.read { try Self.found(id, $0) }
    let prepared = try await scans.prepare(StoredSubmission.read(schedule.request), for: schedule)
    let stored = try await context.queue.commit { [context] session in
      var record = try Self.found(id, session)
      let running = try record.lastScan.flatMap { try session.scan($0) }.flatMap { $0.state.isOver ? nil : $0 }
      if let running, record.policy.overlap != .replace {
        throw Refusal(.conflict, "\(running.id) of this schedule still runs; wait for it, or cancel it")
      }
      let stored = try prepared.store(in: session)
      let slot = ScheduleSlot(
        slot: now, outcome: .ran, scan: stored.id, reason: "asked for by \(principal.name)", decidedAt: now)
      guard try session.setSlot(slot, of: id) else {
        throw Refusal(.conflict, "it has just been started")
      }
      if let running {
        try JobLifecycle(session: session, settings: context.settings, now: now).end(running, as: .cancelled)
      }
      record.lastScan = stored.id
      try session.advance(id, cursor: record.cursor, nextLook: record.nextLook, lastScan: stored.id)
      return stored
    }
    scans.offer(stored)
    context.holders.wake()
    return stored.id
  }
}
