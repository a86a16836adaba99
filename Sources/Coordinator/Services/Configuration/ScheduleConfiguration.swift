internal import CoordinatorCore
internal import Model

/// `schedules`. One that differs keeps its id and its runs.
struct ScheduleConfiguration: ConfigurationPart {
  private let prepared: [PreparedSchedule]
  private let context: FleetContext
  private let principal: AccessService.Principal

  var kind: String { "schedules" }

  /// Throws a `Refusal` that points below `/schedules`.
  init(
    _ drafts: [ScheduleService.Draft], context: FleetContext, scans: ScanService, at now: Timestamp,
    by principal: AccessService.Principal
  ) async throws {
    var prepared: [PreparedSchedule] = []
    for (index, draft) in drafts.enumerated() {
      do {
        prepared.append(
          try await PreparedSchedule(draft, at: now, scans: scans, timeZones: context.timeZones, by: principal))
      } catch let refusal as Refusal {
        throw refusal.below("/schedules/\(index)")
      }
    }
    self.prepared = prepared
    self.context = context
    self.principal = principal
  }

  func apply(to session: any WriteSession, at now: Timestamp) throws -> [ConfigurationChange] {
    let places = try PlaceNames(session)
    return try prepared.enumerated().map { index, prepared in
      do {
        let record = try prepared.record(in: session, at: now)
        let before = try session.schedule(named: record.name)
        if let before, let site = principal.site, before.site != site {
          throw Refusal(.forbidden, "this token is for one site alone", at: "/name")
        }
        let change = ConfigurationChange(
          kind: kind, name: record.name, before: try before.map { try Self.fields($0, places) },
          after: try Self.fields(record, places))
        guard change.action != .unchanged else { return change }
        try prepared.checkExpiry(at: now)
        try ScheduleService.save(record, as: before?.id, at: now, context, in: session)
        return change
      } catch let refusal as Refusal {
        throw refusal.below("/\(index)")
      }
    }
  }

  private static func fields(_ record: ScheduleRecord, _ places: PlaceNames) throws -> [(String, String)] {
    let optional: [(String, String?)] = [
      ("note", record.note), ("expiresAt", record.expiresAt?.description), ("isPaused", record.isPaused ? "true" : nil),
    ]
    return [
      ("cron", record.expression), ("timeZone", record.timeZone), ("site", places.name(of: record.site)),
      ("overlap", record.policy.overlap.rawValue), ("onBlackout", record.policy.onBlackout.rawValue),
      ("catchUp", DurationText.print(record.policy.catchUp)), ("jitter", DurationText.print(record.policy.jitter)),
      ("scan", record.request),
    ] + optional.compactMap { field, value in value.map { (field, $0) } }
  }
}
