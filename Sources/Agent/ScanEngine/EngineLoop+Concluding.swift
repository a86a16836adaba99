internal import Glibc
internal import LinuxSystem
internal import Model
internal import ProbeTiming

/// From verdicts to observations.
extension EngineLoop {
  /// How often a probe may fail by our own doing before it counts as unchecked.
  private static let mishapLimit = 16

  /// Pauses after a shortage: doubling from one to the other, nanoseconds.
  private static let firstPause: UInt64 = 1_000_000
  private static let longestPause: UInt64 = 100_000_000

  /// How old an answer on a route or a link may be, nanoseconds.
  private static let routeAge: UInt64 = 100_000_000

  /// What a probe has shown, before it becomes an observation.
  struct Finding {
    let state: EndpointState
    let reason: ProbeReason
    var icmp: IcmpEvidence?
    var errno: Int32?
    var roundTrip: UInt64?
    let now: UInt64
  }

  /// Goes on with a probe that holds no slot any more; `launchedAt` is nil where nothing was sent.
  func conclude(
    _ probe: RunState.Probe, of run: RunState, _ verdict: ProbeVerdict, errno: Int32?, icmp: IcmpEvidence?,
    launchedAt: UInt64?, isTimed: Bool = true
  ) {
    let now = MonotonicClock.now
    switch verdict {
    case .settled(let state, let reason):
      let roundTrip = isTimed ? launchedAt.map { now - $0 } : nil
      learn(probe, of: run, state, reason, icmp: icmp, wasSent: launchedAt != nil, roundTrip: roundTrip, now: now)
      guard probe.portOffset >= 0 else {
        if reason == .hostUnreachable { run.noteSilentEcho(of: probe.host) }
        return endProbe(probe, of: run)
      }
      var finding = Finding(state: state, reason: reason, icmp: icmp, errno: nil, now: now)
      if state == .unchecked { finding.errno = errno }
      if state == .open || state == .closed { finding.roundTrip = roundTrip }
      settle(probe, of: run, finding)
    case .silence:
      if !run.hosts[probe.host].isSelf, !carries(run.hosts[probe.host].interfaceIndex, now: now) {
        loseWay(to: probe.host, of: run)
        return settleOrDrop(probe, of: run, Finding(state: .unchecked, reason: .noLocalRoute, now: now))
      }
      run.recordSilence(probe)
      endProbe(probe, of: run)
    case .mishap:
      guard Int(probe.mishaps) < Self.mishapLimit else {
        return settleOrDrop(probe, of: run, Finding(state: .unchecked, reason: .localError, errno: errno, now: now))
      }
      // A probe that failed by our own doing is no try.
      run.sendAgain(probe.counted(tries: -1, mishaps: 1))
      endProbe(probe, of: run)
    case .shortage:
      let since = run.stalledSince ?? now
      run.stalledSince = since
      let untried = probe.counted(tries: launchedAt == nil ? 0 : -1)
      guard now - since < patience else {
        return settleOrDrop(
          untried, of: run, Finding(state: .unchecked, reason: .localResources, errno: errno, now: now))
      }
      run.pauseLength = min(max(run.pauseLength * 2, Self.firstPause), Self.longestPause)
      run.pausedUntil = now + run.pauseLength
      run.sendAgain(untried)
      endProbe(probe, of: run)
    }
  }

  /// What a settled probe says of its host.
  private func learn(
    _ probe: RunState.Probe, of run: RunState, _ state: EndpointState, _ reason: ProbeReason, icmp: IcmpEvidence?,
    wasSent: Bool, roundTrip: UInt64?, now: UInt64
  ) {
    let isFromHost =
      state == .open || state == .closed
      || icmp.map { $0.sender == run.hosts[probe.host].address.address.unmapped } == true && state != .unchecked
    if isFromHost, wasSent {
      // A firewall's word in the host's name is none of its own: the echo goes on.
      let isFirst = !run.hosts[probe.host].hasAnswered
      if state == .open || state == .closed { run.withHost(probe.host) { $0.hasAnswered = true } }
      // One that was on its way when a port answered says no more than that.
      if isFirst, run.hosts[probe.host].asksEchoAlone, reason == .echoReply {
        tellEcho(of: probe.host, of: run, isAnswered: true, now: now)
      }
      run.recordAnswer(probe, reason: reason, roundTrip: roundTrip, now: now)
      if probe.portOffset >= 0 { run.countAnsweredPort(probe.host, isOpen: state == .open) }
      if reason == .portUnreachable, state == .closed { run.withHost(probe.host) { $0.hasRefusedDatagrams = true } }
    } else if state == .unreachable {
      run.withHost(probe.host) { $0.learnAbsent(.unreachable, reason) }
    } else if state == .unchecked {
      run.withHost(probe.host) { $0.learnAbsent(.unchecked, reason) }
    }
    if state != .unchecked, state != .unreachable { markResolved(probe.host, of: run) }
  }

  /// Tells of an endpoint whose silence is believed, unless it is this host that lost its way to it meanwhile.
  func settleSilence(_ probe: RunState.Probe, of run: RunState, _ transport: TransportProtocol, now: UInt64) {
    let host = run.hosts[probe.host]
    if now - min(host.routeAskedAt, now) > Self.routeAge, !host.isSelf, routes != nil {
      run.withHost(probe.host) { $0.routeAskedAt = now }
      if !isLinkUp(host) {
        loseWay(to: probe.host, of: run)
        return settle(probe, of: run, Finding(state: .unchecked, reason: .noLocalRoute, now: now))
      }
    }
    let state: EndpointState = transport == .udp ? .openOrFiltered : .filtered
    settle(probe, of: run, Finding(state: state, reason: .noResponse, now: now))
  }

  /// This host has no way to the target any more: what is left of it cannot be looked at.
  func loseWay(to host: Int, of run: RunState) {
    run.give(up: host, .init(state: .unchecked, reason: .noLocalRoute), ending: .complete)
    run.withHost(host) { $0.learnAbsent(.unchecked, .noLocalRoute) }
  }

  /// Whether a link carries anything; asked now and then, because every silent probe wants to know.
  private func carries(_ interfaceIndex: UInt32, now: UInt64) -> Bool {
    guard interfaceIndex != 0 else { return true }
    if let known = links[interfaceIndex], now - min(known.askedAt, now) < Self.routeAge { return known.isUp }
    let isUp = routes?.isLinkUp(interfaceIndex: interfaceIndex) ?? true
    links[interfaceIndex] = (now, isUp)
    return isUp
  }

  private func settleOrDrop(_ probe: RunState.Probe, of run: RunState, _ finding: Finding) {
    if probe.portOffset >= 0 { settle(probe, of: run, finding) } else { endProbe(probe, of: run) }
  }

  /// Makes the one observation of an endpoint.
  func settle(_ probe: RunState.Probe, of run: RunState, _ finding: Finding) {
    if run.batch.isEmpty { run.batchBegan = finding.now }
    let index = probe.host
    run.batch.observations.append(
      Observation(
        blockIndex: run.hosts[index].blockIndex, host: run.hosts[index].address,
        hostOffset: run.hosts[index].hostOffset, portOffset: probe.portOffset,
        port: run.orders[run.hosts[index].blockIndex].endpoint(at: probe.portOffset), state: finding.state,
        reason: finding.reason, icmp: finding.icmp, localErrno: finding.errno, isSelf: run.hosts[index].isSelf,
        roundTrip: finding.roundTrip.map { .nanoseconds(Int64(clamping: $0)) }, observedAt: finding.now,
        tries: Int(probe.tries)))
    endProbe(probe, of: run)
  }

  func endProbe(_ probe: RunState.Probe, of run: RunState) {
    if run.endProbe(probe) { retire(probe.host, of: run) }
  }

  /// Makes the one observation of a host that is done with, and lets it go.
  func retire(_ index: Int, of run: RunState) {
    markResolved(index, of: run)
    var host = run.hosts[index]
    if host.wasAsked, host.presence == .unchecked, host.rest == nil {
      // This host was in the way of some probes, not of all.
      host.presence = .silent
      host.presenceReason = .noResponse
    } else if !host.wasAsked, host.presence == .silent {
      // Nothing was sent, so that nothing was heard: policy forbids what would have been.
      host.presence = .unchecked
      host.presenceReason = host.rest?.reason ?? .policy
    }
    let now = MonotonicClock.now
    // A host that this one could not go on looking at, for a reason of its own, is not silent.
    if host.isSilentToEcho, !host.hasAnswered, host.rest?.state != .unchecked {
      tellEcho(of: index, of: run, isAnswered: false, now: now)
    }
    if run.batch.isEmpty { run.batchBegan = now }
    run.batch.hosts.append(
      HostObservation(
        blockIndex: host.blockIndex, host: host.address, hostOffset: host.hostOffset, presence: host.presence,
        reason: host.presenceReason, ending: host.ending, isSelf: host.isSelf,
        roundTrip: host.estimate.summary(run.limits), startedAt: host.startedAt, endedAt: now))
    run.retire(index)
  }

  private func tellEcho(of index: Int, of run: RunState, isAnswered: Bool, now: UInt64) {
    if run.batch.isEmpty { run.batchBegan = now }
    let host = run.hosts[index]
    run.batch.echoes.append(
      EchoObservation(
        blockIndex: host.blockIndex, host: host.address, hostOffset: host.hostOffset, isAnswered: isAnswered,
        observedAt: now))
  }

  /// The host does not wait for ARP or neighbour discovery any more.
  func markResolved(_ host: Int, of run: RunState) {
    guard run.hosts[host].isUnresolved else { return }
    run.withHost(host) { $0.isUnresolved = false }
    run.unresolvedHosts -= 1
    unresolvedNeighbours -= 1
  }
}
