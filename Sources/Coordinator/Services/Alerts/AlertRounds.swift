internal import CoordinatorCore
internal import CoordinatorTrust
internal import Logging
internal import Model
internal import ServiceLifecycle
internal import Synchronization

/// Matches the feed of notices, and makes messages of what has been gathered: each step is one transaction, so that whenever it
/// ends, a notice is either still in the feed, or in its groups, or in the outbox.
package final class AlertRounds: Service {
  private let context: FleetContext
  private let logger = Logger(label: "periplus.alerts")
  private let watch: SourceWatch

  /// Notices that are matched in one transaction, and groups of alerts after which it takes no more of them.
  private static let batch = 4_000
  private static let matchedGroups = 1_000
  /// Groups that become messages in one transaction, and deliveries after which it makes no more of them.
  private static let groupBatch = 200
  private static let madeDeliveries = 1_000
  /// Notices of one group of which it is kept up whether they are over.
  private static let followLimit = 1_024
  private static let sweepInterval = Duration.seconds(60)
  private let sweptAt = Mutex<Timestamp?>(nil)

  package init(context: FleetContext) {
    self.context = context
    watch = SourceWatch(context: context)
  }

  package func run() async throws {
    for await _ in AsyncTimerTicks(every: .milliseconds(500)).cancelOnGracefulShutdown() {
      do {
        try await watch.look()
        try await lookForFindings()
        try await round()
      } catch is CancellationError {
        return
      } catch {
        // A full disk and a queue that is behind pass; what is in the feed stays there.
        logger.error("alerts could not be matched: \(error)")
      }
    }
  }

  /// Findings that depend on time come by nobody's report.
  private func lookForFindings() async throws {
    let now = context.clock.now
    let isDue = sweptAt.withLock { last in
      guard last.map({ now - $0 >= Self.sweepInterval || now < $0 }) ?? true else { return false }
      last = now
      return true
    }
    guard isDue, try await context.store.read({ try $0.wantedNotices().contains(.finding) }) else { return }
    try await FindingService(context: context).sweep()
  }

  /// Matches all that is in the feed and sends what is due.
  package func round() async throws {
    while try await match() {}
    while try await send() {}
  }

  private struct Matched: Sendable {
    var cursor: Int64
    /// The last that was judged.
    var last: Int64
    var subjects: [NoticeSubject]
    var alerts: [CompiledAlert]
    var matches: AlertMatches
    var isFull: Bool
  }

  /// True: there may be more.
  private func match() async throws -> Bool {
    let now = context.clock.now
    let matched = try await context.store.read { [context] session -> Matched? in
      let cursor = try session.noticeCursor()
      let records = try session.notices(after: cursor, limit: Self.batch)
      guard !records.isEmpty else { return nil }
      var alerts: [CompiledAlert] = []
      for alert in try session.alerts() where !alert.isPaused {
        // Queries were checked when the alert was made; of a later version's one that is not, nothing matches.
        if let compiled = try? CompiledAlert(alert, services: context.services, at: now) { alerts.append(compiled) }
      }
      var reader = SubjectReader(
        session: session, places: try PlaceNames.with(Set(records.compactMap(\.notice.agent)), session),
        inventoryNotBefore: now - context.settings.inventoryMaximumAge,
        readsNames: alerts.contains(where: \.filter.asksForNames))
      let needsRow = alerts.contains { $0.filter.needsRow }
      var subjects = try records.map { try reader.subject($0, withRow: needsRow) }
      let matches = AlertMatches(subjects, alerts, groupLimit: Self.matchedGroups)
      subjects.removeLast(subjects.count - matches.judgedCount)
      if !needsRow {
        // Messages tell of who listens there; of the entries that they list.
        let shown = Set(matches.groups.values.flatMap { $0.prefix(AlertGroupContent.entryLimit) })
        for index in shown { subjects[index] = try reader.subject(records[index], withRow: true) }
      }
      return Matched(
        cursor: cursor, last: records[matches.judgedCount - 1].id, subjects: subjects, alerts: alerts,
        matches: matches, isFull: records.count == Self.batch || matches.judgedCount < records.count)
    }
    guard let matched else { return false }
    let clock: @Sendable (String, Timestamp) -> Int64? = { [context] zone, time in
      context.offset(of: zone, at: time)
    }
    try await context.queue.commit(rows: matched.matches.groups.count + 1) { session in
      // Nobody else moves it; but what is done twice would be told twice.
      guard try session.noticeCursor() == matched.cursor else { return }
      try Self.gather(matched, at: now, clock, in: session)
      try session.endActiveAlerts(by: matched.subjects.map(\.notice), at: now)
      try session.setNoticeCursor(matched.last)
    }
    return matched.isFull
  }

  private static func gather(
    _ matched: Matched, at now: Timestamp, _ clock: QuietHours.ZoneOffset, in session: any WriteSession
  ) throws {
    let known = Set(try session.alerts().map(\.id))
    let managers = Set(try session.receivers().filter { $0.kind == .alertmanager }.map(\.id))
    for (group, indices) in matched.matches.groups.sorted(by: {
      ($0.key.alert, $0.key.name) < ($1.key.alert, $1.key.name)
    }) {
      let alert = matched.alerts[group.alert].alert
      guard known.contains(alert.id) else { continue }
      var stored =
        try session.alertGroup(of: alert.id, named: group.name)
        ?? AlertGroup(
          id: 0, alert: alert.id, name: group.name, openedAt: now, dueAt: now, content: AlertGroupContent())
      if stored.content.count == 0 { stored.isFollowed = !managers.isDisjoint(with: alert.receivers) }
      let free = max(0, followLimit - stored.content.count)
      for index in indices { stored.content.add(matched.subjects[index], digest: Secret.digest) }
      stored.dueAt = alert.rule.due(openedAt: stored.openedAt, latestAt: now, by: clock)
      try session.setAlertGroup(stored)
      if stored.isFollowed {
        try session.follow(
          indices.prefix(free).map { matched.subjects[$0].notice }, inGroup: group.name, of: alert.id)
      }
    }
  }

  /// Groups whose time has come become messages, each with its deliveries; true: there may be more.
  private func send() async throws -> Bool {
    let now = context.clock.now
    let isThere = try await context.store.read { try !$0.dueAlertGroups(before: now, limit: 1).isEmpty }
    guard isThere else { return false }
    let mayBeMore = try await context.queue.commit(rows: Self.groupBatch) { session in
      var made = 0
      let groups = try session.dueAlertGroups(before: now, limit: Self.groupBatch)
      let alerts = Dictionary(try session.alerts().map { ($0.id, $0) }) { first, _ in first }
      let receivers = try session.receivers()
      for group in groups {
        guard made < Self.madeDeliveries else { return true }
        if let alert = alerts[group.alert], !alert.isPaused {
          let message = AlertMessage(
            id: MessageName.of(group), alert: alert.name, severity: alert.rule.severity, createdAt: now,
            content: group.content)
          made += try session.insertMessage(
            message, alert: alert.id, to: receivers.filter { alert.receivers.contains($0.id) }, at: now
          ).count
          if group.isFollowed { try session.follow(message.id, insteadOf: group) }
        }
        try session.removeAlertGroup(group.id)
      }
      return groups.count == Self.groupBatch
    }
    context.outbox.fire()
    return mayBeMore
  }
}

/// Reads what queries and messages say of notices.
private struct SubjectReader {
  let session: any ReadSession
  let places: PlaceNames
  private let inventoryNotBefore: Timestamp
  /// Whether hosts are asked for what they are called.
  private let readsNames: Bool
  private var agents: [AgentID: AgentRecord?] = [:]
  private var told: ToldNames

  init(session: any ReadSession, places: PlaceNames, inventoryNotBefore: Timestamp, readsNames: Bool) {
    self.readsNames = readsNames
    told = ToldNames(session, asOf: nil)
    self.session = session
    self.places = places
    self.inventoryNotBefore = inventoryNotBefore
  }

  mutating func subject(_ record: NoticeRecord, withRow: Bool) throws -> NoticeSubject {
    let notice = record.notice
    var row: ChartRow?
    if withRow, let host = notice.host, let key = notice.endpoint {
      row = try session.chartRow(of: host, key, inventoryNotBefore: inventoryNotBefore)
    }
    var owner = notice.address == nil ? notice.agent : row?.summary.insideAgent
    // Of a host as a whole there is no row.
    if readsNames, owner == nil, notice.endpoint == nil, let host = notice.host {
      owner = try session.agentLiving(at: host)
    }
    var names: [String] = []
    if readsNames {
      names = try notice.host.map { try told.names(of: $0) } ?? []
      if let hostName = try owner.flatMap({ try agent($0)?.hostName }) { names.append(hostName) }
    }
    return NoticeSubject(
      record: record, site: places.name(of: notice.site), zone: notice.zone.map(places.name),
      agent: notice.agent.map(places.name), tags: try owner.flatMap { try agent($0)?.tags } ?? [], names: names,
      row: row)
  }

  private mutating func agent(_ id: AgentID) throws -> AgentRecord? {
    if let known = agents[id] { return known }
    let read = try session.agent(id)
    agents[id] = read
    return read
  }
}
