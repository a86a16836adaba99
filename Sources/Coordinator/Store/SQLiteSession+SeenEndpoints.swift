internal import CoordinatorCore
internal import GRDB
internal import Model

extension SQLiteSession {
  func setEndpoint(
    _ stored: EndpointRecord, views: [ZoneView], summary: EndpointSummary, at site: SiteID
  ) throws {
    let old = SoleView(stored.views, in: stored.summary)
    let new = SoleView(views, in: summary)
    if let old, let new, stored.summary.differsInLastSeenAlone(from: summary) {
      if old == new, stored.summary.lastSeen == summary.lastSeen { return }
      return try setSighting(new, seenLast: summary.lastSeen, of: stored.id)
    }
    if new == nil {
      for view in views where old != nil || !stored.views.contains(view) {
        try setView(view, insteadOf: old == nil ? stored.views.first { $0.isOfSameKind(as: view) } : nil, of: stored.id)
      }
    } else if old == nil, !stored.views.isEmpty {
      try execute("DELETE FROM endpoint_view WHERE endpoint_id = ?", [stored.id.rawValue])
    }
    if old == nil, new == nil, stored.summary.differsInLastSeenAlone(from: summary) {
      return try setLastSeen(summary.lastSeen, insteadOf: stored.summary.lastSeen, of: stored.id)
    }
    try setRow(summary, new, of: stored, at: site)
  }

  /// Every index with a column that a statement sets is written, whether that differs or not, and for a key that it sets the parent is
  /// looked up: these columns have neither.
  private func setSighting(_ view: SoleView, seenLast lastSeen: Timestamp?, of endpoint: EndpointID) throws {
    var arguments = StoredArguments(capacity: 5)
    arguments.append(lastSeen)
    append(view, to: &arguments)
    arguments.append(endpoint)
    try execute(
      often: "UPDATE endpoint SET last_seen = ?, view_at = ?, view_job_id = ?, view_agent_id = ? WHERE id = ?",
      arguments)
  }

  private func setLastSeen(_ time: Timestamp?, insteadOf stored: Timestamp?, of endpoint: EndpointID) throws {
    guard time != stored else { return }
    var arguments = StoredArguments(capacity: 2)
    arguments.append(time)
    arguments.append(endpoint)
    try execute(often: "UPDATE endpoint SET last_seen = ? WHERE id = ?", arguments)
  }

  private func setRow(
    _ summary: EndpointSummary, _ view: SoleView?, of stored: EndpointRecord, at site: SiteID
  ) throws {
    let key = ProtocolPort(stored.transport, stored.port)
    tally.remove(EndpointTally.Kind(site, key, stored.summary))
    tally.add(EndpointTally.Kind(site, key, summary))
    var arguments = StoredArguments(capacity: 20)
    append(summary, to: &arguments)
    arguments.append(view != nil)
    append(view, to: &arguments)
    arguments.append(stored.id)
    try execute(
      often: """
        UPDATE endpoint SET state = ?, reason = ?, verdict = ?, zone_id = ?, other_zones = ?, is_self_view = ?,
          listener_id = ?, inside_agent_id = ?, first_seen = ?, last_seen = ?, differed_at = ?,
          service = ?, product = ?, version = ?, findings = ?, tells_view = ?, view_at = ?, view_job_id = ?,
          view_agent_id = ?
        WHERE id = ?
        """, arguments)
  }

  func append(_ view: SoleView?, to arguments: inout StoredArguments) {
    arguments.append(view?.observedAt)
    arguments.append(view?.job)
    arguments.append(view?.agent)
  }

  /// Writes the row of a view; `stored` is the row of its kind that is there.
  private func setView(_ view: ZoneView, insteadOf stored: ZoneView?, of endpoint: EndpointID) throws {
    if let stored, stored.differsInSightingAlone(from: view) { return try setSighting(view, of: endpoint) }
    var arguments = StoredArguments(capacity: 13)
    append(view, of: endpoint, to: &arguments)
    try execute(
      often: """
        INSERT OR REPLACE INTO endpoint_view(endpoint_id, zone_id, state, reason, is_self_view, observed_at, first_seen,
          last_seen, differed_at, job_id, agent_id, same_since, held_reason)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """, arguments)
  }

  /// Seen again as it was: no index knows of it, where to replace the row would write each anew.
  private func setSighting(_ view: ZoneView, of endpoint: EndpointID) throws {
    var arguments = StoredArguments(capacity: 7)
    arguments.append(view.observedAt)
    arguments.append(view.lastSeen)
    arguments.append(view.job)
    arguments.append(view.agent)
    arguments.append(endpoint)
    arguments.append(view.zone)
    arguments.append(view.isSelfView)
    try execute(
      often: """
        UPDATE endpoint_view SET observed_at = ?, last_seen = ?, job_id = ?, agent_id = ?
        WHERE endpoint_id = ? AND zone_id = ? AND is_self_view = ?
        """, arguments)
  }
}

extension ZoneView {
  /// Whether the other says what this one does, and was seen at another time or by somebody else.
  fileprivate func differsInSightingAlone(from other: ZoneView) -> Bool {
    var same = other
    (same.observedAt, same.lastSeen, same.job, same.agent) = (observedAt, lastSeen, job, agent)
    return same == self
  }
}

extension EndpointSummary {
  /// Whether the other says what this one does, but for the time of the last sighting.
  fileprivate func differsInLastSeenAlone(from other: EndpointSummary) -> Bool {
    var same = other
    same.lastSeen = lastSeen
    return same == self
  }
}
