package import CoordinatorCore
internal import CoordinatorTrust
package import Model
internal import Schedules

/// Alerts as people make them.
package struct AlertService: Sendable {
  /// What somebody wants of an alert; what is not named stays, or is the standard.
  package struct Draft: Sendable {
    package var kinds: [String]?
    package var query: String?
    package var receivers: [String]?
    package var site: String?
    package var severity: AlertRule.Severity?
    package var grouping: AlertRule.Grouping?
    package var waitSeconds: Int?
    package var digestSeconds: Int?
    package var quietHours: String?
    package var certificateDays: Int?
    package var isPaused: Bool?

    package init() {}
  }

  private let context: FleetContext

  package init(context: FleetContext) { self.context = context }

  static let alertLimit = 1_000

  package func alerts() async throws -> (alerts: [AlertRecord], receivers: [ReceiverRecord], places: PlaceNames) {
    try await context.store.read { (try $0.alerts(), try $0.receivers(), try PlaceNames($0)) }
  }

  package func add(named name: String, _ draft: Draft) async throws -> AlertID {
    try NameCheck.check(name, at: "/name")
    let now = context.clock.now
    return try await context.queue.commit { [context] session in
      let known = try session.alerts()
      guard known.count < Self.alertLimit else {
        throw Refusal(.conflict, "there are \(Self.alertLimit) alerts already")
      }
      guard !known.contains(where: { $0.name == name }) else {
        throw Refusal(.conflict, "there is an alert \"\(name)\" already", at: "/name")
      }
      guard draft.receivers != nil else { throw Refusal(.invalidValue, "an alert needs a receiver", at: "/receivers") }
      var alert = AlertRecord(
        id: AlertID(0), name: name, site: nil, isPaused: false, rule: AlertRule(), receivers: [], createdAt: now,
        changedAt: now)
      try Self.apply(draft, to: &alert, context, now, Known(session))
      let id = try session.insertAlert(alert)
      try Self.settleWanted(session)
      return id
    }
  }

  package func edit(_ id: AlertID, _ draft: Draft) async throws {
    let now = context.clock.now
    try await context.queue.commit { [context] session in
      guard var alert = try session.alerts().first(where: { $0.id == id }) else {
        throw Refusal(.notFound, "there is no \(id)")
      }
      try Self.apply(draft, to: &alert, context, now, Known(session))
      alert.changedAt = now
      try session.setAlert(alert)
      try Self.settleWanted(session)
    }
  }

  package func remove(_ id: AlertID) async throws {
    try await context.queue.commit { session in
      guard try session.alerts().contains(where: { $0.id == id }) else {
        throw Refusal(.notFound, "there is no \(id)")
      }
      try session.removeAlert(id)
      try Self.settleWanted(session)
    }
  }

  /// Puts a test message into the outbox, to each receiver of the alert, by the way that real ones go.
  package func test(_ id: AlertID) async throws -> [DeliveryID] {
    let now = context.clock.now
    let deliveries = try await context.queue.commit { session in
      guard let alert = try session.alerts().first(where: { $0.id == id }) else {
        throw Refusal(.notFound, "there is no \(id)")
      }
      let receivers = try session.receivers().filter { alert.receivers.contains($0.id) }
      return try session.insertMessage(
        Self.testMessage(of: alert.name, alert.rule.severity, at: now), alert: id, to: receivers, at: now)
    }
    context.outbox.fire()
    return deliveries
  }

  static func testMessage(of name: String, _ severity: AlertRule.Severity, at now: Timestamp) -> AlertMessage {
    var content = AlertGroupContent()
    let notice = ChangeNotice(
      kind: .opened, site: SiteID(1), address: IPAddress(ipv4: 0xc000_0201), endpoint: ProtocolPort(.tcp, 443),
      before: EndpointState.closed.rawValue, after: EndpointState.open.rawValue, observedAt: now, acceptedAt: now,
      evidence: "a test: nothing has happened")
    content.add(NoticeSubject(record: NoticeRecord(id: 0, notice: notice), site: "test"), digest: Secret.digest)
    // Each test is a message of its own.
    let id = MessageName.random()
    return AlertMessage(id: id, alert: name, severity: severity, isTest: true, createdAt: now, content: content)
  }

  /// What alerts refer to.
  struct Known {
    let receivers: [ReceiverRecord]
    let places: PlaceNames

    init(_ session: any ReadSession) throws {
      receivers = try session.receivers()
      places = try PlaceNames(session)
    }
  }

  /// Throws a `Refusal` that points at the field at fault.
  static func apply(
    _ draft: Draft, to alert: inout AlertRecord, _ context: FleetContext, _ now: Timestamp, _ known: Known
  ) throws {
    if let kinds = draft.kinds { alert.rule.kinds = kinds.isEmpty ? nil : try kinds.enumerated().map(kind) }
    if let query = draft.query {
      do throws(ExpressionError) {
        _ = try ChartQuery(parsing: query, services: context.services, at: now)
      } catch {
        throw Refusal(.invalidValue, error.description, at: "/query")
      }
      alert.rule.query = query.isEmpty ? nil : query
    }
    if let names = draft.receivers {
      guard !names.isEmpty else { throw Refusal(.invalidValue, "an alert needs a receiver", at: "/receivers") }
      let ids = try names.enumerated().map { index, name in
        guard let receiver = known.receivers.first(where: { $0.name == name || $0.id.description == name }) else {
          let nearest = NearestWord.to(name, among: known.receivers.map(\.name)).map { "; did you mean \($0)?" } ?? ""
          throw Refusal(.invalidValue, "there is no receiver \"\(name)\"\(nearest)", at: "/receivers/\(index)")
        }
        return receiver.id
      }
      alert.receivers = Set(ids).sorted()
    }
    if let site = draft.site {
      alert.site = site == "*" ? nil : try known.places.site(named: site, at: "/site").id
    }
    if let severity = draft.severity { alert.rule.severity = severity }
    if let grouping = draft.grouping { alert.rule.grouping = grouping }
    if let seconds = draft.waitSeconds {
      guard (0...3_600).contains(seconds) else {
        throw Refusal(.invalidValue, "0 to 3600 is expected", at: "/waitSeconds")
      }
      alert.rule.waitSeconds = seconds
    }
    if let seconds = draft.digestSeconds {
      guard seconds == 0 || (60...7 * 86_400).contains(seconds) else {
        throw Refusal(.invalidValue, "60 seconds to 7 days, or 0 for none, is expected", at: "/digestSeconds")
      }
      alert.rule.digestSeconds = seconds == 0 ? nil : seconds
    }
    if let text = draft.quietHours {
      let hours = QuietHours(text)
      guard text.isEmpty || text == "none" || hours != nil else {
        throw Refusal(
          .invalidValue,
          "\"\(text)\": HH:MM-HH:MM is expected, with a zone behind it such as Europe/Berlin, an offset such as +01:00, or neither; or none",
          at: "/quietHours")
      }
      if let zone = hours?.timeZone {
        _ = try ScheduleService.at("/quietHours") { try context.timeZones.rules(of: zone) }
      }
      alert.rule.quietHours = hours
    }
    if let days = draft.certificateDays {
      guard (0...365).contains(days) else {
        throw Refusal(.invalidValue, "1 to 365 is expected, or 0 for what is usual", at: "/certificateDays")
      }
      guard days == 0 || alert.rule.wanted.contains(.certificateExpiring) else {
        throw Refusal(.invalidValue, "this goes with the kind certificate-expiring", at: "/certificateDays")
      }
      alert.rule.certificateDays = days == 0 ? nil : days
    }
    // Of an alert that is not about certificates any more it says nothing.
    if !alert.rule.wanted.contains(.certificateExpiring) { alert.rule.certificateDays = nil }
    if let isPaused = draft.isPaused { alert.isPaused = isPaused }
  }

  private static func kind(_ index: Int, _ word: String) throws -> NoticeKind {
    guard let kind = NoticeKind(rawValue: word.lowercased()) else {
      let known = NoticeKind.allCases.filter(NoticeKind.told.contains).map(\.rawValue)
      let nearest = NearestWord.to(word, among: known).map { "; did you mean \($0)?" } ?? ""
      throw Refusal(
        .invalidValue, "\"\(word)\" is not one of \(known.joined(separator: ", "))\(nearest)", at: "/kinds/\(index)")
    }
    guard NoticeKind.told.contains(kind) else {
      throw Refusal(
        .invalidValue, "nothing in this version tells of \"\(word)\": the alert would be silent for ever",
        at: "/kinds/\(index)")
    }
    return kind
  }

  /// The feed has what alerts want, and what ends an alert that an Alertmanager holds.
  static func settleWanted(_ session: any WriteSession) throws {
    let holders = Set(try session.receivers().filter { $0.kind == .alertmanager }.map(\.id))
    var wanted: Set<NoticeKind> = []
    for alert in try session.alerts() where !alert.isPaused {
      wanted.formUnion(alert.rule.wanted)
      if !holders.isDisjoint(with: alert.receivers) {
        for kind in alert.rule.wanted { wanted.formUnion(kind.opposites) }
      }
    }
    try session.setWantedNotices(wanted)
  }
}

/// Names of messages, which receivers tell repetitions by.
enum MessageName {
  private static func name(_ octets: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789abcdef")
    return "msg_" + String(octets.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
  }

  /// Of what a group of an alert gathered: the same notices give the same name.
  static func of(_ group: AlertGroup) -> String {
    name(Secret.digest(of: Array("\(group.alert.rawValue)|".utf8) + group.content.chain).prefix(16))
  }

  static func random() -> String {
    var generator = SystemRandomNumberGenerator()
    return name((0..<16).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
  }
}
