internal import CoordinatorCore
internal import Model

/// `scope`: the rules. One that differs is put in the old one's place with an id of its own.
struct ScopeConfiguration: ConfigurationPart {
  let drafts: [AccessService.RuleDraft]
  let access: AccessService

  var kind: String { "scope" }

  func apply(to session: any WriteSession, at now: Timestamp) throws -> [ConfigurationChange] {
    let places = try PlaceNames(session)
    var known = Dictionary(try session.scopeRules().map { ($0.name, $0) }) { first, _ in first }
    return try drafts.enumerated().map { index, draft in
      do {
        let rule = try access.rule(draft, at: now, places)
        let before = known[rule.name]
        let change = ConfigurationChange(
          kind: kind, name: rule.name, before: before.map { Self.fields($0, places) },
          after: Self.fields(rule, places))
        guard change.action != .unchanged else { return change }
        if let until = rule.until, until <= now {
          throw Refusal(.invalidValue, "the time lies in the past", at: "/until")
        }
        if let before { try session.removeScopeRule(before.id) }
        _ = try session.insertScopeRule(rule)
        known[rule.name] = rule
        return change
      } catch let refusal as Refusal {
        throw refusal.below("/\(index)")
      }
    }
  }

  private static func fields(_ rule: ScopeRule, _ places: PlaceNames) -> [(String, String)] {
    let optional: [(String, String?)] = [
      ("ports", rule.ports), ("site", rule.site.map(places.name)), ("rate", rule.probesPerSecond.map(String.init)),
      ("maximumJobs", rule.maximumJobs.map(String.init)), ("until", rule.until?.description),
    ]
    return [
      ("action", rule.action.rawValue), ("networks", rule.networks.map(\.description).joined(separator: " ")),
      ("note", rule.note),
    ] + optional.compactMap { field, value in value.map { (field, $0) } }
  }
}
