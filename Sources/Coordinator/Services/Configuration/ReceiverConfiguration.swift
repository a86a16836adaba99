internal import CoordinatorCore
internal import Model

/// `receivers`. What a file leaves out of their secrets stays: exports have none.
struct ReceiverConfiguration: ConfigurationPart {
  let items: [ConfigurationService.ReceiverItem]
  let courier: any Courier

  var kind: String { "receivers" }

  func apply(to session: any WriteSession, at now: Timestamp) throws -> [ConfigurationChange] {
    var known = Dictionary(try session.receivers().map { ($0.name, $0) }) { first, _ in first }
    return try items.enumerated().map { index, item in
      do {
        try NameCheck.check(item.name, at: "/name")
        let before = known[item.name]
        var receiver = ReceiverRecord(
          id: before?.id ?? ReceiverID(0), name: item.name, kind: item.kind, settings: ReceiverSettings(),
          secrets: before?.secrets ?? ReceiverSecrets(), note: nil, createdAt: before?.createdAt ?? now,
          changedAt: now)
        guard before == nil || before?.kind == item.kind else {
          throw Refusal(.conflict, "there is a receiver \"\(item.name)\" of another kind; remove it first", at: "/kind")
        }
        receiver.settings.destination = before?.settings.destination
        try item.draft.apply(to: &receiver)
        if item.kind == .webhook, receiver.secrets.signing == nil {
          throw Refusal(
            .invalidValue, "a webhook needs secrets, since a new one could not be shown here", at: "/secrets")
        }
        try courier.check(receiver)
        let change = ConfigurationChange(
          kind: kind, name: receiver.name, before: before.map { Self.fields($0, since: nil) },
          after: Self.fields(receiver, since: before))
        guard change.action != .unchanged else { return change }
        if before == nil {
          guard known.count < ReceiverService.receiverLimit else {
            throw Refusal(.conflict, "there are \(ReceiverService.receiverLimit) receivers already")
          }
          receiver.id = try session.insertReceiver(receiver)
        } else {
          try session.setReceiver(receiver)
        }
        known[receiver.name] = receiver
        return change
      } catch let refusal as Refusal {
        throw refusal.below("/\(index)")
      }
    }
  }

  /// Of secrets, whether they are set, and whether another one is now.
  private static func fields(_ record: ReceiverRecord, since before: ReceiverRecord?) -> [(String, String)] {
    func secret<Value: Equatable>(_ path: KeyPath<ReceiverSecrets, Value?>) -> String? {
      guard let value = record.secrets[keyPath: path] else { return nil }
      return before == nil || before?.secrets[keyPath: path] == value ? "set" : "set anew"
    }
    let settings = record.settings
    let fields: [(String, String?)] = [
      ("kind", record.kind.rawValue), ("destination", settings.destination), ("from", settings.from),
      ("to", settings.to?.joined(separator: " ")), ("user", settings.user), ("command", settings.command),
      ("active", settings.activeSeconds.map { DurationText.print(.seconds($0)) }), ("url", secret(\.url)),
      ("secrets", secret(\.signing)), ("token", secret(\.token)), ("password", secret(\.password)),
      ("note", record.note),
    ]
    return fields.compactMap { field, value in value.map { (field, $0) } }
  }
}
