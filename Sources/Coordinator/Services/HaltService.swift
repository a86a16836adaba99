package import CoordinatorCore
internal import Model

/// Stops all probing, and lets it go on: for everywhere, a site, or a zone.
package struct HaltService: Sendable {
  private let context: FleetContext

  package init(context: FleetContext) { self.context = context }

  package func halts() async throws -> (halts: [HaltRecord], places: PlaceNames) {
    try await context.store.read { (try $0.halts(), try PlaceNames($0)) }
  }

  /// From now on no lease is granted there, and every agent there that holds one is told to stop; those reached stop
  /// within a second.
  package func halt(
    site: String?, zone: String?, note: String, by principal: AccessService.Principal
  ) async throws {
    try NameCheck.checkNote(note, at: "/note")
    guard !note.isEmpty else { throw Refusal(.invalidValue, "a halt needs a note that says why", at: "/note") }
    let now = context.clock.now
    try await context.queue.commit(.renewal) { session in
      let place = try Self.place(site: site, zone: zone, for: principal, PlaceNames(session))
      try session.insertHalt(site: place.site, zone: place.zone, note: note, by: principal.name, at: now)
    }
    context.holders.wake()
  }

  /// Lifts the halts of just this place; all of them where no place is named. Returns how many.
  package func unhalt(site: String?, zone: String?, by principal: AccessService.Principal) async throws -> Int {
    let (lifted, places) = try await context.queue.commit { session in
      let place = try Self.place(site: site, zone: zone, for: principal, PlaceNames(session))
      let isEverywhere = place.site == nil && place.zone == nil
      let lifted = try session.halts().filter {
        isEverywhere || ($0.site == place.site && $0.zone == place.zone)
      }
      for halt in lifted { try session.removeHalt(halt.id) }
      let sites = try session.sites().map(\.id)
      return (lifted, lifted.flatMap { halt in (halt.site.map { [$0] } ?? sites).map { ($0, halt.zone) } })
    }
    for (site, zone) in places { context.offerWork(in: site, zone: zone, to: 16) }
    return lifted.count
  }

  private static func place(
    site: String?, zone: String?, for principal: AccessService.Principal, _ places: PlaceNames
  ) throws -> (site: SiteID?, zone: ZoneID?) {
    guard site != nil || zone != nil || principal.site != nil else { return (nil, nil) }
    let found = try places.site(named: site, for: principal, at: "/site")
    return (found.id, try zone.map { try places.zone(named: $0, in: found, at: "/zone").id })
  }
}
