package import Model

/// What became of an endpoint from one side of a comparison to the other: the kinds of changes, and what is no change.
package enum DiffKind: String, Hashable, Sendable, CaseIterable {
  case found, opened, reopened, closed, service, certificate, process
  case hostFound = "host-found"
  case hostGone = "host-gone"
  case hostBack = "host-back"
  /// Open on both sides, and nothing is known to differ.
  case unchanged
  /// Open before, and not looked at since; of a host, one side had an answer and a scan on the other did not look where.
  case notCovered = "not-covered"
  /// A difference that somebody has taken as it is, or that is of no meaning.
  case ignored
}

/// Why a difference is ignored.
package enum IgnoreReason: String, Hashable, Sendable {
  /// Whatever is found of the endpoint, somebody has acknowledged for now.
  case acknowledged
  /// A program opens such a socket for each of its questions.
  case ephemeral
}

/// What one side of a comparison says of an endpoint.
package struct DiffState: Sendable {
  /// Nil: this side has not looked.
  package var state: EndpointState?
  /// When it was seen so last.
  package var observedAt: Timestamp?
  /// Whether it had been open before.
  package var wasOpen: Bool
  /// Nil: neither. Of most endpoints there is nothing to tell of these, and a comparison has a million of them: they would be most of what
  /// is copied.
  private let found: Found?

  private final class Found: Sendable {
    let service: ServiceFacts?
    let listener: ListenerContent?

    init(_ service: ServiceFacts?, _ listener: ListenerContent?) {
      self.service = service
      self.listener = listener
    }
  }

  package var service: ServiceFacts? { found?.service }
  package var listener: ListenerContent? { found?.listener }

  package init(
    state: EndpointState?, observedAt: Timestamp? = nil, wasOpen: Bool = false, service: ServiceFacts? = nil,
    listener: ListenerContent? = nil
  ) {
    self.state = state
    self.observedAt = observedAt
    self.wasOpen = wasOpen
    found = service == nil && listener == nil ? nil : Found(service, listener)
  }
}

/// What one side of a comparison says of a host as a whole.
package struct DiffHostState: Hashable, Sendable {
  /// Nil: nothing was known of it, or this side has not looked.
  package var state: HostState?
  /// When something answered last; where nothing did, when it was looked at last.
  package var observedAt: Timestamp?

  package init(state: HostState?, observedAt: Timestamp?) {
    self.state = state
    self.observedAt = observedAt
  }
}

/// An endpoint or a host that differs, or does not.
package struct DiffRecord: Sendable {
  package var kind: DiffKind
  package var host: ChartHost
  /// Nil: it is about the whole host.
  package var key: ProtocolPort?
  package var before: DiffState
  package var after: DiffState
  /// Of one that is ignored: what it is, and why.
  package var ignored: (kind: DiffKind, reason: IgnoreReason)?
  /// Of a whole host; nil: nothing was known of it.
  package var hostBefore: HostState?
  package var hostAfter: HostState?

  package init(kind: DiffKind, place: ChartPosition, before: DiffState, after: DiffState) {
    self.kind = kind
    host = place.host
    key = ProtocolPort(place.transport, place.port)
    self.before = before
    self.after = after
  }

  /// About a whole host.
  package init(kind: DiffKind, host: ChartHost, before: DiffHostState, after: DiffHostState) {
    self.kind = kind
    self.host = host
    (hostBefore, hostAfter) = (before.state, after.state)
    self.before = DiffState(state: nil, observedAt: before.observedAt)
    self.after = DiffState(state: nil, observedAt: after.observedAt)
  }

  /// What was and what is, for kinds that are no states, on one line each.
  package var details: (before: String, after: String)? {
    switch ignored?.kind ?? kind {
    case .service: before.service.flatMap { old in after.service.map { (old.summary, $0.summary) } }
    case .certificate:
      before.service?.certificate.flatMap { old in after.service?.certificate.map { (old.summary, $0.summary) } }
    case .process:
      before.listener.flatMap { old in after.listener.map { (old.ownerSummary, $0.ownerSummary) } }
    case .hostFound, .hostGone, .hostBack: (hostBefore?.rawValue ?? "", hostAfter?.rawValue ?? "")
    case .notCovered where key == nil: (hostBefore?.rawValue ?? "", hostAfter?.rawValue ?? "")
    case .found, .opened, .reopened, .closed, .unchanged, .notCovered, .ignored: nil
    }
  }
}

extension DiffKind {
  /// What says that there is more, or something else, than what was acknowledged before may be taken as it is. What is gone is told.
  package static let ignorable: Set<DiffKind> = [.found, .opened, .reopened, .service, .certificate, .process]

  package static let ofHosts: Set<DiffKind> = [.hostFound, .hostGone, .hostBack]

  /// What became of a host; nil: nothing worth telling.
  package init?(from before: HostState?, to after: HostState?) {
    switch (before, after) {
    case (nil, .up): self = .hostFound
    case (.gone, .up): self = .hostBack
    case (.up, .gone): self = .hostGone
    default: return nil
    }
  }

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
