internal import CoordinatorCore
internal import Model
internal import Schedules

/// A draft of a schedule whose words have been read and names resolved: what is left to check takes a transaction.
struct PreparedSchedule: Sendable {
  private static let longest = Duration.seconds(366 * 86_400)

  let draft: ScheduleService.Draft
  let scan: PreparedScan
  let shortestInterval: Duration?

  /// Throws a `Refusal` that points at the field at fault, those of the scan below `/scan`.
  init(
    _ draft: ScheduleService.Draft, at now: Timestamp, scans: ScanService, timeZones: any TimeZoneSource,
    by principal: AccessService.Principal
  ) async throws {
    try NameCheck.check(draft.name, at: "/name")
    try NameCheck.checkNote(draft.note, at: "/note")
    let expression = try ScheduleService.at("/cron") { try ScheduleExpression(draft.expression) }
    let zone = try ScheduleService.at("/timeZone") { try timeZones.rules(of: draft.timeZone) }
    for (span, pointer) in [(draft.policy.catchUp, "/catchUpSeconds"), (draft.policy.jitter, "/jitterSeconds")]
    where span < .zero || span > Self.longest {
      throw Refusal(.invalidValue, "0 to 366 days are expected", at: pointer)
    }
    shortestInterval = expression.shortestInterval(in: zone, after: now)
    if let shortestInterval, draft.policy.jitter >= shortestInterval {
      throw Refusal(
        .invalidValue,
        "a jitter of \(DurationText.print(draft.policy.jitter)) is not shorter than the \(DurationText.print(shortestInterval)) between two runs",
        at: "/jitterSeconds")
    }
    var submission = draft.submission
    submission.name = draft.name
    self.draft = draft
    scan = try await Self.below("/scan") { try await scans.prepare(submission, by: principal) }
  }

  /// The schedule as it is stored, without an id, if its scan is permitted by the rules of now. Throws a `Refusal`.
  func record(in session: any ReadSession, at now: Timestamp) throws -> ScheduleRecord {
    let checked = try Self.below("/scan") { try scan.checked(in: session) }
    let probes = checked.plan.probes.multipliedReportingOverflow(by: UInt128(checked.zones.count))
    if probes.overflow || probes.partialValue > ScanPlanner.consentLimit, !draft.submission.isConfirmed {
      throw Refusal(
        .confirmationNeeded, "these are more than 2^40 probes each time; say --yes if they are meant",
        at: "/scan/isConfirmed")
    }
    return ScheduleRecord(
      id: ScheduleID(0), name: draft.name, site: checked.site.id, expression: draft.expression,
      timeZone: draft.timeZone, request: try StoredSubmission.text(of: draft.submission), policy: draft.policy,
      isPaused: draft.isPaused, note: draft.note, expiresAt: draft.expiresAt, createdBy: scan.principal.name,
      createdAt: now, revision: 1, cursor: now, nextLook: nil, lastScan: nil)
  }

  /// Of something that is new, or changed.
  func checkExpiry(at now: Timestamp) throws {
    if let end = draft.expiresAt, end <= now {
      throw Refusal(.invalidValue, "the time lies in the past", at: "/expiresAt")
    }
  }

  private static func below<Value>(_ pointer: String, _ body: () throws -> Value) throws -> Value {
    do { return try body() } catch let refusal as Refusal { throw refusal.below(pointer) }
  }

  private static func below<Value: Sendable>(
    _ pointer: String, _ body: () async throws -> Value
  ) async throws -> Value {
    do { return try await body() } catch let refusal as Refusal { throw refusal.below(pointer) }
  }
}

extension Refusal {
  /// The same of a part of a larger body.
  func below(_ pointer: String) -> Refusal { Refusal(code, message, at: pointer + (self.pointer ?? "")) }
}
