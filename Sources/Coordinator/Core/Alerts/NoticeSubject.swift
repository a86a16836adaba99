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
  /// The endpoint as the chart has it now; nil: there is none, or nobody asks for it.
  package var row: ChartRow?

  package init(
    record: NoticeRecord, site: String, zone: String? = nil, agent: String? = nil, tags: [String] = [],
    row: ChartRow? = nil
  ) {
    self.record = record
    self.site = site
    self.zone = zone
    self.agent = agent
    self.tags = tags
    self.row = row
  }

  package var notice: ChangeNotice { record.notice }
}

extension ChartFilter {
  /// Whether a query holds for a notice, as it would for the endpoint's row. A term of which nothing is known does not hold.
  package func holds(for subject: NoticeSubject) -> Bool {
    switch self {
    case .term(let term): term.holds(for: subject)
    case .not(let filter): !filter.holds(for: subject)
    case .all(let filters): filters.allSatisfy { $0.holds(for: subject) }
    case .any(let filters): filters.contains { $0.holds(for: subject) }
    }
  }

  /// Whether the endpoint's row is needed to judge it.
  package var needsRow: Bool {
    contains { term in
      switch term {
      case .site, .zone, .net, .port, .transport, .state: false
      default: true
      }
    }
  }
}

extension ChartTerm {
  fileprivate func holds(for subject: NoticeSubject) -> Bool {
    let notice = subject.notice
    let row = subject.row
    func fits(_ text: String?, _ matches: [TextMatch]) -> Bool {
      text.map { text in matches.contains { $0.fits(text) } } ?? false
    }
    switch self {
    case .site(let names): return fits(subject.site, names)
    case .zone(let names): return fits(subject.zone, names)
    // Of an endpoint, the agent that lives there; of what is about an agent, that one.
    case .agent(let names): return fits(notice.address == nil ? subject.agent : row?.insideAgentName, names)
    case .tag(let names): return subject.tags.contains { fits($0, names) }
    case .net(let ranges):
      return notice.address.map { address in
        ranges.contains { $0.family == address.family && $0.contains(address) }
      } ?? false
    case .port(let ranges):
      return notice.endpoint.map { key in ranges.contains { $0.contains(key.port.rawValue) } } ?? false
    case .transport(let transports): return notice.endpoint.map { transports.contains($0.transport) } ?? false
    case .state(let states): return notice.after.flatMap(EndpointState.init).map(states.contains) ?? false
    case .service(let names, let registered):
      if let name = row?.summary.service?.name { return fits(name, names) }
      return notice.endpoint.map(registered.contains) ?? false
    case .product(let names):
      guard let product = row?.summary.service?.product?.lowercased() else { return false }
      return names.contains { $0.lowercased.fits(product) }
    case .verdict(let verdicts): return row?.summary.verdict.map(verdicts.contains) ?? false
    case .process(let names): return row?.listener?.processes.contains { fits($0.name, names) } ?? false
    case .pid(let ranges):
      return row?.listener?.processes.contains { process in ranges.contains { $0.contains(process.pid) } } ?? false
    case .user(let names):
      guard let listener = row?.listener else { return false }
      return fits(listener.user, names) || listener.processes.contains { fits($0.user, names) }
    case .unit(let names): return fits(row?.listener?.unit, names)
    case .container(let names): return fits(row?.listener?.container, names)
    case .time(let moment, let spans):
      let time: Timestamp? =
        switch moment {
        case .firstSeen: row?.summary.firstSeen
        case .lastSeen: row?.summary.lastSeen
        case .lastChanged: row?.summary.differedAt
        }
      return time.map { time in
        spans.contains { span in span.from.map { $0 <= time } ?? true && span.to.map { time < $0 } ?? true }
      } ?? false
    }
  }
}
