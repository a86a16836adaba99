package import Model

/// A time in which every sighting of one zone's view said the same: known by its first and its last sighting alone.
package struct ViewRun: Hashable, Sendable {
  package var state: EndpointState
  /// As the last sighting of it said.
  package var reason: ProbeReason
  package var first: Timestamp
  package var last: Timestamp
  /// Who saw it last.
  package var agent: AgentID
  package var job: JobID?
  /// What became different with its first sighting; nil where that is no change worth telling.
  package var change: ChangeKind?

  package init(
    state: EndpointState, reason: ProbeReason, first: Timestamp, last: Timestamp, agent: AgentID, job: JobID?,
    change: ChangeKind? = nil
  ) {
    self.state = state
    self.reason = reason
    self.first = first
    self.last = last
    self.agent = agent
    self.job = job
    self.change = change
  }

  /// All that a view tells of its newest run. One that never was in another state is one run since it was first seen.
  package init(_ view: ZoneView) {
    self.init(
      state: view.state, reason: view.reason,
      first: (view.differedAt == nil ? view.sameSince ?? view.firstSeen : nil) ?? view.observedAt,
      last: view.observedAt,
      agent: view.agent, job: view.job)
  }
}

extension ViewRun: SightingRun {
  package func saysSame(as other: ViewRun) -> Bool { state == other.state }
  package func saysMore(than other: ViewRun) -> Bool { ZoneView.rank(state) < ZoneView.rank(other.state) }
}

extension [ViewRun] {
  /// Puts one sighting into the runs of its view, and says anew what changed.
  package mutating func insert(_ sighting: ViewRun) {
    place(sighting)
    settle()
  }

  /// What changed with each run, from those before it.
  package mutating func settle() {
    // What was before the first may have been purged: then it says itself what changed with it.
    var wasOpen = first?.change == .reopened || first?.change == .closed
    for index in indices {
      let before = index > startIndex ? self[index - 1] : nil
      if before == nil, self[index].change != nil {
        wasOpen = wasOpen || self[index].state == .open
        continue
      }
      self[index].change = ChangeKind(to: self[index].state, from: before?.state, wasOpen: wasOpen)
      wasOpen = wasOpen || self[index].state == .open
    }
  }
}

extension ChangeKind {
  /// What a sighting in one state means after one in another, or after none. Nil: nothing worth telling.
  package init?(to state: EndpointState, from before: EndpointState?, wasOpen: Bool) {
    switch (state, before) {
    case (.open, nil): self = .found
    case (.open, .open?): return nil
    case (.open, .some): self = wasOpen ? .reopened : .opened
    case (_, .open?): self = .closed
    default: return nil
    }
  }
}
