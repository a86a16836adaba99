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
  /// The earliest looks at a port that was not open, besides the first and the last: enough of them to confirm that it closed.
  package var looks: [Timestamp]

  package init(
    state: EndpointState, reason: ProbeReason, first: Timestamp, last: Timestamp, agent: AgentID, job: JobID?,
    change: ChangeKind? = nil, looks: [Timestamp] = []
  ) {
    self.state = state
    self.reason = reason
    self.first = first
    self.last = last
    self.agent = agent
    self.job = job
    self.change = change
    self.looks = looks
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

  package mutating func takeIn(_ other: ViewRun) {
    guard state != .open else { return }
    let times = Set(looks + other.looks + [first, last, other.first, other.last])
    looks = Array(times.sorted().prefix(Confirmations.most))
  }

  /// How many looks of different times are known to have found it so, by a time.
  package func lookCount(by time: Timestamp) -> Int {
    Set(looks + [first, last]).count { first <= $0 && $0 <= last && $0 <= time }
  }
}

/// How many looks in a row must find a port otherwise before one that was open is closed.
package enum Confirmations {
  /// More are not counted.
  package static let most = 8
}

extension [ViewRun] {
  /// Puts one sighting into the runs of its view, and says anew what changed.
  package mutating func insert(_ sighting: ViewRun, closeAfter: Int = 1) {
    place(sighting)
    // One look is enough, and none need be counted.
    if closeAfter == 1 { for index in indices { self[index].looks = [] } }
    settle(closeAfter: closeAfter)
  }

  /// The last open run before those at the end that have not closed it, because too few looks found it otherwise by a time.
  package func held(closeAfter: Int, by time: Timestamp = Timestamp(milliseconds: .max)) -> (open: ViewRun, looks: Int)?
  {
    guard closeAfter > 1, let last, last.state != .open, let open = lastIndex(where: { $0.state == .open }) else {
      return nil
    }
    let looks = self[(open + 1)...].reduce(0) { $0 + $1.lookCount(by: time) }
    return looks < closeAfter ? (self[open], looks) : nil
  }

  /// What changed with each run, from those before it. A port is closed with the first look that found it so, once `closeAfter`
  /// looks in a row have.
  package mutating func settle(closeAfter: Int = 1) {
    settleStates()
    guard closeAfter > 1 else { return }
    var open: Int?
    for index in indices where self[index].state == .open {
      if let open, !isConfirmed(between: open, and: index, closeAfter) {
        self[open + 1].change = nil
        self[index].change = nil
      }
      open = index
    }
    if let open, open + 1 < count, !isConfirmed(between: open, and: count, closeAfter) { self[open + 1].change = nil }
  }

  private func isConfirmed(between open: Int, and next: Int, _ closeAfter: Int) -> Bool {
    self[(open + 1)..<next].reduce(0) { $0 + $1.lookCount(by: $1.last) } >= closeAfter
  }

  private mutating func settleStates() {
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
