internal import CoordinatorCore
internal import Model
internal import Schedules

/// One look at a schedule inside one transaction: what its slots come to, and what of it is written.
struct ScheduleLook {
  /// How soon a slot that waits for a scan is looked at again.
  private static let queueInterval = Duration.seconds(2)
  /// A blackout may be lifted before its time.
  private static let blackoutInterval = Duration.seconds(30)

  let times: ScheduleTimes
  let submission: ScanService.Submission
  let circumstances: SlotPlan.Circumstances
  let plan: SlotPlan
  private let now: Timestamp

  /// Throws a `ScheduleError` for an expression or time zone that cannot be read any more, and what the store throws.
  init(_ schedule: ScheduleRecord, at now: Timestamp, context: FleetContext, in session: any ReadSession) throws {
    times = try ScheduleTimes(schedule, timeZones: context.timeZones)
    submission = try StoredSubmission.read(schedule.request)
    self.now = now
    let from = min(schedule.cursor, now)
    let taken = Set(try session.slotTimes(of: schedule.id, after: from, limit: ScheduleTimes.rowLimit * 4))
    let (due, uncounted) = times.due(by: now, taken: taken)
    var running: ScanID?
    if let last = schedule.lastScan, let scan = try session.scan(last), !scan.state.isOver { running = last }
    circumstances = SlotPlan.Circumstances(
      now: now, due: due, uncounted: uncounted, waiting: try session.waitingSlots(of: schedule.id).first,
      running: running, blackout: try Self.blackout(over: schedule, submission, at: now, context, session))
    plan = SlotPlan(circumstances, policy: schedule.policy)
  }

  /// The blackout that leaves the whole of a schedule's scan nothing to do.
  private static func blackout(
    over schedule: ScheduleRecord, _ submission: ScanService.Submission, at now: Timestamp, _ context: FleetContext,
    _ session: any ReadSession
  ) throws -> ActiveBlackout? {
    guard !submission.ignoresBlackouts else { return nil }
    let active = try context.blackouts.active(at: now, in: session)
    guard !active.isEmpty else { return nil }
    let places = try PlaceNames(session)
    let zones: [ZoneID?]
    switch submission.zones {
    case [], ["any"]: zones = [nil]
    case ["each"]: zones = places.zones.filter { $0.site == schedule.site && !$0.isImport }.map(\.id)
    default:
      zones = places.zones.filter { $0.site == schedule.site && submission.zones.contains($0.name) }.map(\.id)
    }
    if let whole = active.covering(site: schedule.site, zones: zones) { return whole }
    return active.covering(
      site: schedule.site, zones: zones,
      targets: ScanPlanner(services: context.services).knownTargets(of: submission))
  }

  /// Where the schedule stands when the plan's rows are written.
  func advance(started: ScanID?, in session: any WriteSession) throws {
    let schedule = times.schedule
    let cursor = circumstances.due.last?.slot ?? min(schedule.cursor, now)
    let taken = Set(try session.slotTimes(of: schedule.id, after: cursor, limit: ScheduleTimes.rowLimit * 4))
    var nextLook = times.nextStart(after: cursor, taken: taken)
    // What waits is looked at again, however far off the next slot is.
    if try !session.waitingSlots(of: schedule.id).isEmpty {
      let again =
        circumstances.blackout.map { min($0.until, now + Self.blackoutInterval) } ?? now + Self.queueInterval
      nextLook = min(nextLook ?? again, again)
    }
    try session.advance(
      schedule.id, cursor: cursor, nextLook: nextLook, lastScan: started ?? schedule.lastScan)
  }
}
