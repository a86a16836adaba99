package import Model

/// What an alert waits for, and how it tells of it.
package struct AlertRule: Hashable, Sendable, Codable {
  package enum Severity: String, Hashable, Sendable, Codable, CaseIterable {
    case info, warning, critical
  }

  /// What becomes one message.
  package enum Grouping: String, Hashable, Sendable, Codable, CaseIterable {
    /// Every notice is a message.
    case none
    case host
    /// A /24 of IPv4, a /64 of IPv6.
    case network
    /// All that the alert matches.
    case alert
  }

  /// Nil: `NoticeKind.unnamed`.
  package var kinds: [NoticeKind]?
  /// In the grammar of docs/query.md; ages count back from when a notice is matched.
  package var query: String?
  package var severity: Severity
  package var grouping: Grouping
  /// A group becomes a message once nothing has come for so long, or after ten times as long.
  package var waitSeconds: Int
  /// A group gathers for so long instead.
  package var digestSeconds: Int?
  package var quietHours: QuietHours?
  /// Of `certificate-expiring`: how long before its end.
  package var certificateDays: Int?

  package init(
    kinds: [NoticeKind]? = nil, query: String? = nil, severity: Severity = .warning, grouping: Grouping = .network,
    waitSeconds: Int = AlertRule.standardWaitSeconds, digestSeconds: Int? = nil, quietHours: QuietHours? = nil,
    certificateDays: Int? = nil
  ) {
    self.kinds = kinds
    self.query = query
    self.severity = severity
    self.grouping = grouping
    self.waitSeconds = waitSeconds
    self.digestSeconds = digestSeconds
    self.quietHours = quietHours
    self.certificateDays = certificateDays
  }

  /// Chunks of one scan come seconds apart: long enough for the next one.
  package static let standardWaitSeconds = 10
  package static let standardCertificateDays = 21

  /// Waits that a group's first notice waits at most.
  private static let longestWaits = 10

  package var wanted: Set<NoticeKind> { kinds.map { Set($0) } ?? NoticeKind.unnamed }

  /// When a group is to become a message.
  package func due(
    openedAt: Timestamp, latestAt: Timestamp, by clock: QuietHours.ZoneOffset = { _, _ in nil }
  ) -> Timestamp {
    let time: Timestamp
    if let digestSeconds {
      time = openedAt + .seconds(digestSeconds)
    } else {
      time = min(latestAt + .seconds(waitSeconds), openedAt + .seconds(waitSeconds * Self.longestWaits))
    }
    return quietHours?.end(ifWithin: time, by: clock) ?? time
  }
}

/// An alert as it is kept.
package struct AlertRecord: Hashable, Sendable {
  package var id: AlertID
  package var name: String
  /// Nil: every site.
  package var site: SiteID?
  package var isPaused: Bool
  package var rule: AlertRule
  package var receivers: [ReceiverID]
  package var createdAt: Timestamp
  package var changedAt: Timestamp

  package init(
    id: AlertID, name: String, site: SiteID?, isPaused: Bool, rule: AlertRule, receivers: [ReceiverID],
    createdAt: Timestamp, changedAt: Timestamp
  ) {
    self.id = id
    self.name = name
    self.site = site
    self.isPaused = isPaused
    self.rule = rule
    self.receivers = receivers
    self.createdAt = createdAt
    self.changedAt = changedAt
  }
}
