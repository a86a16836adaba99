internal import Glibc
internal import LinuxSystem
internal import Model

extension EngineLoop {
  /// How often a probe may fail by our own doing before it counts as unchecked.
  private static let mishapLimit = 16

  /// Pauses after a shortage: doubling from one to the other, nanoseconds.
  private static let firstPause: UInt64 = 1_000_000
  private static let longestPause: UInt64 = 100_000_000

  /// What a probe has shown, before it becomes an observation.
  struct Finding {
    let state: EndpointState
    let reason: ProbeReason
    var icmp: IcmpEvidence?
    var errno: Int32?
    var roundTrip: UInt64?
    let now: UInt64
  }

  /// Looks what became of a busy slot's connection.
  func harvest(_ index: Int, _ readiness: EpollInterest) {
    let code = slots.connect(index)
    guard code == EALREADY || code == EINPROGRESS else { return answered(index, errno: code) }
    // An ICMP error that came while the socket was locked is in the queue and leaves connect pending for ever.
    guard readiness.contains(.error), let icmp = slots.takeErrors(index) else { return }
    slots.disconnect(index)
    conclude(index, verdict(icmp), errno: nil, icmp: icmp)
  }

  /// A busy slot's deadline has passed.
  func expire(_ index: Int) {
    // The answer may be there and unread, when this process was kept from running: the socket is asked before its silence
    // is told as a fact.
    let code = slots.connect(index)
    guard code == EALREADY || code == EINPROGRESS else { return answered(index, errno: code) }
    let icmp = slots.takeErrors(index)
    slots.disconnect(index)
    if let icmp {
      conclude(index, verdict(icmp), errno: nil, icmp: icmp)
    } else {
      conclude(index, .silence, errno: nil, icmp: nil)
    }
  }

  /// A busy slot's connection has ended with an errno, 0 for success.
  func answered(_ index: Int, errno code: Int32) {
    if code == 0 || code == EISCONN {
      let port = slots.port(index)
      let isItself = ephemeralPorts.contains(port) && slots.isConnectedToItself(index)
      slots.disconnect(index)
      return conclude(index, isItself ? .mishap : ProbeVerdict(errno: 0), errno: nil, icmp: nil)
    }
    // After a failed connect the socket is unconnected already; the queue says whether ICMP made it fail.
    if let icmp = slots.takeErrors(index) {
      conclude(index, verdict(icmp), errno: nil, icmp: icmp)
    } else {
      conclude(index, ProbeVerdict(errno: code), errno: code, icmp: nil)
    }
  }

  private func verdict(_ icmp: IcmpEvidence) -> ProbeVerdict {
    let isOurs = routes?.route(to: icmp.sender, scope: 0)?.isLocal ?? icmp.sender.isLoopback
    return ProbeVerdict(icmp, from: isOurs ? .here : .elsewhere)
  }

  /// Frees the slot and goes on with its probe.
  private func conclude(_ index: Int, _ verdict: ProbeVerdict, errno: Int32?, icmp: IcmpEvidence?) {
    wheel.clear(index)
    let slot = slots[index]
    slots.release(index)
    guard let run = runs[slot.run] else { preconditionFailure("a busy slot belongs to a run") }
    var verdict = verdict
    if verdict == .settled(.unchecked, .localDenied), let icmp, isSilentNeighbour(icmp, run.hosts[slot.host]) {
      verdict = ProbeVerdict(icmp, from: .hereForSilentNeighbour)
    }
    let probe = RunState.Probe(
      host: slot.host, portOffset: slot.portOffset, tries: slot.tries, mishaps: slot.mishaps)
    conclude(probe, of: run, verdict, errno: errno, icmp: icmp, launchedAt: slot.launchedAt)
  }

  /// Whether an error of our own says "host unreachable" because ARP or neighbour discovery failed, and not because a local
  /// firewall rejects with that code: the neighbour table knows.
  private func isSilentNeighbour(_ icmp: IcmpEvidence, _ host: ProbedHost) -> Bool {
    let saysUnreachable = icmp.family == .ipv4 ? (icmp.type, icmp.code) == (3, 1) : (icmp.type, icmp.code) == (1, 3)
    return saysUnreachable && !host.isSelf
      && routes?.isNeighbourSilent(towards: host.address.address.unmapped, scope: host.scope) == true
  }

  /// Goes on with a probe that holds no slot any more; `launchedAt` is nil where no connection was started.
  func conclude(
    _ probe: RunState.Probe, of run: RunState, _ verdict: ProbeVerdict, errno: Int32?, icmp: IcmpEvidence?,
    launchedAt: UInt64?
  ) {
    let now = MonotonicClock.now
    switch verdict {
    case .settled(let state, let reason):
      var finding = Finding(state: state, reason: reason, icmp: icmp, errno: nil, now: now)
      if state == .unchecked { finding.errno = errno }
      if state == .open || state == .closed, let launchedAt {
        finding.roundTrip = now - launchedAt
        run.withHost(probe.host) { $0.estimate.add(now - launchedAt) }
      }
      if state != .unchecked, state != .unreachable { markResolved(probe.host, of: run) }
      settle(probe, of: run, finding)
    case .silence:
      guard Int(probe.tries) > run.pace.retries else {
        run.sendAgain(probe)
        return endProbe(probe, of: run)
      }
      settle(probe, of: run, Finding(state: .filtered, reason: .noResponse, now: now))
    case .mishap:
      guard Int(probe.mishaps) < Self.mishapLimit else {
        return settle(probe, of: run, Finding(state: .unchecked, reason: .localError, errno: errno, now: now))
      }
      // A probe that failed by our own doing is no try.
      run.sendAgain(probe.counted(tries: -1, mishaps: 1))
      endProbe(probe, of: run)
    case .shortage:
      let since = run.stalledSince ?? now
      run.stalledSince = since
      guard now - since < patience else {
        return settle(
          probe.counted(tries: launchedAt == nil ? 0 : -1), of: run,
          Finding(state: .unchecked, reason: .localResources, errno: errno, now: now))
      }
      run.pauseLength = min(max(run.pauseLength * 2, Self.firstPause), Self.longestPause)
      run.pausedUntil = now + run.pauseLength
      run.sendAgain(probe.counted(tries: launchedAt == nil ? 0 : -1))
      endProbe(probe, of: run)
    }
  }

  /// Makes the one observation of an endpoint.
  func settle(_ probe: RunState.Probe, of run: RunState, _ finding: Finding) {
    let host = run.hosts[probe.host]
    run.withHost(probe.host) { $0.learn(finding.state, finding.reason) }
    if run.batch.isEmpty { run.batchBegan = finding.now }
    run.batch.observations.append(
      Observation(
        blockIndex: host.blockIndex, host: host.address, hostOffset: host.hostOffset, portOffset: probe.portOffset,
        port: ProtocolPort(.tcp, run.blocks[host.blockIndex].ports.tcp.port(at: probe.portOffset)),
        state: finding.state, reason: finding.reason, icmp: finding.icmp, localErrno: finding.errno,
        isSelf: host.isSelf, roundTrip: finding.roundTrip.map { .nanoseconds(Int64(clamping: $0)) },
        observedAt: finding.now, tries: Int(probe.tries)))
    endProbe(probe, of: run)
  }

  func endProbe(_ probe: RunState.Probe, of run: RunState) {
    let wasUnresolved = run.hosts[probe.host].isUnresolved
    guard run.endProbe(host: probe.host) else { return }
    if wasUnresolved { forgetUnresolved(of: run) }
    report(run.hosts[probe.host], of: run)
  }

  /// Makes the one observation of a host that is done with.
  private func report(_ host: ProbedHost, of run: RunState) {
    let now = MonotonicClock.now
    if run.batch.isEmpty { run.batchBegan = now }
    run.batch.hosts.append(
      HostObservation(
        blockIndex: host.blockIndex, host: host.address, hostOffset: host.hostOffset, presence: host.presence,
        reason: host.presenceReason, ending: .complete, isSelf: host.isSelf,
        roundTrip: host.estimate.summary(run.limits), startedAt: host.startedAt, endedAt: now))
  }

  private func markResolved(_ host: Int, of run: RunState) {
    let wasUnresolved = run.withHost(host) { host in
      defer { host.isUnresolved = false }
      return host.isUnresolved
    }
    if wasUnresolved { forgetUnresolved(of: run) }
  }

  private func forgetUnresolved(of run: RunState) {
    run.unresolvedHosts -= 1
    unresolvedNeighbours -= 1
  }
}
