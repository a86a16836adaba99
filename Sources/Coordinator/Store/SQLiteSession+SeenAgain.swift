internal import CoordinatorCore
internal import Model

extension SQLiteSession {
  /// Rows of endpoints with one view, which they tell themselves (`SoleView`), of which nothing is known from inside. Such a view that
  /// is seen again later, in the same way, differs in these columns alone: no index has them, and no count, change, verdict or finding
  /// rests on them. To read and merge it comes to the same.
  private static let seeingAgain = RepeatedSQL(
    """
    UPDATE endpoint SET last_seen = seen_again(?1, port), view_job_id = ?2, view_agent_id = ?3
    WHERE site_id = ?4 AND scope = ?5 AND address = ?6 AND transport = ?7 AND port BETWEEN ?8 AND ?9
      AND zone_id = ?10 AND state = \(EndpointState.open.code) AND reason = ?11 AND is_self_view = ?12
      AND tells_view = 1 AND view_at IS NULL
      AND listener_id IS NULL AND inside_agent_id IS NULL
      AND last_seen < seen_again(?1, port)
    """)

  func noteSeenAgain(
    _ sightings: [OpenSighting], as kind: OpenSighting.Kind, by seer: Seer, at host: ChartHost
  ) throws -> Int {
    guard let first = sightings.first?.port, let last = sightings.last?.port else { return 0 }
    var arguments = StoredArguments(capacity: 12)
    arguments.append(Int64?.none)
    arguments.append(seer.job)
    arguments.append(seer.agent)
    arguments.append(host.site)
    arguments.append(text: host.scope.rawValue)
    arguments.append(host.address)
    arguments.append(Int64(kind.transport.number))
    arguments.append(Int64(first.rawValue))
    arguments.append(Int64(last.rawValue))
    arguments.append(seer.zone)
    arguments.append(kind.reason.code)
    arguments.append(kind.isSelfView)
    return try sightings.withUnsafeBufferPointer { sightings in
      var seenAgain = SeenAgain(sightings)
      return try withUnsafeMutablePointer(to: &seenAgain) { seenAgain in
        try running(often: Self.seeingAgain, arguments) { running in
          try running.bind(seenAgain, at: 1)
          return try running.write()
        }
      }
    }
  }
}
