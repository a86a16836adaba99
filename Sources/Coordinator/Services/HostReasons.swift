internal import CoordinatorCore
internal import Model

/// By what hosts answer whose ports do not tell it, read once for each host: lists come host by host.
struct HostReasons {
  private let session: any ReadSession
  private let time: Timestamp?
  private var latest: (host: ChartHost, reason: ProbeReason?)?

  /// `time`: as it was by then; nil: now.
  init(_ session: any ReadSession, asOf time: Timestamp?) {
    self.session = session
    self.time = time
  }

  /// Of rows that are open or refused nothing is read: they tell it themselves.
  mutating func fill(_ rows: inout [ChartRow]) throws {
    for index in rows.indices where rows[index].summary.state != .open && rows[index].summary.state != .closed {
      rows[index].hostReason = try reason(of: rows[index].host)
    }
  }

  private mutating func reason(of host: ChartHost) throws -> ProbeReason? {
    if let latest, latest.host == host { return latest.reason }
    var record = HostRecord(host: host, views: try session.hostViews(of: host))
    if let time {
      record.views = try record.views.compactMap { view in
        view.asOf(time, runs: view.hasPast ? try session.hostRuns(of: host, view.key) : [])
      }
    }
    latest = (host, record.reason)
    return record.reason
  }
}
