internal import CLinux
internal import Glibc
internal import LinuxSystem
internal import Model
internal import ProbeTiming

extension EngineLoop {
  /// Ports of a host that policy is asked about before its echo; a policy that forbids all of these forbids the host.
  private static let portsAskedOfPolicy = 256

  /// Launches probes of a run until its part of the turn, one of its bounds or the consumer's credit is used up.
  func launch(_ run: RunState, number: Int, among active: Int) -> Progress {
    run.releaseDue(now: MonotonicClock.now)
    let part = max(16, Self.launchesPerTurn / active)
    for _ in 0..<part {
      // Looked at before every connect, so that nothing new is launched after a cancellation.
      if run.control.isCancelled { return .more }
      guard hasCredit(run), run.inFlight < run.pace.maxInFlight, hasSlot(run, among: active) else { return .waiting }
      let now = MonotonicClock.now
      let time = max(run.pausedUntil, run.meter.nextStart(now: now))
      if time > now {
        // Whether there is anything left for that time: a run that is done does not wait for it.
        if run.activeHosts == 0 { takeNextHost(run) }
        return .at(time)
      }
      if let probe = run.popProbe(now: now) {
        start(probe, of: run, number: number, now: now)
      } else {
        while let host = run.finished.popLast() { retire(host, of: run) }
        guard admitHost(run) else { return .waiting }
      }
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

  /// Takes the next host in, if there is one and room for it.
  private func admitHost(_ run: RunState) -> Bool {
    takeNextHost(run)
    guard var host = run.nextHost, run.activeHosts < run.pace.maxInFlight else { return false }
    if host.isOnLink {
      guard unresolvedNeighbours < Self.unresolvedNeighbourLimit else { return false }
      unresolvedNeighbours += 1
      run.unresolvedHosts += 1
      host.isUnresolved = true
    }
    run.nextHost = nil
    let index = run.admit(host)
    // Nothing to ask it: an address of our own, in discovery alone.
    if !run.hosts[index].isQueued { retire(index, of: run) }
    return true
  }

  private func takeNextHost(_ run: RunState) {
    guard run.nextHost == nil, let (block, offset, host) = run.takeFromCursor() else { return }
    run.nextHost = describe(host, block: block, offset: offset, run)
  }

  private func describe(_ host: HostAddress, block: Int, offset: UInt128, _ run: RunState) -> ProbedHost {
    var scope: UInt32 = 0
    var hasInterface = true
    if let interface = host.interface {
      if let index = TargetAddress.scope(of: interface) { scope = index } else { hasInterface = false }
    }
    let address = host.address.unmapped
    let route = hasInterface ? routes?.route(to: address, scope: scope) : nil
    let isSelf = route?.isLocal ?? address.isLoopback
    let isOnLink = route.map { !$0.isLocal && $0.gateway == nil } ?? false && !address.isMulticast
    var result = ProbedHost(
      address: host, blockIndex: block, hostOffset: offset, scope: scope,
      interfaceIndex: route?.interfaceIndex ?? 0, isSelf: isSelf,
      isOnLink: isOnLink && routes?.resolvesNeighbours(interfaceIndex: route?.interfaceIndex ?? 0) == true,
      startedAt: MonotonicClock.now,
      meter: PaceMeter(interval: run.hostInterval))
    if !hasInterface {
      result.rest = .init(state: .unchecked, reason: .noLocalRoute)
      result.learnAbsent(.unchecked, .noLocalRoute)
    } else if isSelf {
      result.learnUp(.localhostResponse)
    } else if run.discovery != .off {
      result.asksEchoAlone = run.discovery == .echo
      result.discovery = result.asksEchoAlone ? DiscoveryPlan.echoAlone : DiscoveryPlan.all
    }
    return result
  }

  private func start(_ probe: RunState.Probe, of run: RunState, number: Int, now: UInt64) {
    guard probe.portOffset >= 0 else { return startDiscovery(probe, of: run, number: number, now: now) }
    if let rest = run.hosts[probe.host].rest {
      return settle(probe, of: run, Finding(state: rest.state, reason: rest.reason, now: now))
    }
    let endpoint = run.orders[run.hosts[probe.host].blockIndex].endpoint(at: probe.portOffset)
    if probe.isBelieved { return settleSilence(probe, of: run, endpoint.transport, now: now) }
    guard run.isAllowed(run.hosts[probe.host].address, endpoint) else {
      return settle(probe, of: run, Finding(state: .unchecked, reason: .policy, now: now))
    }
    let transport: SocketKind.Transport = endpoint.transport == .udp ? .udp : .tcp
    launch(probe, of: run, number: number, transport, endpoint.port, now: now)
  }

  private func startDiscovery(_ probe: RunState.Probe, of run: RunState, number: Int, now: UInt64) {
    let host = run.hosts[probe.host]
    let bit = DiscoveryPlan.bit(ofOffset: probe.portOffset)
    guard host.rest == nil, host.wantsDiscovery, !probe.isBelieved else {
      if probe.isBelieved, host.rest == nil, bit == DiscoveryPlan.echo { run.noteSilentEcho(of: probe.host) }
      return endProbe(probe, of: run)
    }
    if bit == DiscoveryPlan.echo {
      // Policy knows ports, not echoes: a host none of whose discovery ports may be asked is not asked at all.
      guard mayEcho[host.address.address.unmapped.family] != false, isAnyAllowed(of: host, run) else {
        return endProbe(probe, of: run)
      }
      launch(probe, of: run, number: number, .echo, Port(0), now: now)
    } else {
      let port = DiscoveryPlan.ports[bit - 1]
      guard run.isAllowed(host.address, ProtocolPort(.tcp, port)) else { return endProbe(probe, of: run) }
      launch(probe, of: run, number: number, .tcp, port, now: now)
    }
  }

  /// Whether policy lets any port of those be asked that a run asks the host by: its discovery's, or where it has none the first
  /// of its own.
  private func isAnyAllowed(of host: ProbedHost, _ run: RunState) -> Bool {
    guard host.asksEchoAlone else {
      return DiscoveryPlan.ports.contains { run.isAllowed(host.address, ProtocolPort(.tcp, $0)) }
    }
    let order = run.orders[host.blockIndex]
    return (0..<min(order.count, Self.portsAskedOfPolicy)).contains {
      run.isAllowed(host.address, order.endpoint(at: order[$0]))
    }
  }

  /// Takes a slot for a probe and sends it.
  private func launch(
    _ probe: RunState.Probe, of run: RunState, number: Int, _ transport: SocketKind.Transport, _ port: Port, now: UInt64
  ) {
    let address = run.hosts[probe.host].address.address
    let family = address.unmapped.family
    let index: Int
    do throws(SystemError) {
      guard let slot = try slots.take(SocketKind(transport, family), poller: poller) else {
        run.sendAgain(probe)
        return endProbe(probe, of: run)
      }
      index = slot
    } catch {
      return cannotOpen(probe, of: run, transport, family, error, now: now)
    }
    if slots.count > wheelCapacity {
      wheelCapacity = slots.count * 2
      wheel.reserve(wheelCapacity)
    }
    slots[index].run = number
    slots[index].host = probe.host
    slots[index].portOffset = probe.portOffset
    slots[index].tries = probe.tries == .max ? .max : probe.tries + 1
    slots[index].mishaps = probe.mishaps
    slots[index].evidence = probe.evidence
    slots[index].regime = probe.regime
    slots[index].isRetry = probe.isRetry
    slots[index].lastPeriod = probe.period
    slots[index].period = run.hosts[probe.host].pacer.period
    slots[index].target = TargetAddress.make(address, port: port, scope: run.hosts[probe.host].scope)
    slots[index].launchedAt = now
    slots[index].countedFrom = now
    let code = connectOrSend(index, port)
    if code == EINPROGRESS || ProbeVerdict(errno: code) != .shortage {
      run.stalledSince = nil
      run.pauseLength = 0
    }
    guard code == EINPROGRESS else { return answered(index, errno: code) }
    run.recordStart(probe.host, now: now)
    let wait = run.wait(for: probe.host, isFirst: probe.tries == 0)
    // A guess is looked at again soon: meanwhile an answer may have shown how long one takes.
    wheel.set(index, at: now + (run.isWaitGuessed(for: probe.host) ? min(wait, run.limits.quick) : wait))
  }

  /// Launches the slot's probe; EINPROGRESS where it is under way.
  private func connectOrSend(_ index: Int, _ port: Port) -> Int32 {
    switch slots[index].kind.transport {
    case .tcp: return slots.connect(index)
    case .udp:
      let code = slots.send(index, DatagramPayloads.payload(for: port))
      return code == 0 ? EINPROGRESS : code
    case .echo:
      let code = slots.send(index, slots.echoRequest(index))
      return code == 0 ? EINPROGRESS : code
    }
  }

  private func cannotOpen(
    _ probe: RunState.Probe, of run: RunState, _ transport: SocketKind.Transport, _ family: IPAddress.Family,
    _ error: SystemError, now: UInt64
  ) {
    let isShortage = ProbeVerdict(errno: error.errno) == .shortage || error.errno == ENOSPC
    if transport == .echo, !isShortage {
      // Not for this process, or not in this kernel.
      mayEcho[family] = false
      return endProbe(probe, of: run)
    }
    if error.errno == EMFILE || error.errno == ENFILE, slots.busyCount > 0 {
      // Live with the sockets there are: each answer frees one.
      slotCeiling = slots.busyCount
      slotCeilingEnds = now + Self.ceilingAge
      run.sendAgain(probe)
      return endProbe(probe, of: run)
    }
    conclude(
      probe, of: run, isShortage ? .shortage : ProbeVerdict(errno: error.errno), errno: error.errno, icmp: nil,
      launchedAt: nil)
  }
}
