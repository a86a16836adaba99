package import Model

/// An alert made ready to be matched.
package struct CompiledAlert: Sendable {
  package let alert: AlertRecord
  package let filter: ChartFilter
  fileprivate let gate: FilterGate
  private let kinds: Set<NoticeKind>

  /// Throws an error that points at the character at fault of the alert's query.
  package init(_ alert: AlertRecord, services: ServiceNames, at now: Timestamp) throws(ExpressionError) {
    self.alert = alert
    filter = try ChartQuery(parsing: alert.rule.query ?? "", services: services, at: now).filter
    gate = FilterGate(filter)
    kinds = alert.rule.wanted
  }

  package func wants(_ kind: NoticeKind) -> Bool { kinds.contains(kind) }

  /// `row` is what the subject is judged by.
  func matches(_ subject: NoticeSubject, as row: JudgedRow) -> Bool {
    if let site = alert.site, site != subject.notice.site { return false }
    // It is told once for each length of time that an alert asks for.
    if subject.notice.kind == .certificateExpiring,
      subject.notice.before != Self.certificateWords(alert.rule.certificateDays ?? AlertRule.standardCertificateDays)
    {
      return false
    }
    return filter.holds(for: row)
  }

  package static func certificateWords(_ days: Int) -> String { "within \(days) days" }

  /// The group of a notice: what is in one group becomes one message.
  func group(of notice: ChangeNotice, _ id: Int64) -> String {
    switch alert.rule.grouping {
    case .none: return "notice:\(id)"
    case .alert: return ""
    case .host, .network:
      guard let address = notice.address else { return notice.kind.rawValue }
      let place = notice.scope == .site ? "" : " in \(notice.scope.rawValue)"
      return "site:\(notice.site.rawValue) "
        + (alert.rule.grouping == .host ? address.description : Self.network(of: address)) + place
    }
  }

  private static func network(of address: IPAddress) -> String {
    let length = address.family == .ipv4 ? 24 : 64
    return AddressRange(network: address, prefixLength: length).description
  }
}

/// What a batch of notices matches.
package struct AlertMatches: Sendable {
  /// A group of an alert, told apart by the alert's place in the list.
  package struct Group: Hashable, Sendable {
    package var alert: Int
    package var name: String
  }

  /// Places in the batch, in its order.
  package private(set) var groups: [Group: [Int]] = [:]

  /// Judges each notice by each alert that wants its kind.
  package init(_ subjects: [NoticeSubject], _ alerts: [CompiledAlert]) {
    var byKind: [NoticeKind: [Int]] = [:]
    let gates = alerts.map(\.gate)
    for (index, subject) in subjects.enumerated() {
      let kind = subject.notice.kind
      let candidates = byKind[kind] ?? alerts.indices.filter { alerts[$0].wants(kind) }
      byKind[kind] = candidates
      let (address, port) = (subject.notice.address, subject.notice.endpoint?.port.rawValue)
      var judged: JudgedRow?
      for place in candidates where gates[place].lets(address, port) {
        // Made once, and only for what gets so far.
        let row = judged ?? subject.judged
        judged = row
        guard alerts[place].matches(subject, as: row) else { continue }
        let name = alerts[place].group(of: subject.notice, subject.record.id)
        groups[Group(alert: place, name: name), default: []].append(index)
      }
    }
  }
}
