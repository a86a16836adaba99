internal import CoordinatorCore
internal import Model

/// Reads endpoints with their sole views from a running statement, as `ChartRowReader` does merged rows.
struct EndpointReader {
  /// What a statement selects, over `endpoint AS e` and `serviceJoin`.
  static let columns = """
    \(ChartRowReader.endpointColumns(verdict: "e.verdict")), e.view_at, e.view_job_id, e.view_agent_id,
      \(ChartRowReader.serviceColumns)
    """

  private enum Column: Int32 {
    case observedAt, job, agent, service
  }

  private var rows = ChartRowReader()
  private var services = ChartRowReader(servicesFrom: Int(Self.place(.service)))

  private static func place(_ column: Column) -> Int32 { ChartRowReader.endpointColumnCount + column.rawValue }

  /// An endpoint without views is one that has none or whose views have rows of their own. Throws a `StoreError` for what cannot be
  /// read back.
  mutating func endpoint(_ running: RunningStatement) throws -> EndpointRecord {
    var endpoint = try rows.endpoint(running)
    guard let agent = running.integer(at: Self.place(.agent)) else { return endpoint }
    let sole = SoleView(
      observedAt: running.integer(at: Self.place(.observedAt)).map { Timestamp(milliseconds: $0) },
      job: running.integer(at: Self.place(.job)).map { JobID($0) }, agent: AgentID(agent))
    guard let view = sole.view(in: endpoint.summary) else {
      throw StoreError(.failed, "the database holds an unreadable view of an endpoint")
    }
    endpoint.views = [view]
    if let service = try services.zoneService(running, zone: view.zone) { endpoint.services = [service] }
    return endpoint
  }
}
