internal import CoordinatorCore
package import Model
internal import Schedules

extension ScheduleService {
  /// A draft that may be stored.
  struct Checked: Sendable {
    let record: ScheduleRecord
    let warnings: [String]
    let places: PlaceNames
  }

  private static let longest = Duration.seconds(366 * 86_400)

  /// Throws a `Refusal` that points at the field at fault.
  func check(_ draft: Draft, by principal: AccessService.Principal) async throws -> Checked {
    try NameCheck.check(draft.name, at: "/name")
    try NameCheck.checkNote(draft.note, at: "/note")
    let now = context.clock.now
    let expression = try Self.at("/cron") { try ScheduleExpression(draft.expression) }
    let zone = try Self.at("/timeZone") { try context.timeZones.rules(of: draft.timeZone) }
    for (span, pointer) in [(draft.policy.catchUp, "/catchUpSeconds"), (draft.policy.jitter, "/jitterSeconds")]
    where span < .zero || span > Self.longest {
      throw Refusal(.invalidValue, "0 to 366 days are expected", at: pointer)
    }
    if let interval = expression.shortestInterval(in: zone, after: now), draft.policy.jitter >= interval {
      throw Refusal(
        .invalidValue,
        "a jitter of \(DurationText.print(draft.policy.jitter)) is not shorter than the \(DurationText.print(interval)) between two runs",
        at: "/jitterSeconds")
    }
    if let end = draft.expiresAt, end <= now {
      throw Refusal(.invalidValue, "the time lies in the past", at: "/expiresAt")
    }
    var submission = draft.submission
    submission.name = draft.name
    submission.isDryRun = true
    let receipt: ScanService.Receipt
    do {
      receipt = try await scans.submit(submission, by: principal)
    } catch let refusal as Refusal {
      throw Refusal(refusal.code, refusal.message, at: "/scan" + (refusal.pointer ?? ""))
    }
    let probes = receipt.plan.probes.multipliedReportingOverflow(by: UInt128(receipt.lanes.count))
    if probes.overflow || probes.partialValue > ScanPlanner.consentLimit, !submission.isConfirmed {
      throw Refusal(
        .confirmationNeeded, "these are more than 2^40 probes each time; say --yes if they are meant",
        at: "/scan/isConfirmed")
    }
    let site = try receipt.places.site(named: submission.site, for: principal, at: "/scan/site")
    var warnings: [String] = []
    if let interval = expression.shortestInterval(in: zone, after: now), let seconds = receipt.secondsExpected,
      Duration.seconds(seconds) > interval
    {
      warnings.append(
        "a scan should take \(DurationText.print(.seconds(Int64(seconds)))), longer than the \(DurationText.print(interval)) between two runs"
      )
    }
    let record = ScheduleRecord(
      id: ScheduleID(0), name: draft.name, site: site.id, expression: draft.expression, timeZone: draft.timeZone,
      request: try StoredSubmission.text(of: draft.submission), policy: draft.policy, isPaused: draft.isPaused,
      note: draft.note, expiresAt: draft.expiresAt, createdBy: principal.name, createdAt: now, revision: 1, cursor: now,
      nextLook: nil, lastScan: nil)
    return Checked(record: record, warnings: warnings, places: receipt.places)
  }

  static func at<Value>(_ pointer: String, _ body: () throws -> Value) throws -> Value {
    do {
      return try body()
    } catch let error as ScheduleError {
      throw Refusal(.invalidValue, error.description, at: pointer)
    }
  }

  /// The next runs with what the clock and blackouts do to them.
  package func preview(ofSchedule id: ScheduleID, from start: Timestamp?, count: Int) async throws -> [PreviewedRun] {
    try await preview(of: context.store.read { try Self.found(id, $0) }, from: start, count: count)
  }

  func preview(
    of record: ScheduleRecord, from start: Timestamp? = nil, count: Int = previewCount
  ) async throws -> [PreviewedRun] {
    let times = try Self.at("/cron") {
      try ScheduleTimes(record, timeZones: context.timeZones)
    }
    let zone = try Self.at("/timeZone") { try context.timeZones.rules(of: record.timeZone) }
    let isFree = try StoredSubmission.read(record.request).ignoresBlackouts
    let blackouts =
      isFree
      ? [] : try await context.store.read { try $0.blackouts() }.filter { ($0.site ?? record.site) == record.site }
    return times.runs(after: start ?? context.clock.now).prefix(count).map { run in
      let beginning = run.time + record.delay
      var notes = [run.note].compactMap(\.self)
      if record.delay > .zero { notes.append("starts \(DurationText.print(record.delay)) later, by its jitter") }
      for blackout in blackouts {
        guard let hours = context.blackouts.coming(blackout, from: beginning, to: beginning) else { continue }
        let part = blackout.zone == nil && blackout.networks.isEmpty ? "" : " of a part"
        notes.append(
          record.policy.onBlackout == .skip && part.isEmpty
            ? "blackout \"\(blackout.name)\": it does not run"
            : "blackout \"\(blackout.name)\"\(part) until \(zone.text(of: hours.until))")
      }
      return PreviewedRun(run: run, local: zone.text(of: run.time), notes: notes)
    }
  }
}
