internal import Glibc
internal import LinuxSystem
internal import Model

/// What becomes of probes under way.
extension EngineLoop {
  /// Looks what became of a busy slot's probe.
  func harvest(_ index: Int, _ readiness: EpollInterest) {
    guard slots[index].kind.transport == .tcp else { return harvestDatagram(index, slots.receive(index)) }
    let code = slots.connect(index)
    guard code == EALREADY || code == EINPROGRESS else { return answered(index, errno: code) }
    // An ICMP error that came while the socket was locked is in the queue and leaves connect pending for ever.
    guard readiness.contains(.error), let icmp = slots.takeErrors(index) else { return }
    slots.disconnect(index)
    finish(index, verdict(icmp, index), errno: nil, icmp: icmp)
  }

  private func harvestDatagram(_ index: Int, _ reception: ProbeSlots.Reception) {
    switch reception {
    case .answer:
      slots.disconnect(index)
      let reason: ProbeReason = slots[index].kind.transport == .echo ? .echoReply : .udpResponse
      finish(index, .settled(.open, reason), errno: nil, icmp: nil)
    case .failed(let code): answered(index, errno: code)
    case .nothing: break
    }
  }

  /// A busy slot's time is over, or was guessed and is looked at again.
  func expire(_ index: Int) {
    guard let run = runs[slots[index].run] else { preconditionFailure("a busy slot belongs to a run") }
    let now = MonotonicClock.now
    let host = slots[index].host
    let waited = now - min(slots[index].countedFrom, now)
    let wait = run.wait(for: host, isFirst: slots[index].tries == 1)
    if waited < wait {
      // Twice as long each time while it is a guess, so that looking costs little.
      let next = run.isWaitGuessed(for: host) ? min(wait, 2 * waited) : wait
      return wheel.set(index, at: slots[index].countedFrom + max(next, waited + 1_000_000))
    }
    if run.hosts[host].isUnresolved, !isNeighbourKnown(index, run, now: now) { return }
    // The answer may be there and unread, when this process was kept from running: the socket is asked before its silence
    // is told as a fact.
    if slots[index].kind.transport == .tcp {
      let code = slots.connect(index)
      guard code == EALREADY || code == EINPROGRESS else { return answered(index, errno: code) }
    } else {
      let reception = slots.receive(index)
      guard reception == .nothing else { return harvestDatagram(index, reception) }
    }
    let icmp = slots.takeErrors(index)
    slots.disconnect(index)
    if let icmp {
      finish(index, verdict(icmp, index), errno: nil, icmp: icmp)
    } else {
      finish(index, .silence, errno: nil, icmp: nil)
    }
  }

  /// A busy slot's probe has ended with an errno, 0 for a connection.
  func answered(_ index: Int, errno code: Int32) {
    if code == 0 || code == EISCONN {
      let port = slots.port(index)
      let isItself = ephemeralPorts.contains(port) && slots.isConnectedToItself(index)
      slots.disconnect(index)
      return finish(index, isItself ? .mishap : ProbeVerdict(errno: 0), errno: nil, icmp: nil)
    }
    // After a failed connect the socket is unconnected already; the queue says whether ICMP made it fail.
    let icmp = slots.takeErrors(index)
    if slots[index].kind.transport != .tcp { slots.disconnect(index) }
    if let icmp {
      finish(index, verdict(icmp, index), errno: nil, icmp: icmp)
    } else if code == ECONNREFUSED, slots[index].kind.transport != .tcp {
      // An earlier probe's refusal, reported to this one.
      finish(index, .mishap, errno: code, icmp: nil)
    } else {
      finish(index, ProbeVerdict(errno: code), errno: code, icmp: nil)
    }
  }

  private func verdict(_ icmp: IcmpEvidence, _ index: Int) -> ProbeVerdict {
    let transport = slots[index].kind.transport
    let isTarget = TargetAddress.address(slots[index].target) == icmp.sender
    if isTarget, transport != .tcp { return ProbeVerdict(icmp, from: .target, transport: transport) }
    let isOurs = routes?.route(to: icmp.sender, scope: 0)?.isLocal ?? icmp.sender.isLoopback
    return ProbeVerdict(icmp, from: isOurs ? .here : isTarget ? .target : .elsewhere, transport: transport)
  }

  /// Frees the slot and goes on with its probe.
  private func finish(_ index: Int, _ verdict: ProbeVerdict, errno: Int32?, icmp: IcmpEvidence?) {
    wheel.clear(index)
    let slot = slots[index]
    slots.release(index)
    guard let run = runs[slot.run] else { preconditionFailure("a busy slot belongs to a run") }
    var verdict = verdict
    if verdict == .settled(.unchecked, .localDenied), let icmp, isSilentNeighbour(icmp, run.hosts[slot.host]) {
      verdict = ProbeVerdict(icmp, from: .hereForSilentNeighbour)
    }
    // Only an answer is booked on the try before; a silence carries on its own.
    var period = slot.period
    if case .settled = verdict { period = slot.lastPeriod }
    let probe = RunState.Probe(
      host: slot.host, portOffset: slot.portOffset, tries: slot.tries, evidence: slot.evidence, regime: slot.regime,
      mishaps: slot.mishaps, period: period, isRetry: slot.isRetry)
    conclude(
      probe, of: run, verdict, errno: errno, icmp: icmp, launchedAt: slot.launchedAt,
      isTimed: slot.countedFrom == slot.launchedAt)
  }

  /// Whether an error of our own says "host unreachable" because ARP or neighbour discovery failed, and not because a local
  /// firewall rejects with that code: the neighbour table knows.
  private func isSilentNeighbour(_ icmp: IcmpEvidence, _ host: ProbedHost) -> Bool {
    let saysUnreachable = icmp.family == .ipv4 ? (icmp.type, icmp.code) == (3, 1) : (icmp.type, icmp.code) == (1, 3)
    guard saysUnreachable, !host.isSelf else { return false }
    return routes?.neighbour(towards: host.address.address.unmapped, scope: host.scope).isSilent == true
      && isLinkUp(host)
  }

  /// Whether this host has a way to the target: a route over a link that is up. Without, silence says nothing.
  func isLinkUp(_ host: ProbedHost) -> Bool {
    guard let route = routes?.route(to: host.address.address.unmapped, scope: host.scope) else { return routes == nil }
    return routes?.isLinkUp(interfaceIndex: route.interfaceIndex) ?? true
  }

  /// Asks the neighbour table about a host on the link whose probe met silence: as long as its hardware address is not
  /// known, no probe has left.
  ///
  /// The kernel asks three times, a second apart (`mcast_solicit`, `retrans_time_ms`), and gives up after another: what has
  /// not answered a short while after the third question is not there. An old entry is used for five seconds before it is
  /// asked for (`delay_first_probe_time`), and then three times too: a host that has not answered by itself waits for that,
  /// because hosts that drop everything and hosts that are gone look alike until then.
  /// - Returns: whether its probe's silence means anything; if not, the probe waits on, or the host was given up.
  private func isNeighbourKnown(_ index: Int, _ run: RunState, now: UInt64) -> Bool {
    let slot = slots[index]
    let host = run.hosts[slot.host]
    let neighbour = routes?.neighbour(towards: host.address.address.unmapped, scope: host.scope) ?? .unknown
    switch neighbour {
    case .unknown:
      // The table has no room for it (arp(7), gc_thresh3): the probe cannot have left.
      _ = slots.takeErrors(index)
      slots.disconnect(index)
      guard slot.mishaps >= Self.neighbourMishaps else {
        finish(index, .mishap, errno: ENOBUFS, icmp: nil)
        return false
      }
      run.give(up: slot.host, .init(state: .unchecked, reason: .localResources), ending: .complete)
      finish(index, .settled(.unchecked, .localResources), errno: ENOBUFS, icmp: nil)
      return false
    case .doubted where now - slot.launchedAt < Self.doubtPatience:
      wheel.set(index, at: now + Self.neighbourInterval)
      return false
    case .confirmed, .doubted, .known:
      markResolved(slot.host, of: run)
      // An old entry, or one made by hand, outlives its host: only what was confirmed just now is presence.
      if neighbour == .confirmed { run.withHost(slot.host) { $0.learnUp(.neighbourReply) } }
      slots[index].countedFrom = now
      wheel.set(index, at: now + run.wait(for: slot.host, isFirst: true))
      return false
    case .asked where now - slot.launchedAt < Self.neighbourPatience:
      wheel.set(index, at: now + Self.neighbourInterval)
      return false
    case .asked, .silent:
      guard isLinkUp(host) else {
        _ = slots.takeErrors(index)
        slots.disconnect(index)
        loseWay(to: slot.host, of: run)
        finish(index, .settled(.unchecked, .noLocalRoute), errno: nil, icmp: nil)
        return false
      }
      run.withHost(slot.host) { $0.learnAbsent(.unreachable, .hostUnreachable) }
      run.give(up: slot.host, .init(state: .unreachable, reason: .hostUnreachable), ending: .complete)
      _ = slots.takeErrors(index)
      slots.disconnect(index)
      finish(index, .settled(.unreachable, .hostUnreachable), errno: nil, icmp: nil)
      return false
    }
  }
}
