internal import CoordinatorCore
internal import Model

/// `expectations`.
struct ExpectationConfiguration: ConfigurationPart {
  let texts: [ExpectationText]
  let services: ServiceNames

  private static let limit = 1_000

  var kind: String { "expectations" }

  func apply(to session: any WriteSession, at now: Timestamp) throws -> [ConfigurationChange] {
    let places = try PlaceNames(session)
    var known = Dictionary(try session.expectations().map { ($0.name, $0) }) { first, _ in first }
    return try texts.enumerated().map { index, text in
      let expectation = try text.read(places, services: services, at: "/\(index)")
      let change = ConfigurationChange(
        kind: kind, name: expectation.name, before: known[expectation.name].map { Self.fields($0, places) },
        after: Self.fields(expectation, places))
      if change.action != .unchanged { try session.setExpectation(expectation) }
      known[expectation.name] = expectation
      guard known.count <= Self.limit else {
        throw Refusal(.invalidValue, "there are at most \(Self.limit) expectations", at: "/\(index)")
      }
      return change
    }
  }

  private static func fields(_ expectation: Expectation, _ places: PlaceNames) -> [(String, String)] {
    let text = ExpectationText(expectation, places)
    let optional: [(String, String?)] = [("site", text.site), ("note", text.note)]
    return [
      ("hosts", text.hosts.joined(separator: " ")), ("ports", text.ports),
      ("processes", text.processes.joined(separator: " ")), ("users", text.users.joined(separator: " ")),
      ("exposure", text.exposure ?? ""), ("required", text.required ? "true" : "false"),
    ] + optional.compactMap { field, value in value.map { (field, $0) } }
  }
}
