internal import CoordinatorCore
internal import Model

/// `blackouts`. One that differs is put in the old one's place with an id of its own.
struct BlackoutConfiguration: ConfigurationPart {
  let drafts: [BlackoutService.Draft]
  let service: BlackoutService
  let principal: AccessService.Principal

  var kind: String { "blackouts" }

  func apply(to session: any WriteSession, at now: Timestamp) throws -> [ConfigurationChange] {
    let places = try PlaceNames(session)
    var known = Dictionary(try session.blackouts().map { ($0.name, $0) }) { first, _ in first }
    return try drafts.enumerated().map { index, draft in
      do {
        try service.check(draft, at: now)
        let record = try BlackoutService.record(draft, by: principal, at: now, places)
        let before = known[record.name]
        let change = ConfigurationChange(
          kind: kind, name: record.name, before: before.map { Self.fields($0, places) },
          after: Self.fields(record, places))
        guard change.action != .unchanged else { return change }
        if let before {
          guard principal.site == nil || before.site == principal.site else {
            throw Refusal(.forbidden, "this token is for one site alone", at: "/name")
          }
          try session.removeBlackout(before.id)
        }
        _ = try session.insertBlackout(record)
        known[record.name] = record
        return change
      } catch let refusal as Refusal {
        throw refusal.below("/\(index)")
      }
    }
  }

  private static func fields(_ record: BlackoutRecord, _ places: PlaceNames) -> [(String, String)] {
    var fields: [(String, String?)] = []
    switch record.window {
    case .once(let from, let to): fields = [("from", from.description), ("to", to.description)]
    case .repeating(let expression, let zone, let duration):
      fields = [("cron", expression), ("timeZone", zone), ("duration", DurationText.print(duration))]
    }
    fields += [
      ("site", record.site.map(places.name)), ("zone", record.zone.map(places.name)),
      ("networks", record.networks.isEmpty ? nil : record.networks.map(\.description).joined(separator: " ")),
      ("note", record.note),
    ]
    return fields.compactMap { field, value in value.map { (field, $0) } }
  }
}
