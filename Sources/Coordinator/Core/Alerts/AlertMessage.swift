package import Model

/// What is told to receivers: one or many notices that one alert matched.
package struct AlertMessage: Hashable, Sendable, Codable {
  /// A notice as a message tells it.
  package struct Entry: Hashable, Sendable, Codable {
    package var kind: NoticeKind
    package var site: String
    package var zone: String?
    package var scope: String?
    package var address: IPAddress?
    package var port: Port?
    package var `protocol`: TransportProtocol?
    package var before: String?
    package var after: String?
    package var observedAt: Timestamp
    package var agent: String?
    package var job: JobID?
    package var scan: ScanID?
    package var evidence: String?
    package var verdict: String?
    package var service: String?
    package var process: String?
    package var unit: String?
    /// What it is about, whatever is told of it.
    package var subject: String

    package init(_ subject: NoticeSubject) {
      let notice = subject.notice
      kind = notice.kind
      site = subject.site
      zone = subject.zone
      scope = notice.scope == .site ? nil : notice.scope.rawValue
      address = notice.address
      port = notice.endpoint?.port
      `protocol` = notice.endpoint?.transport
      before = notice.before
      after = notice.after
      observedAt = notice.observedAt
      agent = subject.agent
      job = notice.job
      scan = notice.scan
      evidence = notice.evidence
      verdict = subject.row?.summary.verdict?.rawValue
      service = subject.row?.summary.service?.name
      process = subject.row?.listener?.processes.first?.name
      unit = subject.row?.listener?.unit
      self.subject = notice.subject
    }
  }

  /// Stable: whoever gets a message twice knows it by this.
  package var id: String
  package var alert: String
  package var severity: AlertRule.Severity
  /// Sent to see whether messages arrive.
  package var isTest: Bool
  package var createdAt: Timestamp
  /// Notices in all, and of how many hosts.
  package var count: Int
  package var hostCount: Int
  package var counts: [String: Int]
  /// The first of them.
  package var entries: [Entry]

  package init(
    id: String, alert: String, severity: AlertRule.Severity, isTest: Bool = false, createdAt: Timestamp,
    content: AlertGroupContent
  ) {
    self.id = id
    self.alert = alert
    self.severity = severity
    self.isTest = isTest
    self.createdAt = createdAt
    count = content.count
    hostCount = content.hosts.count
    counts = content.counts
    entries = content.entries
  }

  /// One line for people: `closed: 254 on 254 hosts of 10.0.0.0/24`.
  package var title: String {
    let prefix = isTest ? "test: " : ""
    if let only = entries.first, count == 1 { return prefix + only.text }
    let kinds = counts.sorted { ($0.value, $1.key) > ($1.value, $0.key) }.map { "\($0.value) \($0.key)" }
    let place = hostCount > 1 ? " on \(hostCount) hosts" : entries.first?.address.map { " on \($0)" } ?? ""
    return prefix + kinds.joined(separator: ", ") + place + (network.map { " of \($0)" } ?? "")
  }

  /// The /24 or /64 that all of them lie in.
  package var network: String? {
    guard hostCount > 1 else { return nil }
    let networks = Set(
      entries.compactMap { entry in
        entry.address.map { AddressRange(network: $0, prefixLength: $0.family == .ipv4 ? 24 : 64).description }
      })
    return networks.count == 1 ? networks.first : nil
  }

  package var firstAt: Timestamp { entries.map(\.observedAt).min() ?? createdAt }
}

extension AlertMessage.Entry {
  /// `10.0.0.5:443/tcp`, or the host's, the agent's or the scan's name.
  package var place: String {
    guard let address else {
      return kind == .scheduleMissed ? before ?? site : scan?.description ?? agent ?? site
    }
    guard let port, let `protocol` else { return address.description }
    let host = address.family == .ipv6 ? "[\(address)]" : address.description
    return "\(host):\(port.rawValue)/\(`protocol`.rawValue)"
  }

  /// One line for people.
  package var text: String {
    var words = [kind.rawValue, place]
    if let before, let after, kind != .scheduleMissed {
      words.append("(\(before) → \(after))")
    } else if let after {
      words.append("(\(after))")
    }
    if let service { words.append(service) }
    if let process { words.append("by \(process)") }
    if let verdict { words.append(verdict) }
    if let zone { words.append("from \(zone)") }
    return words.joined(separator: " ")
  }
}

/// What a group has gathered.
package struct AlertGroupContent: Hashable, Sendable, Codable {
  /// Entries that a message lists; the others are counted.
  package static let entryLimit = 100
  /// Hosts that are told apart; more are counted as so many.
  private static let hostLimit = 1_024

  package private(set) var count = 0
  package private(set) var counts: [String: Int] = [:]
  package private(set) var hosts: Set<String> = []
  package private(set) var entries: [AlertMessage.Entry] = []
  /// Names all that is in it: a digest over the identities, in their order.
  package private(set) var chain: [UInt8] = []

  package init() {}

  /// `digest` makes a short text of fixed length of a long one.
  package mutating func add(_ subject: NoticeSubject, digest: ([UInt8]) -> [UInt8]) {
    count += 1
    counts[subject.notice.kind.rawValue, default: 0] += 1
    if let address = subject.notice.address, hosts.count < Self.hostLimit {
      hosts.insert("\(subject.notice.site.rawValue) \(subject.notice.scope.rawValue) \(address)")
    }
    if entries.count < Self.entryLimit { entries.append(AlertMessage.Entry(subject)) }
    chain = digest(chain + Array(subject.notice.identity.utf8))
  }
}

/// A group that is not a message yet.
package struct AlertGroup: Sendable {
  package var id: Int64
  package var alert: AlertID
  package var name: String
  package var openedAt: Timestamp
  package var dueAt: Timestamp
  package var content: AlertGroupContent
  /// Whether it is kept up what of it is over: an Alertmanager is to be told of it.
  package var isFollowed: Bool

  package init(
    id: Int64, alert: AlertID, name: String, openedAt: Timestamp, dueAt: Timestamp, content: AlertGroupContent,
    isFollowed: Bool = false
  ) {
    self.id = id
    self.alert = alert
    self.name = name
    self.openedAt = openedAt
    self.dueAt = dueAt
    self.content = content
    self.isFollowed = isFollowed
  }
}
