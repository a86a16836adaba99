internal import Model

/// A notice with what queries and messages say of it beyond its own words.
package struct NoticeSubject: Sendable {
  package var record: NoticeRecord
  package var site: String
  package var zone: String?
  /// Who saw it, or whom it is about.
  package var agent: String?
  /// Tags of the agent that lives on the host, or that it is about.
  package var tags: [String]
  /// What the host is called; empty where nobody asks for it.
  package var names: [String]
  /// The endpoint as the chart has it now; nil: there is none, or nobody asks for it.
  package var row: ChartRow?

  package init(
    record: NoticeRecord, site: String, zone: String? = nil, agent: String? = nil, tags: [String] = [],
    names: [String] = [], row: ChartRow? = nil
  ) {
    self.record = record
    self.site = site
    self.zone = zone
    self.agent = agent
    self.tags = tags
    self.names = names
    self.row = row
  }

  package var notice: ChangeNotice { record.notice }
}

extension NoticeSubject {
  /// What a query is judged by, as it would be for the endpoint's row. Without the row most of it is not known.
  var judged: JudgedRow {
    var summary = row?.summary ?? .nothing
    // What it changed to, be the row what it may by now.
    if let state = notice.after.flatMap(EndpointState.init) { summary.state = state }
    return JudgedRow(
      site: site, zones: zone.map { [$0] } ?? [],
      // Of an endpoint, the agent that lives there; of what is about an agent, that one.
      agent: notice.address == nil ? agent : row?.insideAgentName, tags: tags, names: names,
      address: notice.address, key: notice.endpoint, summary: summary, listener: row?.listener,
      service: row?.service?.facts)
  }
}

extension ChartFilter {
  /// Whether the endpoint's row is needed to judge it.
  package var needsRow: Bool {
    contains { term in
      switch term {
      case .site, .zone, .net, .port, .transport: false
      default: true
      }
    }
  }
}

extension EndpointSummary {
  fileprivate static let nothing = EndpointSummary(
    state: nil, reason: nil, verdict: nil, zone: nil, otherZones: [], isSelfView: false, listener: nil,
    insideAgent: nil, firstSeen: nil, lastSeen: nil, differedAt: nil)
}
