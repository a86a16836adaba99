package import Model

/// An endpoint as seen from one zone, merged from every sighting so far.
///
/// Merging is commutative: sightings may come late, twice or out of order, and the view is the same.
package struct ZoneView: Hashable, Sendable {
  package var zone: ZoneID
  package var state: EndpointState
  package var reason: ProbeReason
  package var isSelfView: Bool
  /// When the state was last seen so.
  package var observedAt: Timestamp
  /// The earliest and latest time it was seen open; nil while it never was.
  package var firstSeen: Timestamp?
  package var lastSeen: Timestamp?
  /// The newest time at which it was seen in another state: the last change came after it. Nil if it never changed.
  package var differedAt: Timestamp?
  /// The earliest sighting, while every one so far was in one state other than open.
  package var sameSince: Timestamp?
  /// The port was open and too few looks have found it otherwise since to call it closed; why it was open. Nil: its state is what
  /// is told.
  package var heldReason: ProbeReason?
  package var job: JobID?
  package var agent: AgentID

  package init(
    zone: ZoneID, state: EndpointState, reason: ProbeReason, isSelfView: Bool, observedAt: Timestamp,
    firstSeen: Timestamp?, lastSeen: Timestamp?, differedAt: Timestamp?, sameSince: Timestamp? = nil,
    heldReason: ProbeReason? = nil, job: JobID?, agent: AgentID
  ) {
    self.zone = zone
    self.state = state
    self.reason = reason
    self.isSelfView = isSelfView
    self.observedAt = observedAt
    self.firstSeen = firstSeen
    self.lastSeen = lastSeen
    self.differedAt = differedAt
    self.sameSince = sameSince
    self.heldReason = heldReason
    self.job = job
    self.agent = agent
  }

  /// The view that a single observation gives.
  package init(
    zone: ZoneID, state: EndpointState, reason: ProbeReason, isSelfView: Bool, observedAt: Timestamp, job: JobID?,
    agent: AgentID
  ) {
    let seen = state == .open ? observedAt : nil
    self.init(
      zone: zone, state: state, reason: reason, isSelfView: isSelfView, observedAt: observedAt, firstSeen: seen,
      lastSeen: seen, differedAt: nil, sameSince: state == .open ? nil : observedAt, job: job, agent: agent)
  }

  /// The view as it is told: open, until enough looks have found it otherwise.
  package var shown: ZoneView {
    guard let heldReason else { return self }
    var view = self
    view.state = .open
    view.reason = heldReason
    view.observedAt = lastSeen ?? observedAt
    return view
  }

  /// Whether two views are one to be merged: of the same zone, and both from the host itself or both from elsewhere. A self
  /// view travels past the firewall; it must never stand in for what others see.
  package func isOfSameKind(as other: ZoneView) -> Bool { zone == other.zone && isSelfView == other.isSelfView }

  /// This view and another of the same kind as one; the order of the two does not matter.
  package func merged(with other: ZoneView) -> ZoneView {
    let (newer, older) = other.outranks(self) ? (other, self) : (self, other)
    var result = newer
    result.firstSeen = [newer.firstSeen, older.firstSeen].compactMap(\.self).min()
    result.lastSeen = [newer.lastSeen, older.lastSeen].compactMap(\.self).max()
    // Of the older view's two known times, the newest in a state other than the newer's.
    let olderDiffered = older.state == newer.state ? older.differedAt : older.observedAt
    result.differedAt = [newer.differedAt, olderDiffered].compactMap(\.self).max()
    result.sameSince =
      result.differedAt == nil ? [newer.sameSince, older.sameSince].compactMap(\.self).min() : nil
    return result
  }

  /// Newer wins; of equal times, the view that says more; then any fixed order, so that merging stays commutative.
  private func outranks(_ other: ZoneView) -> Bool {
    if observedAt != other.observedAt { return observedAt > other.observedAt }
    if state != other.state { return Self.rank(state) < Self.rank(other.state) }
    if isSelfView != other.isSelfView { return !isSelfView }
    return (job?.rawValue ?? 0, agent.rawValue, reason.rawValue)
      > (other.job?.rawValue ?? 0, other.agent.rawValue, other.reason.rawValue)
  }

  /// Of two that were seen at one time, the lower says more.
  static func rank(_ state: EndpointState) -> Int {
    switch state {
    case .open: 0
    case .closed: 1
    case .filtered: 2
    case .openOrFiltered: 3
    case .unreachable: 4
    case .unchecked: 5
    }
  }
}
