extension ZoneView {
  /// The view that a run of ports gives of each of them.
  package init(_ run: ZoneRun) {
    self.init(
      zone: run.zone, state: run.run.state, reason: run.run.reason, isSelfView: run.isSelfView,
      observedAt: run.run.observedAt, job: run.job, agent: run.agent)
  }
}
