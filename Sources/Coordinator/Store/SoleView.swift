internal import CoordinatorCore
internal import Model

/// The view of an endpoint that has no other, as far as its merged row does not tell it: nearly all endpoints were seen from one zone,
/// and their rows say what that saw. So one row is written of a sighting, and not two.
struct SoleView: Equatable {
  /// Nil: when it was last seen open.
  var observedAt: Timestamp?
  var job: JobID?
  var agent: AgentID

  init(observedAt: Timestamp?, job: JobID?, agent: AgentID) {
    self.observedAt = observedAt
    self.job = job
    self.agent = agent
  }

  /// Nil: the views have rows of their own, because they are several or the merged row does not tell the one.
  init?(_ views: [ZoneView], in summary: EndpointSummary) {
    // Field by field, and by plain numbers: it is asked of each sighting, twice.
    guard let view = views.first, views.count == 1, view.heldReason == nil, view.sameSince == nil,
      summary.zone?.rawValue == view.zone.rawValue, summary.state == view.state, summary.reason == view.reason,
      summary.isSelfView == view.isSelfView, summary.firstSeen?.milliseconds == view.firstSeen?.milliseconds,
      summary.lastSeen?.milliseconds == view.lastSeen?.milliseconds,
      summary.differedAt?.milliseconds == view.differedAt?.milliseconds
    else { return nil }
    let isTold = view.observedAt.milliseconds == view.lastSeen?.milliseconds
    self.init(observedAt: isTold ? nil : view.observedAt, job: view.job, agent: view.agent)
  }

  /// Nil: no merged row of such a view says that.
  func view(in summary: EndpointSummary) -> ZoneView? {
    guard let zone = summary.zone, let state = summary.state, let reason = summary.reason,
      let observedAt = observedAt ?? summary.lastSeen
    else { return nil }
    return ZoneView(
      zone: zone, state: state, reason: reason, isSelfView: summary.isSelfView, observedAt: observedAt,
      firstSeen: summary.firstSeen, lastSeen: summary.lastSeen, differedAt: summary.differedAt, job: job, agent: agent)
  }
}
