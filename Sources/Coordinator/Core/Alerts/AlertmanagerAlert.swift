package import Model

/// An alert as an Alertmanager knows it: the labels are its identity, the same from its start to its end.
package struct AlertmanagerAlert: Hashable, Sendable, Codable {
  package var labels: [String: String]
  package var annotations: [String: String]
  package var startsAt: Timestamp
  package var endsAt: Timestamp

  package init(
    labels: [String: String], annotations: [String: String], startsAt: Timestamp, endsAt: Timestamp
  ) {
    self.labels = labels
    self.annotations = annotations
    self.startsAt = startsAt
    self.endsAt = endsAt
  }

  /// How long one lives without being sent again (prometheus.io/docs/alerting/latest/clients): some times the interval.
  package static let life = Duration.seconds(300)
  package static let interval = Duration.seconds(60)

  package init(_ entry: AlertMessage.Entry, of message: AlertMessage, at now: Timestamp) {
    var labels = [
      "alertname": message.alert, "severity": message.severity.rawValue, "kind": entry.kind.rawValue,
      "site": entry.site, "subject": entry.place,
    ]
    labels["zone"] = entry.zone
    labels["instance"] = entry.address.map(\.description)
    labels["port"] = entry.port.map { String($0.rawValue) }
    labels["protocol"] = entry.protocol?.rawValue
    labels["scope"] = entry.scope
    if message.isTest { labels["test"] = "true" }
    var annotations = ["summary": entry.text, "message_id": message.id]
    annotations["agent"] = entry.agent
    annotations["job"] = entry.job.map(\.description)
    annotations["process"] = entry.process
    self.init(
      labels: labels, annotations: annotations, startsAt: min(entry.observedAt, now),
      endsAt: message.isTest ? now + .seconds(60) : now + Self.life)
  }

  /// Many notices as one alert. Its message's name is part of its identity: the next such message is another.
  package init(whole message: AlertMessage, at now: Timestamp) {
    var labels = [
      "alertname": message.alert, "severity": message.severity.rawValue, "message": message.id,
      "kind": message.counts.count == 1 ? message.counts.keys.first ?? "" : "several",
      "subject": message.network ?? "\(message.hostCount) hosts",
    ]
    let sites = Set(message.entries.map(\.site))
    labels["site"] = sites.count == 1 ? sites.first : nil
    self.init(
      labels: labels, annotations: ["summary": message.title, "message_id": message.id],
      startsAt: min(message.firstAt, now), endsAt: now + Self.life)
  }

  package var fingerprint: String {
    labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: "\u{1}")
  }
}

/// An alert that an Alertmanager has been told of and that is not over.
package struct ActiveAlert: Sendable {
  package var receiver: ReceiverID
  package var subject: String
  package var kind: NoticeKind
  package var alert: AlertmanagerAlert
  /// When it was over; nil: it is not.
  package var endedAt: Timestamp?
  /// When it is taken for over though nothing said so.
  package var expiresAt: Timestamp
  package var nextAt: Timestamp

  /// Of one alert of a whole message.
  package static func subject(ofMessage key: String) -> String { "message|\(key)" }

  package init(
    receiver: ReceiverID, subject: String, kind: NoticeKind, alert: AlertmanagerAlert, endedAt: Timestamp?,
    expiresAt: Timestamp, nextAt: Timestamp
  ) {
    self.receiver = receiver
    self.subject = subject
    self.kind = kind
    self.alert = alert
    self.endedAt = endedAt
    self.expiresAt = expiresAt
    self.nextAt = nextAt
  }
}
