package import CoordinatorCore
package import Model
internal import Schedules

/// Blackouts as people see them.
package struct BlackoutService: Sendable {
  /// A blackout as somebody wants it.
  package struct Draft: Sendable {
    package var name: String
    package var window: BlackoutRecord.Window
    package var site: String?
    package var zone: String?
    package var networks: [String] = []
    package var note: String?

    package init(name: String, window: BlackoutRecord.Window) {
      self.name = name
      self.window = window
    }
  }

  /// A blackout, and the stretch that is in force or comes next.
  package struct Status: Sendable {
    package let record: BlackoutRecord
    package let stretch: Range<Timestamp>?
    package let isActive: Bool
  }

  private static let longest = Duration.seconds(31 * 86_400)

  let context: FleetContext

  package init(context: FleetContext) { self.context = context }

  package func blackouts() async throws -> (blackouts: [Status], places: PlaceNames) {
    let now = context.clock.now
    let (records, places) = try await context.store.read { (try $0.blackouts(), try PlaceNames($0)) }
    return (records.map { status(of: $0, at: now) }, places)
  }

  private func status(of record: BlackoutRecord, at now: Timestamp) -> Status {
    let hours = context.blackouts.coming(record, from: now, to: now + .seconds(400 * 86_400))
    let stretch = hours.map { $0.from..<$0.until }
    return Status(record: record, stretch: stretch, isActive: stretch?.contains(now) ?? false)
  }

  /// From now on nobody probes there while it is in force.
  ///
  /// Throws a `Refusal` that points at the field at fault.
  package func add(
    _ draft: Draft, by principal: AccessService.Principal
  ) async throws -> (status: Status, places: PlaceNames) {
    let now = context.clock.now
    try check(draft, at: now)
    let (record, places) = try await context.queue.commit { session in
      guard try !session.blackouts().contains(where: { $0.name == draft.name }) else {
        throw Refusal(.conflict, "there is a blackout \"\(draft.name)\" already", at: "/name")
      }
      let places = try PlaceNames(session)
      var record = try Self.record(draft, by: principal, at: now, places)
      record.id = try session.insertBlackout(record)
      return (record, places)
    }
    context.holders.wake()
    return (status(of: record, at: now), places)
  }

  func check(_ draft: Draft, at now: Timestamp) throws {
    try NameCheck.check(draft.name, at: "/name")
    try NameCheck.checkNote(draft.note, at: "/note")
    switch draft.window {
    case .once(let from, let to):
      guard from < to else { throw Refusal(.invalidValue, "it ends before it begins", at: "/to") }
    case .repeating(let expression, let zone, let duration):
      _ = try ScheduleService.at("/cron") { try ScheduleExpression(expression) }
      _ = try ScheduleService.at("/timeZone") { try context.timeZones.rules(of: zone) }
      guard duration > .zero, duration <= Self.longest else {
        throw Refusal(.invalidValue, "a time of up to 31 days is expected", at: "/durationSeconds")
      }
    }
  }

  static func record(
    _ draft: Draft, by principal: AccessService.Principal, at now: Timestamp, _ places: PlaceNames
  ) throws -> BlackoutRecord {
    var site: SiteRecord?
    if draft.site != nil || draft.zone != nil || principal.site != nil {
      site = try places.site(named: draft.site, for: principal, at: "/site")
    }
    let networks = try draft.networks.enumerated().flatMap { index, text in
      try AccessService.ranges(text, at: "/networks/\(index)")
    }
    return BlackoutRecord(
      id: BlackoutID(0), name: draft.name, window: draft.window, site: site?.id,
      zone: try draft.zone.flatMap { name in
        try site.map { try places.zone(named: name, in: $0, at: "/zone").id }
      }, networks: networks, note: draft.note, createdBy: principal.name, createdAt: now)
  }

  package func remove(_ id: BlackoutID, by principal: AccessService.Principal) async throws {
    try await context.queue.commit { session in
      guard let record = try session.blackouts().first(where: { $0.id == id }),
        principal.site == nil || record.site == principal.site
      else { throw Refusal(.notFound, "there is no \(id)") }
      try session.removeBlackout(id)
    }
    try await context.offerWorkEverywhere()
  }
}
