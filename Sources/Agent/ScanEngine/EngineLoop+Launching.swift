internal import Glibc
internal import LinuxSystem
internal import Model

extension EngineLoop {
  /// Launches probes of a run until its part of the turn, one of its bounds or the consumer's credit is used up.
  func launch(_ run: RunState, number: Int, among active: Int) -> Progress {
    let part = max(16, Self.launchesPerTurn / active)
    for _ in 0..<part {
      // Looked at before every connect, so that nothing new is launched after a cancellation.
      if run.control.isCancelled { return .more }
      guard hasCredit(run), run.inFlight < run.pace.maxInFlight, hasSlot(run, among: active) else { return .waiting }
      let now = MonotonicClock.now
      let time = max(run.pausedUntil, run.meter.nextStart(now: now))
      if time > now { return .at(time) }
      guard let probe = run.popProbe() ?? admitHost(run).flatMap({ run.popProbe() }) else { return .waiting }
      start(probe, of: run, number: number, now: now)
    }
    return .more
  }

  /// Whether another observation of this run would stay within its consumer's credit.
  func isBelowCredit(_ run: RunState) -> Bool {
    run.inFlight + run.batch.count + run.control.channel.unreported < configuration.unreportedLimit
  }

  private func hasCredit(_ run: RunState) -> Bool {
    run.isOutOfCredit = false
    if isBelowCredit(run) { return true }
    run.control.channel.awaitCredit()
    // Looked at again, because the consumer may have taken something just before it could know that we wait.
    run.isOutOfCredit = !isBelowCredit(run)
    return !run.isOutOfCredit
  }

  /// Whether a slot is free that this run may take: beyond its equal share it leaves an eighth for others, so that a small
  /// run beside a huge one starts at once.
  private func hasSlot(_ run: RunState, among active: Int) -> Bool {
    if slotCeiling < slots.capacity, MonotonicClock.now >= slotCeilingEnds { slotCeiling = slots.capacity }
    let free = slotCeiling - slots.busyCount
    guard free > 0 else { return false }
    return active == 1 || run.inFlight < slotCeiling / active || free > slotCeiling / 8
  }

  /// Takes the next host in, if there is room for it; nil where there is none.
  private func admitHost(_ run: RunState) -> Void? {
    if run.nextHost == nil, let (block, offset, host) = run.takeFromCursor() {
      run.nextHost = describe(host, block: block, offset: offset)
    }
    guard var host = run.nextHost, run.activeHosts < run.pace.maxInFlight else { return nil }
    if host.isOnLink {
      guard unresolvedNeighbours < Self.unresolvedNeighbourLimit else { return nil }
      unresolvedNeighbours += 1
      run.unresolvedHosts += 1
      host.isUnresolved = true
    }
    run.nextHost = nil
    run.admit(host)
    return ()
  }

  private func describe(_ host: HostAddress, block: Int, offset: UInt128) -> ProbedHost {
    var scope: UInt32 = 0
    var refusal: ProbeReason?
    if let interface = host.interface {
      if let index = TargetAddress.scope(of: interface) { scope = index } else { refusal = .noLocalRoute }
    }
    let address = host.address.unmapped
    let route = refusal == nil ? routes?.route(to: address, scope: scope) : nil
    return ProbedHost(
      address: host, blockIndex: block, hostOffset: offset, scope: scope,
      isSelf: route?.isLocal ?? address.isLoopback,
      isOnLink: route.map { !$0.isLocal && $0.gateway == nil } ?? false, refusal: refusal,
      startedAt: MonotonicClock.now)
  }

  private func start(_ probe: RunState.Probe, of run: RunState, number: Int, now: UInt64) {
    let host = run.hosts[probe.host]
    let port = run.blocks[host.blockIndex].ports.tcp.port(at: probe.portOffset)
    if let refusal = host.refusal {
      return settle(probe, of: run, Finding(state: .unchecked, reason: refusal, now: now))
    }
    guard run.isAllowed(host.address, ProtocolPort(.tcp, port)) else {
      return settle(probe, of: run, Finding(state: .unchecked, reason: .policy, now: now))
    }
    let target = TargetAddress.make(host.address.address, port: port, scope: host.scope)
    let family = host.address.address.unmapped.family
    let index: Int
    do throws(SystemError) {
      guard let slot = try slots.take(family, poller: poller) else {
        run.sendAgain(probe)
        return endProbe(probe, of: run)
      }
      index = slot
    } catch {
      let isShortOfDescriptors = error.errno == EMFILE || error.errno == ENFILE
      if isShortOfDescriptors, slots.busyCount > 0 {
        // Live with the sockets there are: each answer frees one.
        slotCeiling = slots.busyCount
        slotCeilingEnds = now + Self.ceilingAge
        run.sendAgain(probe)
        return endProbe(probe, of: run)
      }
      return conclude(probe, of: run, ProbeVerdict(errno: error.errno), errno: error.errno, icmp: nil, launchedAt: nil)
    }
    if slots.count > wheelCapacity {
      wheelCapacity = slots.count * 2
      wheel.reserve(wheelCapacity)
    }
    slots[index].run = number
    slots[index].host = probe.host
    slots[index].portOffset = probe.portOffset
    slots[index].tries = probe.tries + 1
    slots[index].mishaps = probe.mishaps
    slots[index].target = target
    slots[index].launchedAt = now
    let code = slots.connect(index)
    if code == EINPROGRESS {
      run.meter.recordStart(now: now)
      run.stalledSince = nil
      run.pauseLength = 0
      wheel.set(index, at: now + host.estimate.timeout(run.limits))
    } else {
      answered(index, errno: code)
    }
  }
}
