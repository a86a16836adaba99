internal import CoordinatorCore
internal import CoordinatorServices
internal import Model
internal import Wire

extension ConfigurationService.ReceiverItem {
  init(_ body: ReceiverSpecification) throws {
    guard let name = body.name else { throw Refusal(.invalidValue, "a name is missing", at: "/name") }
    guard let word = body.kind else { throw Refusal(.invalidValue, "a kind is missing", at: "/kind") }
    self.init(kind: try AlertRoutes.word(word, at: "/kind"), name: name, draft: ReceiverRoutes.draft(body))
  }
}

extension ConfigurationService.AlertItem {
  init(_ body: AlertSpecification) throws {
    guard let name = body.name else { throw Refusal(.invalidValue, "a name is missing", at: "/name") }
    self.init(name: name, draft: try AlertRoutes.draft(body))
  }
}

extension ReceiverSpecification {
  /// Without its secrets, of which the URL is one.
  init(_ receiver: ReceiverRecord) {
    self.init()
    name = receiver.name
    kind = receiver.kind.rawValue
    from = receiver.settings.from
    to = receiver.settings.to
    user = receiver.settings.user
    command = receiver.settings.command
    activeSeconds = receiver.settings.activeSeconds
    note = receiver.note
  }
}

extension AlertSpecification {
  init(_ row: AlertRow) {
    self.init()
    name = row.name
    kinds = row.kinds
    query = row.query
    receivers = row.receivers
    site = row.site
    severity = row.severity
    grouping = row.grouping
    waitSeconds = row.waitSeconds
    digestSeconds = row.digestSeconds
    quietHours = row.quietHours
    certificateDays = row.certificateDays
    isPaused = row.isPaused ? true : nil
  }
}
