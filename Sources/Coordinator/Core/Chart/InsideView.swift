package import Model

/// What the inventories say about an endpoint.
package enum InsideView: Hashable, Sendable {
  /// No agent lives at the address, or its inventory has never come.
  case noAgent
  /// An agent lives there and nothing of its host listens on the endpoint.
  case noListener(ListenerAbsence)
  /// `since`: when inventories first met it.
  case listener(isOwnerKnown: Bool, isBoundToLoopback: Bool, since: Timestamp)
}

extension InsideView {
  package init(_ listener: ListenerRecord) {
    self = .listener(
      isOwnerKnown: listener.isOwnerKnown, isBoundToLoopback: listener.key.address.isLoopback,
      since: listener.firstSeen)
  }
}

extension Verdict {
  /// The verdict on an endpoint as seen from one zone; nil where there is nothing to say (not open, no listener).
  ///
  /// The rows of DESIGN's table in its order. `view` is nil where the zone has not covered the endpoint. Times decide: a look says
  /// nothing of a listener that came or went after it. Silence of UDP, `open|filtered`, proves neither.
  package init?(view: ZoneView?, inside: InsideView, isLoopback: Bool) {
    let isOpen = view?.state == .open
    let isFromOtherHost = view.map { !$0.isSelfView } ?? false
    switch inside {
    case .listener(_, let isBoundToLoopback, _) where isBoundToLoopback || isLoopback:
      self = .localOnly
    case .listener(let isOwnerKnown, _, _) where isOpen && isFromOtherHost:
      self = isOwnerKnown ? .exposed : .ownerUnknown
    case .listener(isOwnerKnown: false, _, _) where isOpen:
      self = .ownerUnknown
    case .listener(_, _, let since):
      let isRefused = view?.state == .filtered || view?.state == .closed
      let isOutdated = view.map { $0.observedAt < since } ?? true
      self = isRefused && isFromOtherHost && !isOutdated ? .shielded : .unverified
    case .noListener(let absence) where isOpen:
      guard let view, view.observedAt < absence.since else {
        self = isFromOtherHost ? .forwarded : .ownerUnknown
        return
      }
      self = absence.isOfListener ? .unverified : .noInsideView
    case .noAgent where isOpen:
      self = .noInsideView
    case .noListener, .noAgent:
      return nil
    }
  }

  /// Most exposed first: which zone's view a merged row shows.
  package var exposureRank: Int {
    switch self {
    case .exposed: 0
    case .forwarded: 1
    case .ownerUnknown: 2
    case .noInsideView: 3
    case .unverified: 4
    case .shielded: 5
    case .localOnly: 6
    }
  }

  /// Whether the verdict rests on an inventory being current: an old one proves neither an owner nor the lack of one.
  package func needsCurrentInventory(hasListener: Bool) -> Bool {
    switch self {
    case .exposed, .ownerUnknown, .forwarded: true
    // Open, and what listened is gone.
    case .unverified: !hasListener
    default: false
    }
  }
}
