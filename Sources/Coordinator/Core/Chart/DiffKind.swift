package import Model

/// What became of an endpoint from one side of a comparison to the other: the kinds of changes, and what is no change.
package enum DiffKind: String, Hashable, Sendable, CaseIterable {
  case found, opened, reopened, closed, service, certificate, process
  /// Open on both sides, and nothing is known to differ.
  case unchanged
  /// Open before, and not looked at since.
  case notCovered = "not-covered"
}

/// What one side of a comparison says of an endpoint.
package struct DiffState: Sendable {
  /// Nil: this side has not looked.
  package var state: EndpointState?
  /// When it was seen so last.
  package var observedAt: Timestamp?
  /// Whether it had been open before.
  package var wasOpen: Bool
  package var service: ServiceFacts?
  package var listener: ListenerContent?

  package init(
    state: EndpointState?, observedAt: Timestamp? = nil, wasOpen: Bool = false, service: ServiceFacts? = nil,
    listener: ListenerContent? = nil
  ) {
    self.state = state
    self.observedAt = observedAt
    self.wasOpen = wasOpen
    self.service = service
    self.listener = listener
  }
}

/// An endpoint that differs, or does not.
package struct DiffRecord: Sendable {
  package var kind: DiffKind
  package var place: ChartPosition
  package var before: DiffState
  package var after: DiffState

  package init(kind: DiffKind, place: ChartPosition, before: DiffState, after: DiffState) {
    self.kind = kind
    self.place = place
    self.before = before
    self.after = after
  }

  /// What was and what is, for kinds that are no states, on one line each.
  package var details: (before: String, after: String)? {
    switch kind {
    case .service: before.service.flatMap { old in after.service.map { (old.summary, $0.summary) } }
    case .certificate:
      before.service?.certificate.flatMap { old in after.service?.certificate.map { (old.summary, $0.summary) } }
    case .process:
      before.listener.flatMap { old in after.listener.map { (old.ownerSummary, $0.ownerSummary) } }
    case .found, .opened, .reopened, .closed, .unchanged, .notCovered: nil
    }
  }
}

extension DiffKind {
  /// What there is to say of two sides; nothing, where the endpoint is open on neither and who listens is the same.
  package static func kinds(from before: DiffState, to after: DiffState) -> [DiffKind] {
    var kinds: [DiffKind] = []
    if let old = before.listener, let new = after.listener, new.tellsOtherOwner(than: old) { kinds.append(.process) }
    switch (before.state, after.state) {
    case (.open, .open):
      if let old = before.service, let new = after.service {
        if old.tellsService, new.tellsService, !new.hasSameIdentity(as: old) { kinds.append(.service) }
        if let first = old.certificate, let second = new.certificate, first.sha256 != second.sha256 {
          kinds.append(.certificate)
        }
      }
      if kinds.isEmpty { kinds.append(.unchanged) }
    case (.open, nil): kinds.append(.notCovered)
    case (.open, .some): kinds.append(.closed)
    case (nil, .open): kinds.append(.found)
    case (.some, .open): kinds.append(before.wasOpen ? .reopened : .opened)
    default: break
    }
    return kinds
  }
}
