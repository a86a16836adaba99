package import Model

/// Reading hosts, inside one transaction.
package protocol HostReading {
  func hostViews(of host: ChartHost) throws -> [HostView]
  /// The views of one kind of the site's own addresses from the first to the last; nil: more than `limit`.
  func hostViews(
    _ key: ViewKey, site: SiteID, from first: IPAddress, to last: IPAddress, limit: Int
  ) throws -> [IPAddress: HostView]?
  /// The runs of a view in the order of time; none where there was only one. The last one goes on.
  func hostRuns(of host: ChartHost, _ key: ViewKey) throws -> [HostRun]
  /// What name servers call a host, as each zone's agents were told; in the order of time.
  func nameRuns(of host: ChartHost) throws -> [ZoneID: [HostNameRun]]
  /// What name servers call a host, as its zones' agents were told last; each name once, in the order of zones. `time`: as they had
  /// been told by then; nil: now.
  func toldNames(of host: ChartHost, asOf time: Timestamp?) throws -> [String]
  /// Whether any host was ever looked up by name.
  func hasToldNames() throws -> Bool
  /// Hosts of which alone a query's names hold now, in key order; nil: it names none, many, or what agents call their own hosts.
  func namedHosts(_ filter: ChartFilter) throws -> [ChartHost]?
  /// Hosts in key order, each with all its views; those whose address is among some ranges, if there are any.
  func hostRecords(in ranges: [AddressRange], after: ChartHost?, limit: Int) throws -> [HostRecord]
  /// What became of hosts, the newest first. Those behind a place of the list of all changes: those of endpoints come before
  /// those of hosts of one time.
  func hostChanges(
    _ kinds: Set<ChangeKind>, _ time: TimeSpan, after: ChangePosition?, limit: Int
  ) throws -> [ChangeRecord]
}

/// Changing hosts, inside one transaction.
package protocol HostWriting: HostReading {
  func setHostViews(_ views: [(host: ChartHost, view: HostView)]) throws
  /// Replaces the names that one zone's agents were told; `known` are those that are stored.
  func setNameRuns(_ runs: [HostNameRun], insteadOf known: [HostNameRun], of host: ChartHost, zone: ZoneID) throws
  /// Replaces the runs of a view.
  func setHostRuns(_ runs: [HostRun], of host: ChartHost, _ key: ViewKey) throws
}
