package import Model

/// A verdict or rule that a person should look at.
package struct FindingRecord: Hashable, Sendable {
  package var id: FindingID
  package var rule: FindingRule
  package var site: SiteID
  /// Nil: it is about no endpoint.
  package var endpoint: EndpointID?
  /// Which of several that one rule has of one endpoint, or what it is about without one.
  package var subject: String
  /// What there is to say, where that does not follow from the endpoint.
  package var detail: String?
  package var since: Timestamp
  /// Nil: it still is so.
  package var goneAt: Timestamp?
  package var acknowledgement: Acknowledgement?

  /// Somebody has looked, and takes it as it is until a time.
  package struct Acknowledgement: Hashable, Sendable {
    package var until: Timestamp
    package var note: String
    package var by: String

    package init(until: Timestamp, note: String, by: String) {
      self.until = until
      self.note = note
      self.by = by
    }
  }

  package init(
    id: FindingID, rule: FindingRule, site: SiteID, endpoint: EndpointID?, subject: String, detail: String?,
    since: Timestamp, goneAt: Timestamp?, acknowledgement: Acknowledgement?
  ) {
    self.id = id
    self.rule = rule
    self.site = site
    self.endpoint = endpoint
    self.subject = subject
    self.detail = detail
    self.since = since
    self.goneAt = goneAt
    self.acknowledgement = acknowledgement
  }
}

/// One that is so now, as a rule that depends on time has found it.
package struct FoundNow: Hashable, Sendable {
  package var rule: FindingRule
  package var site: SiteID
  package var endpoint: EndpointID?
  package var subject: String
  package var detail: String

  package init(rule: FindingRule, site: SiteID, endpoint: EndpointID?, subject: String = "", detail: String) {
    self.rule = rule
    self.site = site
    self.endpoint = endpoint
    self.subject = subject
    self.detail = detail
  }
}

extension FoundNow {
  package init(_ finding: FindingRecord) {
    self.init(
      rule: finding.rule, site: finding.site, endpoint: finding.endpoint, subject: finding.subject,
      detail: finding.detail ?? "")
  }
}

/// What findings are asked for.
package struct FindingQuery: Sendable {
  /// Endpoints that they are about; those about no endpoint come only where everything is asked for.
  package var endpoints: ChartQuery
  /// Nil: every site.
  package var site: SiteID?
  package var rules: Set<FindingRule>?
  /// Those that are so no more, too.
  package var includesGone: Bool
  /// Nil: acknowledged ones too; else those alone that are not acknowledged at that time.
  package var unacknowledgedAt: Timestamp?

  package init(
    endpoints: ChartQuery = ChartQuery(), site: SiteID? = nil, rules: Set<FindingRule>? = nil,
    includesGone: Bool = false,
    unacknowledgedAt: Timestamp? = nil
  ) {
    self.endpoints = endpoints
    self.site = site
    self.rules = rules
    self.includesGone = includesGone
    self.unacknowledgedAt = unacknowledgedAt
  }
}

package protocol FindingReading {
  /// By id; the row is of the endpoint as it is.
  func findings(
    _ query: FindingQuery, after: FindingID?, limit: Int
  ) throws -> [(finding: FindingRecord, row: ChartRow?)]
  /// The so manyth finding behind one, whatever it says; nil: there are not so many.
  func finding(_ count: Int, after: FindingID?) throws -> FindingID?
  /// By id: those that were so at a time, with the newest span that had begun by then and what had been said of them; what came later is
  /// left out. The place is that of an endpoint; of the query's endpoints only what can be told of where they are is looked at, so
  /// that all that fitted are among them. `finding.detail` is as it was last worded within its span.
  func pastFindings(
    _ query: FindingQuery, asOf time: Timestamp, after: FindingID?, upTo end: FindingID?, limit: Int
  ) throws -> [(finding: FindingRecord, place: ChartPosition?)]
  /// Those of some rules that are so now.
  func presentFindings(of rules: [FindingRule]) throws -> [FindingRecord]
  func finding(_ id: FindingID) throws -> FindingRecord?
  /// Whether something is found of an endpoint now, and all of that is acknowledged at a time.
  func isAcknowledged(_ endpoint: EndpointID, at time: Timestamp) throws -> Bool
  /// Certificates in use that end before a time, with the endpoints that show them.
  func certificates(
    endingBefore time: Timestamp, limit: Int
  ) throws -> [(certificate: CertificateIdentity, site: SiteID, endpoint: EndpointID)]
  /// TCP listeners, seen for the first time before a time, that were never seen with a connection since; with an endpoint, and
  /// whether their agent's inventory is not older than allowed.
  func unusedListeners(
    since time: Timestamp, inventoryNotBefore: Timestamp, limit: Int
  ) throws -> [(listener: ListenerRecord, site: SiteID, endpoint: EndpointID, isCurrent: Bool)]
  /// Addresses that several agents of a site report as theirs, on interfaces whose addresses mean something outside of their
  /// host.
  func sharedAddresses(limit: Int) throws -> [(site: SiteID, address: IPAddress, agents: [String])]
  /// Hosts of which a scan asked no further, since every port was open, and that nobody has seen refuse one since; when, and from where.
  func tarpits(limit: Int) throws -> [(host: ChartHost, zone: ZoneID, at: Timestamp)]
  func flappingViews(_ flap: FlapLimit, at now: Timestamp, limit: Int) throws -> [FlappingView]
}

/// A zone's view that opened and closed as often as `FlapLimit` says within its window.
package struct FlappingView: Hashable, Sendable {
  package var endpoint: EndpointID
  package var site: SiteID
  package var key: ViewKey
  package var changes: Int

  package init(endpoint: EndpointID, site: SiteID, key: ViewKey, changes: Int) {
    self.endpoint = endpoint
    self.site = site
    self.key = key
    self.changes = changes
  }
}

package protocol FindingWriting: FindingReading {
  func openFindings(_ findings: [FoundNow], at time: Timestamp) throws
  /// Those of endpoints' own rules that are so no more.
  func closeFindings(_ rules: FindingSet, of endpoint: EndpointID, at time: Timestamp) throws
  /// What some rules find now: new ones begin and are told, the others' words are renewed; of the rules in `whole`, those that
  /// are not among them end.
  func replaceFindings(
    _ found: [FoundNow], of rules: [FindingRule], ending whole: [FindingRule], at time: Timestamp) throws
  /// What somebody says at a time; nil: it is taken back.
  func setAcknowledgement(
    _ acknowledgement: FindingRecord.Acknowledgement?, of finding: FindingID, at time: Timestamp) throws
}
