internal import CoordinatorCore
internal import Model

/// Brings the names that an agent's name servers have for hosts into their records, inside the transaction that takes the chunk in.
///
/// In whatever order answers come, what is kept is the same (`SightingRun`), up to `most` runs: one read and one write for each name.
struct HostNameMerge {
  let session: any WriteSession
  let site: SiteID
  let zone: ZoneID
  /// Who was told.
  let agent: AgentID
  /// To whom addresses belong that mean a host at each agent; the same but for foreign scans.
  let vantage: AgentID
  /// Nil: they are of a foreign scan.
  let job: JobID?

  /// Runs of one host and zone that are kept, the newest.
  static let most = 64

  /// A clock that runs ahead must not make what it saw outrank everything seen until then: times are held at `now`.
  func merge(_ names: [ResultService.HostName], interfaces: [InterfaceAddress], notAfter now: Timestamp) throws {
    for named in names {
      let host = ChartHost(
        site: site, scope: .of(named.host, for: vantage, interfaces: interfaces), address: named.host.address)
      let time = min(named.observedAt, now)
      let known = try session.nameRuns(of: host)[zone] ?? []
      var runs = known
      runs.place(HostNameRun(name: named.name, first: time, last: time, agent: agent, job: job))
      // A name server that answers otherwise each time must not pile them up.
      if runs.count > Self.most { runs.removeFirst(runs.count - Self.most) }
      if runs != known { try session.setNameRuns(runs, insteadOf: known, of: host, zone: zone) }
    }
  }
}
