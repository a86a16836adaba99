package import Model

/// By which way a receiver is reached.
package enum ReceiverKind: String, Hashable, Sendable, Codable, CaseIterable {
  case webhook, slack, teams, alertmanager, email, syslog, journal, command
}

/// Where messages go.
package struct ReceiverRecord: Hashable, Sendable {
  package var id: ReceiverID
  package var name: String
  package var kind: ReceiverKind
  package var settings: ReceiverSettings
  package var secrets: ReceiverSecrets
  package var note: String?
  package var createdAt: Timestamp
  package var changedAt: Timestamp

  package init(
    id: ReceiverID, name: String, kind: ReceiverKind, settings: ReceiverSettings, secrets: ReceiverSecrets,
    note: String?, createdAt: Timestamp, changedAt: Timestamp
  ) {
    self.id = id
    self.name = name
    self.kind = kind
    self.settings = settings
    self.secrets = secrets
    self.note = note
    self.createdAt = createdAt
    self.changedAt = changedAt
  }
}

/// What everybody may see of a receiver.
package struct ReceiverSettings: Hashable, Sendable, Codable {
  /// Scheme, host and port of its URL: paths of webhooks are credentials.
  package var destination: String?
  package var from: String?
  package var to: [String]?
  package var user: String?
  /// The path of a program that the coordinator's configuration lists.
  package var command: String?
  /// Of an Alertmanager: how long an alert stays active that nothing resolves.
  package var activeSeconds: Int?

  package init() {}
}

/// What nobody sees again once it is set. Has no text, so that no log shows it by mistake.
package struct ReceiverSecrets: Hashable, Sendable, Codable, CustomStringConvertible, CustomReflectable {
  package var url: String?
  /// Each signs, so that a new one can be made known before the old one goes.
  package var signing: [String]?
  package var token: String?
  package var password: String?

  package init() {}

  package var description: String { "(secrets)" }
  package var customMirror: Mirror { Mirror(self, children: []) }

  /// A text without what it may have from the secrets; long enough parts alone, since short ones stand in every text.
  package func removed(from text: String) -> String {
    var secrets = [token, password].compactMap(\.self) + (signing ?? [])
    if let url {
      secrets.append(url)
      if let path = url.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false).dropFirst(3).first {
        secrets.append(String(path))
      }
    }
    return secrets.filter { $0.count >= 4 }.sorted { $0.count > $1.count }.reduce(text) { text, secret in
      text.split(separator: secret, omittingEmptySubsequences: false).joined(separator: "…")
    }
  }
}
