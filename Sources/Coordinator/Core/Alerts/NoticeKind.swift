/// What alerts can be about. The raw values are what alerts and messages say, and what is stored.
package enum NoticeKind: String, Hashable, Sendable, Codable, CaseIterable {
  // Changes of the chart, by the names that changes and diffs have.
  case found, opened, reopened, closed
  case service, process, certificate
  case hostFound = "host-found"
  case hostGone = "host-gone"
  case hostBack = "host-back"
  /// A verdict or rule that a person should look at.
  case finding
  // What happens to the house itself.
  case agentSilent = "agent-silent"
  case agentBack = "agent-back"
  case scanFailed = "scan-failed"
  case scheduleMissed = "schedule-missed"
  /// A certificate that is in use ends soon.
  case certificateExpiring = "certificate-expiring"

  package init(_ change: ChangeKind) {
    switch change {
    case .found: self = .found
    case .opened: self = .opened
    case .reopened: self = .reopened
    case .closed: self = .closed
    case .service: self = .service
    case .certificate: self = .certificate
    case .process: self = .process
    case .hostFound: self = .hostFound
    case .hostGone: self = .hostGone
    case .hostBack: self = .hostBack
    }
  }

  /// Those that something in this version tells. Whoever makes another one tell adds it here: until then alerts that name it
  /// are refused, because silence would mean that nothing of it happened.
  package static let told: Set<NoticeKind> = [
    .found, .opened, .reopened, .closed, .service, .process, .certificate, .hostFound, .hostGone, .hostBack,
    .finding, .agentSilent, .agentBack, .scanFailed, .scheduleMissed, .certificateExpiring,
  ]

  /// What an alert that names no kinds is about: every change but those of which a first scan is full.
  package static let unnamed: Set<NoticeKind> = [
    .opened, .reopened, .closed, .service, .process, .certificate, .hostGone, .hostBack, .finding,
  ]

  /// Kinds after which this one is no longer so.
  package var opposites: Set<NoticeKind> {
    switch self {
    case .found, .opened, .reopened: [.closed]
    case .closed: [.opened, .reopened]
    case .hostGone: [.hostBack]
    case .agentSilent: [.agentBack]
    default: []
    }
  }
}
