package import Model

/// Something that became different, told once: the feed that alerts are matched against.
package struct ChangeNotice: Hashable, Sendable {
  package var kind: NoticeKind
  package var site: SiteID
  /// From where it was seen; nil where no zone's view is meant.
  package var zone: ZoneID?
  package var isSelfView: Bool
  /// Empty for addresses that mean one host in the whole site.
  package var scope: HostScope
  /// Nil: it is about no host.
  package var address: IPAddress?
  /// Nil: it is about the whole host, or about no host.
  package var endpoint: ProtocolPort?
  /// What was and what is: states of endpoints, else words for people.
  package var before: String?
  package var after: String?
  /// When it was first seen so.
  package var observedAt: Timestamp
  /// When the coordinator took it in.
  package var acceptedAt: Timestamp
  package var job: JobID?
  package var agent: AgentID?
  package var scan: ScanID?
  /// A line for people: what it rests on.
  package var evidence: String?
  /// The only alert that it is meant for; nil: whichever matches.
  package var alert: AlertID?

  package init(
    kind: NoticeKind, site: SiteID, zone: ZoneID? = nil, isSelfView: Bool = false, scope: HostScope = .site,
    address: IPAddress? = nil, endpoint: ProtocolPort? = nil, before: String? = nil, after: String? = nil,
    observedAt: Timestamp, acceptedAt: Timestamp, job: JobID? = nil, agent: AgentID? = nil, scan: ScanID? = nil,
    evidence: String? = nil, alert: AlertID? = nil
  ) {
    self.kind = kind
    self.site = site
    self.zone = zone
    self.isSelfView = isSelfView
    self.scope = scope
    self.address = address
    self.endpoint = endpoint
    self.before = before
    self.after = after
    self.observedAt = observedAt
    self.acceptedAt = acceptedAt
    self.job = job
    self.agent = agent
    self.scan = scan
    self.evidence = evidence
    self.alert = alert
  }

  /// The host in the chart that it is about.
  package var host: ChartHost? { address.map { ChartHost(site: site, scope: scope, address: $0) } }

  /// What it is about, whichever kind it is: equal texts mean one thing that can be so and no longer be so.
  package var subject: String {
    [
      String(site.rawValue), zone.map { String($0.rawValue) } ?? "", isSelfView ? "self" : "", scope.rawValue,
      address?.description ?? "", endpoint.map { "\($0.transport.rawValue)/\($0.port.rawValue)" } ?? "",
      address == nil ? agent.map { String($0.rawValue) } ?? "" : "", scan.map { String($0.rawValue) } ?? "",
      kind == .scheduleMissed ? before ?? "" : "",
    ].joined(separator: "|")
  }

  /// Names this change among all others, whenever and however often it is told.
  package var identity: String { "\(kind.rawValue)|\(subject)|\(observedAt.milliseconds)|\(after ?? "")" }
}

/// A notice with its place in the feed.
package struct NoticeRecord: Hashable, Sendable {
  package var id: Int64
  package var notice: ChangeNotice

  package init(id: Int64, notice: ChangeNotice) {
    self.id = id
    self.notice = notice
  }
}
