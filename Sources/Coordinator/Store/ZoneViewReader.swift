internal import CoordinatorCore
internal import Model

/// Reads views with their zones' services from a running statement, as `ChartRowReader` does merged rows: a chunk reads those of every
/// endpoint that it tells of.
struct ZoneViewReader {
  /// What a statement selects, over `serviceJoin`.
  static let columns = """
    view.endpoint_id, view.zone_id, view.state, view.reason, view.is_self_view, view.observed_at, view.first_seen,
      view.last_seen, view.differed_at, view.same_since, view.held_reason, view.job_id, view.agent_id,
      \(ChartRowReader.serviceColumns)
    """

  private enum Column: Int32, CaseIterable {
    case endpoint, zone, state, reason, isSelfView, observedAt, firstSeen
    case lastSeen, differedAt, sameSince, heldReason, job, agent
  }

  private var services = ChartRowReader(servicesFrom: Column.allCases.count)

  /// The service is nil where the zone's agents asked none. Throws a `StoreError` for what cannot be read back.
  mutating func view(
    _ running: RunningStatement
  ) throws -> (endpoint: EndpointID, view: ZoneView, service: ZoneService?) {
    guard let endpoint = integer(.endpoint, running), let zone = integer(.zone, running),
      let state = integer(.state, running).flatMap({ EndpointState(code: $0) }),
      let reason = integer(.reason, running).flatMap({ ProbeReason(code: $0) }),
      let observedAt = time(.observedAt, running), let agent = integer(.agent, running)
    else { throw Self.damaged }
    var heldReason: ProbeReason?
    if let code = integer(.heldReason, running) {
      guard let reason = ProbeReason(code: code) else { throw Self.damaged }
      heldReason = reason
    }
    let view = ZoneView(
      zone: ZoneID(zone), state: state, reason: reason, isSelfView: integer(.isSelfView, running) != 0,
      observedAt: observedAt, firstSeen: time(.firstSeen, running), lastSeen: time(.lastSeen, running),
      differedAt: time(.differedAt, running), sameSince: time(.sameSince, running), heldReason: heldReason,
      job: integer(.job, running).map { JobID($0) }, agent: AgentID(agent))
    return (EndpointID(endpoint), view, try services.zoneService(running, zone: view.zone))
  }

  private static let damaged = StoreError(.failed, "the database holds an unreadable view of an endpoint")

  private func integer(_ column: Column, _ running: RunningStatement) -> Int64? {
    running.integer(at: column.rawValue)
  }

  private func time(_ column: Column, _ running: RunningStatement) -> Timestamp? {
    integer(column, running).map { Timestamp(milliseconds: $0) }
  }
}
