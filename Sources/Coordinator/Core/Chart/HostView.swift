package import Model

/// A host as seen from one zone, merged from every answer and every look without one. The host's own look at itself is a view of
/// its own: it never leaves the host.
package struct HostView: Hashable, Sendable {
  package var key: ViewKey
  /// The earliest and the latest answer.
  package var firstSeen: Timestamp
  package var lastSeen: Timestamp
  /// The newest run.
  package var run: HostRun
  /// Whether there are earlier ones.
  package var hasPast: Bool
  /// The latest answer to an echo where no port told of the host; nil: none ever was.
  package var echoSeen: Timestamp?
  /// When the newest scan began that an echo answered where no port of the same job did, and the newest that a port answered: of
  /// one scan a port's answer says more, in whichever of its jobs it came. Nil: there was none.
  package var echoBegun: Timestamp?
  package var portBegun: Timestamp?
  /// Looks since the last answer in which its echo met silence.
  package var misses: HostMisses

  package init(
    key: ViewKey, firstSeen: Timestamp, lastSeen: Timestamp, run: HostRun, hasPast: Bool, echoSeen: Timestamp? = nil,
    echoBegun: Timestamp? = nil, portBegun: Timestamp? = nil, misses: HostMisses = HostMisses()
  ) {
    self.key = key
    self.firstSeen = firstSeen
    self.lastSeen = lastSeen
    self.run = run
    self.hasPast = hasPast
    self.echoSeen = echoSeen
    self.echoBegun = echoBegun
    self.portBegun = portBegun
    self.misses = misses
  }

  package var state: HostState { run.state }

  /// Whether the last scan that it answered had nothing but answers to echoes: only the silence of echoes proves anything then.
  package var answeredByEcho: Bool {
    guard let echoBegun else { return false }
    return portBegun.map { $0 < echoBegun } ?? true
  }

  /// By what it answered last, if no port tells; nil where one does.
  package var reason: ProbeReason? { state == .up && answeredByEcho ? run.reason : nil }

  /// The view as it was at a time, from its runs; none where there was only one. Nil: it had not answered yet.
  package func asOf(_ time: Timestamp, runs: [HostRun]) -> HostView? {
    var all = runs.isEmpty ? [run] : runs
    // The newest run goes on in the view alone: its end is the view's own.
    all[all.count - 1].last = max(all[all.count - 1].last, run.last)
    all[all.count - 1].lastBegun = [all[all.count - 1].lastBegun, run.lastBegun].compactMap(\.self).max()
    guard let index = all.lastIndex(where: { $0.first <= time }) else { return nil }
    var view = self
    view.run = all[index]
    if all[index].last > time {
      // By what an answer within a run came is not kept.
      if portBegun != nil { view.run.reason = nil }
    } else if index < all.count - 1 {
      // An earlier run tells itself how it ended.
      (view.echoBegun, view.portBegun) = (all[index].reason == nil ? nil : time, nil)
    }
    view.run.last = min(view.run.last, time)
    view.hasPast = index > 0
    view.misses.removeAll(after: time)
    // Answers within a run are not kept: the last of them before the time may have been earlier.
    view.lastSeen = all[...index].last { $0.state == .up }.map { min($0.last, time) } ?? view.firstSeen
    return view
  }
}

/// A host with every zone's view of it.
package struct HostRecord: Hashable, Sendable {
  package var host: ChartHost
  package var views: [HostView]

  package init(host: ChartHost, views: [HostView]) {
    self.host = host
    self.views = views
  }

  /// What others see goes before what a host sees of itself.
  private var shown: [HostView] {
    let others = views.filter { !$0.key.isSelfView }
    return others.isEmpty ? views : others
  }

  /// Up, if it is from any zone. Nil: nothing of it ever answered.
  package var state: HostState? {
    if shown.isEmpty { return nil }
    return shown.contains { $0.state == .up } ? .up : .gone
  }

  /// By what it answered last where no port tells that it is up; nil where one does, and where nothing is up.
  package var reason: ProbeReason? {
    let up = shown.filter { $0.state == .up }
    guard up.allSatisfy({ $0.reason != nil }) else { return nil }
    return up.max { $0.lastSeen < $1.lastSeen }?.reason
  }

  /// Since when it is gone, or up again; nil: it never changed.
  package var changedAt: Timestamp? {
    let state = state
    let times = shown.filter { $0.state == state && $0.hasPast }.map(\.run.first)
    return state == .gone ? times.max() : times.min()
  }

  package var firstSeen: Timestamp? { views.map(\.firstSeen).min() }
  package var lastSeen: Timestamp? { views.map(\.lastSeen).max() }
}
