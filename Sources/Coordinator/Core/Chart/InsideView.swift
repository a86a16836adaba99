package import Model

/// What the inventories say about an endpoint.
package enum InsideView: Hashable, Sendable {
  /// No agent lives at the address, or its inventory has never come.
  case noAgent
  /// An agent lives there and nothing of its host listens on the endpoint.
  case noListener
  case listener(isOwnerKnown: Bool, isBoundToLoopback: Bool)
}

extension Verdict {
  /// The verdict on an endpoint as seen from one zone; nil where there is nothing to say (not open, no listener).
  ///
  /// The rows of DESIGN's table in its order. `view` is nil where the zone has not covered the endpoint.
  package init?(view: ZoneView?, inside: InsideView, isLoopback: Bool) {
    let isOpen = view?.state == .open || view?.state == .openOrFiltered
    let isFromOtherHost = view.map { !$0.isSelfView } ?? false
    switch inside {
    case .listener(_, let isBoundToLoopback) where isBoundToLoopback || isLoopback:
      self = .localOnly
    case .listener(let isOwnerKnown, _) where isOpen && isFromOtherHost:
      self = isOwnerKnown ? .exposed : .ownerUnknown
    case .listener(isOwnerKnown: false, _) where isOpen:
      self = .ownerUnknown
    case .listener:
      let isRefused = view?.state == .filtered || view?.state == .closed
      self = isRefused && isFromOtherHost ? .shielded : .unverified
    case .noListener where isOpen:
      self = isFromOtherHost ? .forwarded : .ownerUnknown
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
  package var needsCurrentInventory: Bool {
    self == .exposed || self == .ownerUnknown || self == .forwarded
  }
}
