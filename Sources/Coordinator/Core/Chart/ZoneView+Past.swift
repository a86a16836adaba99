package import Model

extension ZoneView {
  /// The view as it was at a time, from its runs in the order of time; none where it was in one state only. Nil: nobody had
  /// looked then, as far as is known.
  package func asOf(_ time: Timestamp, runs: [ViewRun], closeAfter: Int = 1) -> ZoneView? {
    var all = runs.isEmpty ? [ViewRun(self)] : runs
    // The last run goes on: its end is the view's own time.
    all[all.count - 1].last = max(all[all.count - 1].last, observedAt)
    guard let index = all.lastIndex(where: { $0.first <= time }) else { return nil }
    let run = all[index]
    let earlier = all[...index]
    var view = self
    view.state = run.state
    view.reason = run.reason
    // Sightings within a run are not kept: the last of them before the time may have been earlier.
    view.observedAt = min(run.last, time)
    view.firstSeen = earlier.first { $0.state == .open }?.first
    view.lastSeen = earlier.last { $0.state == .open }.map { min($0.last, time) }
    view.differedAt = earlier.last { $0.state != run.state }?.last
    view.agent = run.agent
    view.job = run.job
    view.heldReason = Array(earlier).held(closeAfter: closeAfter, by: time)?.open.reason
    return view
  }
}

extension ZoneView {
  /// Takes from the view's runs, in the order of time, whether it is held open and when it was last seen otherwise. Of contradicting looks of one
  /// time a merged view counts both, and the runs the one alone that says more.
  ///
  /// `base` is the view before the looks that changed its runs: where that had differed before, what its only run came after may be purged.
  package mutating func settle(by runs: [ViewRun], closeAfter: Int, insteadOf base: ZoneView) {
    heldReason = runs.held(closeAfter: closeAfter)?.open.reason
    if let before = runs.last(where: { $0.state != state }) {
      differedAt = before.last
    } else if base.differedAt == nil {
      differedAt = nil
      sameSince = state == .open ? nil : runs.first?.first
    }
  }
}

extension ZoneService {
  /// What was at the endpoint at a time, from what was there before, in the order of time.
  package func asOf(_ time: Timestamp, past: [ServiceRun]) -> ZoneService? {
    guard let run = (past + [ServiceRun(self)]).last(where: { $0.first <= time }) else { return nil }
    var service = run.service
    service.observedAt = min(run.last, time)
    return service
  }
}
