package import Model

/// A receiver; of its secrets only which are set.
package struct ReceiverRow: Codable, Sendable, Hashable {
  package var id: ReceiverID
  package var name: String
  package var kind: String
  /// Scheme, host and port: the rest of a URL may be a credential.
  package var destination: String?
  package var from: String?
  package var to: [String]?
  package var user: String?
  package var command: String?
  package var activeSeconds: Int?
  /// Names of the secrets that are set.
  package var secretsSet: [String]
  package var note: String?
  package var createdAt: Timestamp
  package var changedAt: Timestamp

  package init(
    id: ReceiverID, name: String, kind: String, destination: String?, from: String?, to: [String]?, user: String?,
    command: String?, activeSeconds: Int?, secretsSet: [String], note: String?, createdAt: Timestamp,
    changedAt: Timestamp
  ) {
    self.id = id
    self.name = name
    self.kind = kind
    self.destination = destination
    self.from = from
    self.to = to
    self.user = user
    self.command = command
    self.activeSeconds = activeSeconds
    self.secretsSet = secretsSet
    self.note = note
    self.createdAt = createdAt
    self.changedAt = changedAt
  }
}

/// `POST /api/v1/receivers`, and `PUT /api/v1/receivers/{id}`, for which what is absent stays.
package struct ReceiverSpecification: WireRequest, Hashable {
  /// Of a new one, as its kind.
  package var name: String?
  package var kind: String?
  package var url: String?
  package var from: String?
  package var to: [String]?
  package var user: String?
  package var command: String?
  package var activeSeconds: Int?
  /// `whsec_…`; each signs.
  package var secrets: [String]?
  package var token: String?
  package var password: String?
  package var note: String?

  package init() {}

  private enum CodingKeys: String, ListedFields {
    case name, kind, url, from, to, user, command, activeSeconds, secrets, token, password, note
  }
  package static var fieldNames: Set<String> { CodingKeys.names }
}

/// A new receiver. The secret is one that was made up, and is shown this once.
package struct AddedReceiver: Codable, Sendable, Hashable {
  package var receiver: ReceiverRow
  package var secret: String?

  package init(receiver: ReceiverRow, secret: String?) {
    self.receiver = receiver
    self.secret = secret
  }
}

/// `POST /api/v1/receivers/{id}/test`: what came of it.
package struct ReceiverTest: Codable, Sendable, Hashable {
  package var isDelivered: Bool
  package var error: String?

  package init(isDelivered: Bool, error: String?) {
    self.isDelivered = isDelivered
    self.error = error
  }
}
