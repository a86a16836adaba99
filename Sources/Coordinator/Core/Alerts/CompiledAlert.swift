package import Model

/// An alert made ready to be matched. An object: it is looked at for each of thousands of notices, and not copied for it.
package final class CompiledAlert: Sendable {
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

  /// Whether the notice is meant for this alert at all, whatever its query says.
  fileprivate func isMeant(by notice: ChangeNotice) -> Bool {
    if let site = alert.site, site != notice.site { return false }
    return notice.alert == nil || notice.alert == alert.id
  }

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

/// What notices of a batch match, from its beginning.
package struct AlertMatches: Sendable {
  /// A group of an alert, told apart by the alert's place in the list.
  package struct Group: Hashable, Sendable {
    package var alert: Int
    package var name: String
  }

  /// Places in the batch, in its order.
  package private(set) var groups: [Group: [Int]] = [:]
  /// Notices that were judged: all of them, or as many as made `groupLimit` groups.
  package private(set) var judgedCount = 0

  /// Judges each notice by each alert that wants its kind, until there are `groupLimit` groups or more.
  package init(_ subjects: [NoticeSubject], _ alerts: [CompiledAlert], groupLimit: Int = .max) {
    var byKind: [NoticeKind: [Int]] = [:]
    for (index, subject) in subjects.enumerated() {
      guard groups.count < groupLimit else { return }
      judgedCount = index + 1
      let kind = subject.notice.kind
      let candidates = byKind[kind] ?? alerts.indices.filter { alerts[$0].wants(kind) }
      byKind[kind] = candidates
      let (address, endpoint) = (subject.notice.address, subject.notice.endpoint)
      var judged: JudgedRow?
      for place in candidates {
        let alert = alerts[place]
        switch alert.gate.judge(address, endpoint) {
        case .no: continue
        case .yes: guard alert.isMeant(by: subject.notice) else { continue }
        case .maybe:
          guard alert.isMeant(by: subject.notice) else { continue }
          // Made once, and only for what gets so far.
          let row = judged ?? subject.judged
          judged = row
          guard alert.filter.holds(for: row) else { continue }
        }
        let name = alert.group(of: subject.notice, subject.record.id)
        groups[Group(alert: place, name: name), default: []].append(index)
      }
    }
  }
}
