internal import CoordinatorCore
internal import Model

/// What changed in views, told to those whom an alert makes want it; inside the transaction that takes the change in.
///
/// Where no alert wants anything it costs one read a transaction.
struct ChangeTelling {
  let session: any WriteSession
  /// Nil: nothing new is taken in, so that nothing is told.
  let acceptedAt: Timestamp?
  private var wanted: Set<NoticeKind>?
  private var notices: [ChangeNotice] = []
  private let closeAfter: Int
  private let flapLimit: FlapLimit?

  init(session: any WriteSession, acceptedAt: Timestamp?, closeAfter: Int = 1, flapLimit: FlapLimit? = nil) {
    self.session = session
    self.closeAfter = closeAfter
    self.flapLimit = flapLimit
    self.acceptedAt = acceptedAt
  }

  mutating func wants(_ kind: NoticeKind) throws -> Bool {
    guard acceptedAt != nil else { return false }
    return try wantedKinds().contains(kind)
  }

  private mutating func wantedKinds() throws -> Set<NoticeKind> {
    if let wanted { return wanted }
    let read = try session.wantedNotices()
    wanted = read
    return read
  }

  /// Views that were not there before tell what was found.
  mutating func tellFound(
    _ views: [ZoneView], besides known: [ZoneView], at key: ProtocolPort, of host: ChartHost
  ) throws {
    guard let acceptedAt, try wants(.found) else { return }
    for view in views where view.state == .open && view.differedAt == nil {
      guard !known.contains(where: { $0.isOfSameKind(as: view) }) else { continue }
      add(ViewRun(view), as: .found, from: nil, ViewKey(view), at: key, of: host, acceptedAt)
    }
  }

  /// The runs of a view before and after sightings came: what changed with a run that was not there is news. One that began
  /// earlier than was known is the same change, and has been told. `endpoint` is nil where it is new to the chart.
  mutating func tell(
    _ runs: [ViewRun], insteadOf known: [ViewRun], _ view: ViewKey, of endpoint: EndpointID?, at key: ProtocolPort,
    of host: ChartHost
  ) throws {
    guard let acceptedAt, try !wantedKinds().isEmpty else { return }
    var before = known
    before.settle(closeAfter: closeAfter)
    for (index, run) in runs.enumerated() {
      guard let change = run.change else { continue }
      let isKnown = before.contains { old in
        old.state == run.state && old.change == change && run.first <= old.first && old.first <= run.last
      }
      if isKnown { continue }
      // Whoever wants findings alone is not told of those of a port that flaps, either.
      let judgement = try FlapDamping.judge(
        run, among: runs, view, of: endpoint, flapLimit, at: acceptedAt, in: session)
      guard judgement != .holdBack, try wants(NoticeKind(change)) else { continue }
      add(
        run, as: NoticeKind(change), from: index > 0 ? runs[index - 1].state : nil, view, at: key, of: host, acceptedAt,
        evidence: judgement == .tell ? nil : "the port flaps: further changes are not told until it settles")
    }
  }

  /// The runs of a host's view before and after looks came; as for endpoints, one that lies at another time by now has been told.
  mutating func tell(
    _ runs: [HostRun], insteadOf known: [HostRun], _ view: ViewKey, of host: ChartHost
  ) throws {
    guard let acceptedAt else { return }
    for (index, run) in runs.enumerated() {
      guard let change = run.change, try wants(NoticeKind(change)) else { continue }
      let isKnown = known.contains { old in
        old.change == change && run.first <= old.last && old.first <= run.last
      }
      if isKnown { continue }
      notices.append(
        ChangeNotice(
          kind: NoticeKind(change), site: host.site, zone: view.zone, isSelfView: view.isSelfView, scope: host.scope,
          address: host.address, before: index > 0 ? runs[index - 1].state.rawValue : nil, after: run.state.rawValue,
          observedAt: run.first, acceptedAt: acceptedAt, job: run.job, agent: run.agent,
          evidence: run.firstBegun.map { "no answer to the scan that began at \($0)" } ?? "answers"))
    }
  }

  /// Changes of what is behind a port. Those that late answers move to another time are the same.
  mutating func tell(
    _ changes: [EndpointChange], insteadOf known: [EndpointChange], at key: ProtocolPort, of host: ChartHost
  ) throws {
    guard let acceptedAt, !changes.isEmpty else { return }
    func words(_ change: EndpointChange) -> [String] {
      [change.kind.rawValue, String(change.zone.rawValue), change.before, change.after]
    }
    var told = Dictionary(grouping: known, by: words).mapValues(\.count)
    for change in changes.sorted(by: { $0.at < $1.at }) {
      let kind = NoticeKind(change.kind)
      guard try wants(kind) else { continue }
      if let count = told[words(change)], count > 0 {
        told[words(change)] = count - 1
        continue
      }
      notices.append(
        ChangeNotice(
          kind: kind, site: host.site, zone: change.zone, scope: host.scope, address: host.address, endpoint: key,
          before: change.before, after: change.after, observedAt: change.at, acceptedAt: acceptedAt, job: change.job,
          agent: change.agent))
    }
  }

  /// Findings that were not there before. Those of an endpoint that is new to the chart are told by nobody: a first scan would
  /// tell of all it finds.
  mutating func tell(
    _ rules: [FindingRule], at time: Timestamp, from zone: ZoneID?, stored endpoint: EndpointID? = nil,
    _ key: ProtocolPort,
    of host: ChartHost
  ) throws {
    guard let acceptedAt, !rules.isEmpty, try wants(.finding) else { return }
    // They come and go with the port.
    if let endpoint, flapLimit != nil, try FlapDamping.isFlapping(endpoint, in: session) { return }
    notices += rules.map { rule in
      ChangeNotice(
        kind: .finding, site: host.site, zone: zone, scope: host.scope, address: host.address, endpoint: key,
        after: rule.rawValue, observedAt: time, acceptedAt: acceptedAt)
    }
  }

  private mutating func add(
    _ run: ViewRun, as kind: NoticeKind, from before: EndpointState?, _ view: ViewKey, at key: ProtocolPort,
    of host: ChartHost, _ acceptedAt: Timestamp, evidence: String? = nil
  ) {
    notices.append(
      ChangeNotice(
        kind: kind, site: host.site, zone: view.zone, isSelfView: view.isSelfView, scope: host.scope,
        address: host.address, endpoint: key, before: before?.rawValue, after: run.state.rawValue,
        observedAt: run.first, acceptedAt: acceptedAt, job: run.job, agent: run.agent,
        evidence: [run.reason.rawValue, evidence].compactMap(\.self).joined(separator: "; ")))
  }

  mutating func flush() throws {
    guard !notices.isEmpty else { return }
    try session.append(notices)
    notices = []
  }
}
