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
      first: (view.differedAt == nil ? view.firstSeen : nil) ?? view.observedAt, last: view.observedAt,
      agent: view.agent, job: view.job)
  }
}

extension [ViewRun] {
  /// Puts one sighting into the runs of its view, which are in the order of time, and says anew what changed.
  ///
  /// A late sighting that contradicts a run within its time parts it at what is known of it: its ends. Sightings between
  /// them are forgotten, so that after the contradiction it is told as resumed at its end, which may be later than it was.
  package mutating func insert(_ sighting: ViewRun) {
    let time = sighting.first
    let index = firstIndex { $0.first > time } ?? endIndex
    guard index > startIndex else {
      if index < endIndex, self[index].state == sighting.state {
        self[index].first = time
      } else {
        insert(sighting, at: index)
      }
      return settle()
    }
    let before = self[index - 1]
    if before.state == sighting.state {
      if time > before.last { self[index - 1] = sighting.since(before.first) }
      // What lay between two runs of one state may be gone: they are one then.
      join(at: index)
    } else if before.first == time || before.last == time {
      // Of equally old sightings the one that says more is kept, as in the view itself.
      insertBeside(sighting, at: index)
    } else if time < before.last {
      var head = before
      head.last = before.first
      var tail = before
      tail.first = before.last
      replaceSubrange((index - 1)..<index, with: [head, sighting, tail])
    } else if index < endIndex, self[index].state == sighting.state {
      self[index].first = time
    } else {
      insert(sighting, at: index)
    }
    settle()
  }

  private mutating func join(at index: Int) {
    guard index < endIndex, index > startIndex, self[index - 1].state == self[index].state else { return }
    self[index] = self[index].since(self[index - 1].first)
    remove(at: index - 1)
  }

  private mutating func insertBeside(_ sighting: ViewRun, at index: Int) {
    let before = self[index - 1]
    guard ZoneView.rank(sighting.state) < ZoneView.rank(before.state) else { return }
    let time = sighting.first
    var parts: [ViewRun] = []
    if before.first < time {
      var head = before
      head.last = before.first
      parts.append(head)
    }
    parts.append(sighting)
    if before.last > time {
      var tail = before
      tail.first = before.last
      parts.append(tail)
    }
    replaceSubrange((index - 1)..<index, with: parts)
    for place in stride(from: count - 1, to: 0, by: -1) { join(at: place) }
  }

  /// What changed with each run, from those before it.
  package mutating func settle() {
    var wasOpen = false
    for index in indices {
      let before = index > startIndex ? self[index - 1] : nil
      self[index].change = ChangeKind(to: self[index].state, from: before?.state, wasOpen: wasOpen)
      wasOpen = wasOpen || self[index].state == .open
    }
  }
}

extension ViewRun {
  fileprivate func since(_ time: Timestamp) -> ViewRun {
    var run = self
    run.first = time
    return run
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
