internal import LinuxSystem
internal import Model
internal import ProbeTiming

/// What is launched next.
extension RunState {
  /// First tries that may be silent and untried again, in rounds that have not begun.
  private static let mostSilent = Int32(2 * ProbedHost.longestRound)

  /// The next probe of a host that has one and is below every bound; nil where none may be launched now. Hosts that may go on
  /// at a known time wait in `times`.
  func popProbe(now: UInt64) -> Probe? {
    while let index = ready.popFirst() {
      hosts[index].isQueued = false
      guard let probe = takeProbe(index, now: now) else {
        if !hosts[index].isQueued { passOver(index) }
        continue
      }
      // Counted from here on, so that the host is neither retired nor given more than its share meanwhile.
      hosts[index].inFlight += 1
      if probe.isRetry { hosts[index].retriesInFlight += 1 }
      if !hosts[index].isSelf { networks[hosts[index].network].inFlight += 1 }
      inFlight += 1
      queueIfReady(index)
      return probe
    }
    return nil
  }

  /// A host whose turn came has nothing to launch: what it had is no longer asked, or it is at its bound.
  private func passOver(_ index: Int) {
    // What it leaves unused another host of its network may take.
    wakeNetwork(hosts[index].network)
    guard hosts[index].inFlight == 0 else { return }
    advance(index)
    queueIfReady(index)
    if !hosts[index].isQueued { finished.append(index) }
  }

  private func takeProbe(_ index: Int, now: UInt64) -> Probe? {
    if hosts[index].rest == nil, let limit = pace.hostTimeout, now >= hosts[index].startedAt + limit.wholeNanoseconds {
      give(up: index, .init(state: .unchecked, reason: .hostTimeout), ending: .hostTimeout)
    }
    // What is told without a try needs no room.
    if let entry = pool.popFirst(&hosts[index].believed) { return probe(index, entry, isBelieved: true) }
    if hosts[index].rest != nil {
      return pool.popFirst(&hosts[index].retries).map { probe(index, $0) } ?? takeFresh(index)
    }
    guard hosts[index].inFlight < inFlightBound(of: index) else { return nil }
    if !hosts[index].isSelf {
      let network = hosts[index].network
      guard networks[network].inFlight < min(networks[network].window.limit, pace.maxInFlightPerNetwork) else {
        networks[network].waiting.append(index)
        hosts[index].isQueued = true
        return nil
      }
      let time = max(
        hosts[index].meter.nextStart(now: now), hosts[index].pacer.nextStart(now: now),
        networks[network].meter.nextStart(now: now), hosts[index].soundings.nextStart(now: now))
      if time > now {
        times.set(index, at: time)
        hosts[index].isQueued = true
        wakeNetwork(network)
        return nil
      }
    }
    if let bit = takeDiscovery(index) {
      return Probe(host: index, portOffset: DiscoveryPlan.offset(ofBit: bit), tries: 0, mishaps: 0, period: 0)
    }
    if let entry = pool.popFirst(&hosts[index].retries) { return probe(index, entry) }
    return hosts[index].soundings.isSounding ? nil : takeFresh(index)
  }

  /// A probe of the host was sent.
  func recordStart(_ index: Int, now: UInt64) {
    hosts[index].wasAsked = true
    meter.recordStart(now: now)
    guard !hosts[index].isSelf else { return }
    hosts[index].meter.recordStart(now: now)
    hosts[index].pacer.recordStart(now: now)
    hosts[index].soundings.recordStart(now: now)
    networks[hosts[index].network].meter.recordStart(now: now)
  }

  private func takeDiscovery(_ index: Int) -> Int? {
    guard hosts[index].discovery != 0 else { return nil }
    guard hosts[index].wantsDiscovery else {
      hosts[index].discovery = 0
      return nil
    }
    let bit = hosts[index].discovery.trailingZeroBitCount
    hosts[index].discovery &= hosts[index].discovery - 1
    return bit
  }

  private func takeFresh(_ index: Int) -> Probe? {
    guard hasFresh(index) else { return nil }
    let offset = orders[hosts[index].blockIndex][hosts[index].nextPort]
    hosts[index].nextPort += 1
    return Probe(host: index, portOffset: offset, tries: 0, mishaps: 0, period: 0)
  }

  private func probe(_ index: Int, _ entry: ProbePool.Entry, isBelieved: Bool = false) -> Probe {
    Probe(
      host: index, portOffset: Int(entry.portOffset), tries: entry.tries, evidence: entry.evidence,
      regime: entry.regime, mishaps: entry.mishaps, period: entry.period,
      isRetry: entry.tries > 0, isBelieved: isBelieved)
  }

  /// A probe of `popProbe` has ended.
  ///
  /// - Returns: whether the host is done with, and is to be retired.
  func endProbe(_ probe: Probe) -> Bool {
    let index = probe.host
    hosts[index].inFlight -= 1
    if probe.isRetry { hosts[index].retriesInFlight -= 1 }
    if !hosts[index].isSelf { networks[hosts[index].network].inFlight -= 1 }
    inFlight -= 1
    advance(index)
    queueIfReady(index)
    wakeNetwork(hosts[index].network)
    return hosts[index].inFlight == 0 && !hosts[index].isQueued
  }

  /// Lets a host of a network go on that waited for the network.
  private func wakeNetwork(_ network: Int) {
    guard networks[network].waiting.count > 0, let index = networks[network].waiting.popFirst() else { return }
    // It stays queued: whether it still has anything to launch shows when its turn comes.
    ready.append(index)
  }

  func queueIfReady(_ index: Int) {
    guard !hosts[index].isQueued, hasWork(index) else { return }
    hosts[index].isQueued = true
    ready.append(index)
  }

  private func hasWork(_ index: Int) -> Bool {
    if !hosts[index].believed.isEmpty { return true }
    let hasFresh = hasFresh(index)
    let hasProbe = !hosts[index].retries.isEmpty || hasFresh && !hosts[index].soundings.isSounding
    if hosts[index].rest != nil { return hasProbe || hasFresh }
    return hosts[index].inFlight < inFlightBound(of: index)
      && (hasProbe || hosts[index].discovery != 0 && hosts[index].wantsDiscovery)
  }

  private func hasFresh(_ index: Int) -> Bool {
    hosts[index].nextPort < freshLimit(of: index)
      && (hosts[index].silent.count < Self.mostSilent || hosts[index].rest != nil)
  }

  /// How many ports may be visited as things stand: a host of which nothing is heard ends with its likely ports.
  func freshLimit(of index: Int) -> Int {
    // Field by field: a copy of the order would retain its lists for every probe.
    let block = hosts[index].blockIndex
    return hosts[index].presence == .up || hosts[index].rest != nil ? orders[block].count : orders[block].likelyCount
  }

  private func inFlightBound(of index: Int) -> Int {
    if hosts[index].isSelf { return .max }
    if hosts[index].isUnresolved { return 1 }
    // A paced host is bound by its pace.
    return hosts[index].pacer.isPacing
      ? pace.maxInFlightPerHost : min(hosts[index].window.limit, pace.maxInFlightPerHost)
  }
}
