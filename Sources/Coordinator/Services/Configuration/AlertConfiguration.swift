internal import CoordinatorCore
internal import Model

/// `alerts`. What a file leaves out is the standard.
struct AlertConfiguration: ConfigurationPart {
  let items: [ConfigurationService.AlertItem]
  let context: FleetContext

  var kind: String { "alerts" }

  func apply(to session: any WriteSession, at now: Timestamp) throws -> [ConfigurationChange] {
    let places = try PlaceNames(session)
    let names = try AlertService.Known(session)
    let receivers = Dictionary(names.receivers.map { ($0.id, $0.name) }) { first, _ in first }
    var known = Dictionary(try session.alerts().map { ($0.name, $0) }) { first, _ in first }
    let changes = try items.enumerated().map { index, item in
      do {
        try NameCheck.check(item.name, at: "/name")
        guard item.draft.receivers != nil else {
          throw Refusal(.invalidValue, "an alert needs a receiver", at: "/receivers")
        }
        let before = known[item.name]
        var alert = AlertRecord(
          id: before?.id ?? AlertID(0), name: item.name, site: nil, isPaused: false, rule: AlertRule(), receivers: [],
          createdAt: before?.createdAt ?? now, changedAt: now)
        try AlertService.apply(item.draft, to: &alert, context, now, names)
        let change = ConfigurationChange(
          kind: kind, name: alert.name, before: before.map { Self.fields($0, receivers, places) },
          after: Self.fields(alert, receivers, places))
        guard change.action != .unchanged else { return change }
        if before == nil {
          guard known.count < AlertService.alertLimit else {
            throw Refusal(.conflict, "there are \(AlertService.alertLimit) alerts already")
          }
          alert.id = try session.insertAlert(alert)
        } else {
          try session.setAlert(alert)
        }
        known[alert.name] = alert
        return change
      } catch let refusal as Refusal {
        throw refusal.below("/\(index)")
      }
    }
    if changes.contains(where: { $0.action != .unchanged }) { try AlertService.settleWanted(session) }
    return changes
  }

  private static func fields(
    _ alert: AlertRecord, _ receivers: [ReceiverID: String], _ places: PlaceNames
  ) -> [(String, String)] {
    func span(_ seconds: Int) -> String { DurationText.print(.seconds(seconds)) }
    let rule = alert.rule
    let fields: [(String, String?)] = [
      ("kinds", rule.kinds?.map(\.rawValue).joined(separator: " ")), ("query", rule.query),
      ("receivers", alert.receivers.compactMap { receivers[$0] }.joined(separator: " ")),
      ("site", alert.site.map(places.name)), ("severity", rule.severity.rawValue),
      ("grouping", rule.grouping.rawValue), ("wait", span(rule.waitSeconds)), ("digest", rule.digestSeconds.map(span)),
      ("quietHours", rule.quietHours?.description), ("certificateDays", rule.certificateDays.map(String.init)),
      ("isPaused", String(alert.isPaused)),
    ]
    return fields.compactMap { field, value in value.map { (field, $0) } }
  }
}
