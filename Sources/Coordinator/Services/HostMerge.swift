internal import CoordinatorCore
internal import Model

/// Brings what a chunk says of hosts as a whole into their records: which answered, and which did not. Inside the transaction that
/// takes the chunk in, after its endpoints: a host is not gone while anything of it is open.
///
/// One read and at most one write for each host of the chunk; neighbours are read together.
struct HostMerge {
  let session: any WriteSession
  let site: SiteID
  let agent: AgentID
  let zone: ZoneID
  /// When the scan began whose results these are.
  let begun: Timestamp
  let inventoryMaximumAge: Duration
  /// Looks in a row that make a host gone which is known by echoes.
  let closeAfter: Int
  private var telling: ChangeTelling
  private var changed: [(host: ChartHost, view: HostView)] = []

  /// Neighbours from which on they are read together, and for each of them so many rows at most.
  private static let fewest = 8
  private static let rowsPerHost = 4
  private static let grain = Duration.seconds(60)

  init(
    session: any WriteSession, site: SiteID, agent: AgentRecord, begun: Timestamp, acceptedAt: Timestamp,
    inventoryMaximumAge: Duration, closeAfter: Int
  ) {
    self.session = session
    self.site = site
    self.agent = agent.id
    zone = agent.zone
    self.begun = begun
    self.inventoryMaximumAge = inventoryMaximumAge
    self.closeAfter = closeAfter
    telling = ChangeTelling(session: session, acceptedAt: acceptedAt)
  }

  /// The hosts are sorted.
  mutating func merge(_ hosts: [(HostAddress, HostObservations)], interfaces: [InterfaceAddress]) throws {
    var before: ChartHost?
    for neighbours in hosts.neighbourhoods {
      try merge(neighbours, interfaces: interfaces, after: &before)
    }
    try flush()
    try telling.flush()
  }

  private mutating func merge(
    _ hosts: ArraySlice<(HostAddress, HostObservations)>, interfaces: [InterfaceAddress], after before: inout ChartHost?
  ) throws {
    let known = try outlook(hosts)
    for (address, observations) in hosts {
      let look = HostLook(observations)
      guard look.answers != nil || look.silentAt != nil || look.echoSilentAt != nil else { continue }
      let host = ChartHost(
        site: site, scope: .of(address, for: agent, interfaces: interfaces), address: address.address)
      let key = ViewKey(zone: zone, isSelfView: look.isSelfView)
      // An address may come twice, with and without an interface; the second time it must be found.
      if before == host { try flush() }
      let isKnown = before != host && host.scope == .site && !look.isSelfView
      before = host
      let view =
        if isKnown, let known {
          known[host.address]
        } else {
          try session.hostViews(of: host).first { $0.key == key }
        }
      try merge(look, observations, at: host, key, view)
    }
  }

  private mutating func flush() throws {
    if !changed.isEmpty { try session.setHostViews(changed) }
    changed = []
  }

  /// Nil: each is to be read by itself.
  private func outlook(_ hosts: ArraySlice<(HostAddress, HostObservations)>) throws -> [IPAddress: HostView]? {
    guard hosts.count >= Self.fewest, let first = hosts.first?.0.address, let last = hosts.last?.0.address,
      first.family == last.family
    else { return nil }
    return try session.hostViews(
      ViewKey(zone: zone, isSelfView: false), site: site, from: first, to: last,
      limit: hosts.count * Self.rowsPerHost)
  }

  /// A scan that goes through many hosts port by port meets each of them again and again: that it answered this scan is kept
  /// once, and when it did last to the minute. Whatever is open or refused tells the rest, and is asked before silence counts.
  private func isKnown(_ look: HostLook, _ view: HostView) -> Bool {
    func isNoted(_ answers: ClosedRange<Timestamp>?, _ noted: Timestamp?) -> Bool {
      answers == nil || noted.map { $0 >= begun } ?? false
    }
    guard let answers = look.answers, view.state == .up, view.lastSeen >= begun,
      isNoted(look.portAnswers, view.portBegun), isNoted(look.echoAnswers, view.echoBegun)
    else { return false }
    return answers.lowerBound >= view.run.first && answers.upperBound < view.lastSeen + Self.grain
  }

  private mutating func merge(
    _ look: HostLook, _ observations: HostObservations, at host: ChartHost, _ key: ViewKey, _ view: HostView?
  ) throws {
    var sightings: [HostRun] = []
    var misses = view?.misses ?? HostMisses()
    if let view, isKnown(look, view) { return }
    if look.answers != nil {
      sightings = answers(look, isEchoAlone: look.portAnswers == nil && view?.portBegun.map { $0 < begun } ?? true)
    } else if let view, try isHeard(look, at: host, view) {
      if let time = look.echoSilentAt, view.echoSeen != nil, try !isForbidden(host) {
        misses.insert(HostRun(HostSilence(begun: begun, ended: time), agent: agent, job: look.job))
      }
      if let (silence, answeredAt) = try silence(look, observations, at: host, view, misses) {
        if answeredAt > view.lastSeen {
          sightings.append(HostRun(answerAt: answeredAt, agent: view.run.agent, job: view.run.job))
        }
        sightings.append(silence)
      }
    }
    guard !sightings.isEmpty || misses != view?.misses ?? HostMisses() else { return }
    guard var next = view else {
      var runs: [HostRun] = []
      for sighting in sightings { runs.insert(sighting) }
      guard let run = runs.last else { return }
      changed.append(
        (
          host,
          HostView(
            key: key, firstSeen: run.first, lastSeen: run.last, run: run, hasPast: false,
            echoSeen: look.echoAnswers?.upperBound, echoBegun: look.echoAnswers.map { _ in begun },
            portBegun: look.portAnswers.map { _ in begun })
        ))
      try telling.tell(runs, insteadOf: [], key, of: host)
      return
    }
    // Most hosts are what they were: then no more is read, and what changed with the run stays as it is told.
    let isSteady =
      next.state == .gone
      ? look.answers == nil && sightings.allSatisfy { $0.first > next.run.first }
      : sightings.allSatisfy { $0.state == .up && $0.first >= next.run.first }
    var runs = next.hasPast && !isSteady ? try session.hostRuns(of: host, key) : []
    var newest = next.run
    newest.change = runs.last?.change
    if runs.isEmpty { runs = [newest] } else { runs[runs.count - 1] = newest }
    if !next.hasPast { runs.settle() }
    let known = runs
    for sighting in sightings { runs.insert(sighting) }
    if let answers = look.answers {
      next.firstSeen = min(next.firstSeen, answers.lowerBound)
      next.lastSeen = max(next.lastSeen, answers.upperBound)
    }
    // A silence brings the last answer with it.
    if let up = runs.last(where: { $0.state == .up }) { next.lastSeen = max(next.lastSeen, up.last) }
    if look.echoAnswers != nil { next.echoBegun = max(next.echoBegun ?? begun, begun) }
    if look.portAnswers != nil { next.portBegun = max(next.portBegun ?? begun, begun) }
    next.echoSeen = [next.echoSeen, look.echoAnswers?.upperBound].compactMap(\.self).max()
    misses.forget(until: next.lastSeen)
    next.misses = misses
    // An answer that comes late may leave of a silence what no longer proves anything.
    if look.answers != nil, let gone = runs.last, gone.state == .gone, next.answeredByEcho || gone.reason != nil {
      // Where a port answered last, the silence of echoes counts only once that of ports is known, too.
      let counts = try next.answeredByEcho || arePortsSilent(at: host, key)
      runs.restateGone(by: counts ? misses : HostMisses(), closeAfter: closeAfter)
    }
    // A port of the same scan says more than the echo that came before it.
    if let last = runs.last, last.state == .up, !next.answeredByEcho { runs[runs.count - 1].reason = nil }
    guard let run = runs.last else { return }
    next.run = run
    next.run.change = nil
    if !isSteady {
      next.hasPast = runs.count > 1 || run.change != .hostFound
      if next.hasPast || view?.hasPast == true { try session.setHostRuns(next.hasPast ? runs : [], of: host, key) }
      try telling.tell(runs, insteadOf: known, key, of: host)
    }
    if next != view { changed.append((host, next)) }
  }

  /// The first and the last answer of the host's ports, and of its echo, which is the reason where no port of the scan answered.
  private func answers(_ look: HostLook, isEchoAlone: Bool) -> [HostRun] {
    func runs(_ times: ClosedRange<Timestamp>?, _ reason: ProbeReason?) -> [HostRun] {
      guard let times else { return [] }
      let bounds = times.lowerBound == times.upperBound ? [times.lowerBound] : [times.lowerBound, times.upperBound]
      return bounds.map { HostRun(answerAt: $0, agent: agent, job: look.job, reason: reason) }
    }
    return runs(look.portAnswers, nil) + runs(look.echoAnswers, isEchoAlone ? .echoReply : nil)
  }

  /// Whether somebody forbade probes of the host in this scan, be it in another of its jobs: its silence says nothing then.
  private func isForbidden(_ host: ChartHost) throws -> Bool {
    try TransportProtocol.allCases.contains { transport in
      try session.runs(of: host, transport: transport, ports: 0...UInt16.max).contains { entry in
        let run = entry.run
        return entry.zone == zone && run.observedAt >= begun && (run.state == .filtered || run.state == .unreachable)
          && !run.state.isSilence(because: run.reason)
      }
    }
  }

  /// Whether silence of the host would be news: it had not answered since the scan began, and its own agent was not heard of.
  private func isHeard(_ look: HostLook, at host: ChartHost, _ view: HostView) throws -> Bool {
    guard let ended = [look.silentAt, look.echoSilentAt].compactMap(\.self).max(), !look.isSelfView,
      view.lastSeen < begun
    else { return false }
    // Its own agent was heard of then: something stands before it.
    guard let living = try session.agentLiving(at: host, asOf: ended),
      let sampled = try session.inventoryTime(of: living, asOf: ended)
    else { return true }
    return sampled < ended - inventoryMaximumAge
  }

  /// What the look proves, with the misses before, if nothing answered it, and when the host had answered last; nil: nothing.
  private func silence(
    _ look: HostLook, _ observations: HostObservations, at host: ChartHost, _ view: HostView, _ misses: HostMisses
  ) throws -> (silence: HostRun, answeredAt: Timestamp)? {
    guard var ended = [look.silentAt, look.echoSilentAt].compactMap(\.self).max() else { return nil }
    func gone(at time: Timestamp) -> HostRun {
      HostRun(HostSilence(begun: begun, ended: time), agent: agent, job: look.job)
    }
    if view.state == .gone {
      guard view.answeredByEcho else { return (gone(at: ended), view.lastSeen) }
      // Where nobody asked by an echo: that its ports are silent was so while it answered echoes.
      guard let time = look.echoSilentAt, let known = misses.gone(closeAfter: closeAfter) else { return nil }
      return (time < view.run.first ? known : gone(at: time), view.lastSeen)
    }
    // All of it that was open must have been looked at again. It is gone since the last of that was not open, in whatever order
    // the parts of a scan come.
    let views = try openedViews(at: host, view.key)
    guard views.allSatisfy(\.leavesRoomForSilence) else { return nil }
    let refusals = try refusals(at: host)
    let answers =
      views.compactMap(\.lastSeen) + views.filter { $0.state == .closed }.map(\.observedAt)
      + refusals.map(\.run.observedAt)
    let answeredAt = max(answers.max() ?? view.lastSeen, view.lastSeen)
    guard answeredAt < begun else { return nil }
    let closedAt = views.map(\.observedAt).max()
    let isByEcho = view.answeredByEcho && answeredAt == view.lastSeen
    var misses = misses
    misses.forget(until: answeredAt)
    if var run = misses.gone(closeAfter: closeAfter),
      isByEcho || (refusals.isEmpty && !views.contains { $0.state == .closed })
    {
      run.first = max(run.first, closedAt ?? run.first)
      run.last = max(run.last, run.first)
      return (run, answeredAt)
    }
    // Its last answer was an echo's, and its ports were silent then: their silence alone proves nothing.
    if isByEcho { return nil }
    // Silence counts where there was an answer: at a port that was open and is silent since, or at one that refused.
    let isSilentWhereOpen = views.contains { $0.state.isSilence(because: $0.reason) && $0.observedAt > answeredAt }
    let isSilentWhereRefused = observations.runs.contains { entry in
      let run = entry.run.run
      return run.state.isSilence(because: run.reason)
        && refusals.contains { $0.transport == entry.transport && $0.run.ports.overlaps(run.ports) }
    }
    guard isSilentWhereOpen || isSilentWhereRefused else { return nil }
    ended = max(ended, closedAt ?? ended)
    return (gone(at: ended), answeredAt)
  }

  /// What is told of the ports that ever were open.
  private func openedViews(at host: ChartHost, _ key: ViewKey) throws -> [ZoneView] {
    try session.endpoints(of: host).compactMap { record in
      record.views.first { ViewKey($0) == key && $0.firstSeen != nil }?.shown
    }
  }

  /// Whether every port that answered is known to be silent since.
  private func arePortsSilent(at host: ChartHost, _ key: ViewKey) throws -> Bool {
    let views = try openedViews(at: host, key)
    return try views.allSatisfy { $0.leavesRoomForSilence && $0.state != .closed } && refusals(at: host).isEmpty
  }

  /// The ports by which the host had answered that they were closed.
  private func refusals(at host: ChartHost) throws -> [(transport: TransportProtocol, run: PortStateRun)] {
    try TransportProtocol.allCases.flatMap { transport in
      try session.runs(of: host, transport: transport, ports: 0...UInt16.max)
        .filter { $0.run.state == .closed && $0.zone == zone && !$0.isSelfView }.map { (transport, $0.run) }
    }
  }
}

extension ZoneView {
  /// Whether the host may be gone for all that this port says: it is silent since, it had refused, or it is one of UDP, which says
  /// nothing by being silent. One that is open, that somebody forbade or that could not be looked at leaves the host there.
  fileprivate var leavesRoomForSilence: Bool {
    state == .closed || state == .openOrFiltered || state.isSilence(because: reason)
  }
}
