package import CoordinatorCore
package import Model

/// Answers questions about the chart.
package struct ChartService: Sendable {
  private let context: FleetContext

  package init(context: FleetContext) { self.context = context }

  /// Reads a query's text; throws a `Refusal` that points at the character.
  package func query(_ text: String) throws -> ChartQuery {
    do {
      var query = try ChartQuery(parsing: text, services: context.services, at: context.clock.now)
      query.inventoryNotBefore = context.clock.now - context.settings.inventoryMaximumAge
      return query
    } catch {
      throw Refusal(.invalidValue, error.description, at: "query")
    }
  }

  package func ports(
    _ query: ChartQuery, after: ChartPosition?, limit: Int
  ) async throws -> (rows: [ChartRow], places: PlaceNames) {
    try await context.store.read { session in
      (try session.chartRows(query, after: after, limit: limit), try PlaceNames.withAgents(session))
    }
  }

  package func hosts(
    _ query: ChartQuery, after: ChartHost?, limit: Int
  ) async throws -> (rows: [ChartHostRow], places: PlaceNames) {
    try await context.store.read { session in
      (try session.chartHosts(query, after: after, limit: limit), try PlaceNames.withAgents(session))
    }
  }

  package func listeners(
    _ query: ChartQuery, after: ListenerID?, limit: Int
  ) async throws -> (
    rows: [ListenerRecord], sites: [AgentID: SiteID], ownersVerifiedAt: [AgentID: Timestamp], places: PlaceNames
  ) {
    try await context.store.read { session in
      let rows = try session.listenerRows(query, after: after, limit: limit)
      let agents = try session.agents(includingRemoved: false)
      var ownersVerifiedAt: [AgentID: Timestamp] = [:]
      for agent in Set(rows.map(\.agent)) {
        ownersVerifiedAt[agent] = try session.inventoryTimes(of: agent).ownersVerifiedAt
      }
      return (
        rows, Dictionary(agents.map { ($0.id, $0.site) }) { first, _ in first }, ownersVerifiedAt,
        try PlaceNames.withAgents(session)
      )
    }
  }

  /// Changes that fit, the newest first.
  package func changes(
    _ query: ChangeQuery, after: ChangePosition?, limit: Int
  ) async throws -> (rows: [ChangeRecord], places: PlaceNames) {
    try await context.store.read { (try $0.changes(query, after: after, limit: limit), try PlaceNames.withAgents($0)) }
  }

  /// Reads a time as queries have them: an age counts back from now. Throws a `Refusal` that names the parameter.
  package func time(_ text: String, at parameter: String) throws -> Timestamp {
    guard let time = QueryTime(now: context.clock.now).moment(at: text) else {
      throw Refusal(
        .invalidValue,
        "\"\(text)\" is not a time; expected an age such as 7d, a time such as 2026-01-31T08:00Z, or now",
        at: parameter)
    }
    return time
  }

  package func siteName(_ id: SiteID) async throws -> String {
    try await context.store.read { try PlaceNames($0).name(of: id) }
  }

  package func serviceName(of endpoint: ProtocolPort) -> String? { context.services.name(of: endpoint) }
}
