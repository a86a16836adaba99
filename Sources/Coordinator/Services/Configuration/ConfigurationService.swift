package import CoordinatorCore
internal import Model

/// Puts what a file describes in place, all or nothing.
package struct ConfigurationService: Sendable {
  /// What a file describes, kind by kind; further kinds come as further parts.
  package struct Document: Sendable {
    package var scope: [AccessService.RuleDraft] = []
    package var blackouts: [BlackoutService.Draft] = []
    package var schedules: [ScheduleService.Draft] = []
    package var receivers: [ReceiverItem] = []
    package var alerts: [AlertItem] = []
    package var expectations: [ExpectationText] = []

    package init() {}

    /// Things of one kind in one file: so many are put in place in some hundreds of milliseconds, during which nobody else writes.
    static let limit = 1_000

    /// Throws a `Refusal` for a list that is too long.
    func demandBounds() throws {
      let counts = [
        ("scope", scope.count), ("blackouts", blackouts.count), ("schedules", schedules.count),
        ("receivers", receivers.count), ("alerts", alerts.count), ("expectations", expectations.count),
      ]
      for (kind, count) in counts where count > Self.limit {
        throw Refusal(
          .invalidValue, "\(count) are more than the \(Self.limit) that one file may describe: divide it",
          at: "/\(kind)")
      }
    }
  }

  /// A receiver, by its name.
  package struct ReceiverItem: Sendable {
    let kind: ReceiverKind
    let name: String
    let draft: ReceiverDraft

    package init(kind: ReceiverKind, name: String, draft: ReceiverDraft) {
      self.kind = kind
      self.name = name
      self.draft = draft
    }
  }

  /// An alert, by its name.
  package struct AlertItem: Sendable {
    let name: String
    let draft: AlertService.Draft

    package init(name: String, draft: AlertService.Draft) {
      self.name = name
      self.draft = draft
    }
  }

  /// Undoes a transaction that was to show its differences alone.
  private struct DryRun: Error {
    let changes: [ConfigurationChange]
  }

  private let context: FleetContext
  private let scans: ScanService
  private let courier: any Courier

  package init(context: FleetContext, scans: ScanService, courier: any Courier) {
    self.context = context
    self.scans = scans
    self.courier = courier
  }

  /// What is described and is not there is added, what differs is changed, and what is not described stays.
  ///
  /// Throws a `Refusal` that points at the field at fault, such as `/schedules/0/cron`; then nothing has changed.
  package func apply(
    _ document: Document, isDryRun: Bool, by principal: AccessService.Principal
  ) async throws -> [ConfigurationChange] {
    let now = context.clock.now
    try document.demandBounds()
    let parts: [any ConfigurationPart] = [
      ScopeConfiguration(drafts: document.scope, access: AccessService(context: context)),
      BlackoutConfiguration(
        drafts: document.blackouts, service: BlackoutService(context: context), principal: principal),
      try await ScheduleConfiguration(
        document.schedules, context: context, scans: scans, at: now, by: principal),
      ReceiverConfiguration(items: document.receivers, courier: courier),
      AlertConfiguration(items: document.alerts, context: context),
      ExpectationConfiguration(texts: document.expectations, services: context.services),
    ]
    let changes: [ConfigurationChange]
    do {
      changes = try await context.queue.commit { session in
        let changes = try parts.flatMap { part in
          do {
            return try part.apply(to: session, at: now)
          } catch let refusal as Refusal {
            throw refusal.below("/\(part.kind)")
          }
        }
        // What the transaction would do is shown by doing it, and undone.
        if isDryRun { throw DryRun(changes: changes) }
        return changes
      }
    } catch let dryRun as DryRun {
      return dryRun.changes
    }
    context.holders.wake()
    try await context.offerWorkEverywhere()
    return changes
  }
}
