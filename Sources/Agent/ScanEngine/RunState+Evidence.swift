internal import LinuxSystem
internal import Model
internal import ProbeTiming

/// What answers and silences mean for what comes next.
extension RunState {
  /// Losses up to here are a link's own and slow nothing down; above, a host or its network is asked too much (RFC 9438
  /// and its kin answer any loss, but a connect scan's probes are one packet each and carry no stream).
  private static let toleratedHostLoss = 0.05
  private static let toleratedNetworkLoss = 0.10

  /// Fewer losses are chance.
  private static let leastLosses = 3.0

  /// The chance accepted for calling an endpoint silent that answers.
  private static let acceptedError = 1e-6

  /// The same while nothing at all was heard of the host: most of such addresses are dark, and dear.
  private static let acceptedErrorOfSilentHosts = 1e-3

  /// Whatever the evidence, an endpoint is not asked more often: a host whose limits keep changing would be asked for ever.
  private static let mostTries: UInt8 = 64

  /// A host that limits the rate drops some whatever the pace.
  private static let leastLossOfLimitedHosts = 0.05

  /// How many probes of a host's rounds go out alone.
  private static let firstSoundings = ProbedHost.firstRound
  private static let laterSoundings = 8

  /// A host that refuses datagrams says so once a second only, after the first six (Linux: icmp(7), icmp_ratelimit;
  /// XRLIM_BURST_FACTOR in net/ipv4/route.c): nanoseconds between two probes that both may hear it.
  private static let datagramSoundings = 8
  private static let datagramGap: UInt64 = 1_050_000_000

  /// How long to wait for the answer to a probe, nanoseconds.
  func wait(for host: Int, isFirst: Bool) -> UInt64 {
    limits.wait(
      isFirst: isFirst, host: hosts[host].estimate, network: networks[hosts[host].network].estimate, run: estimate)
  }

  /// Whether `wait` rests on nothing measured nearby, so that it may soon be shorter.
  func isWaitGuessed(for host: Int) -> Bool {
    !hosts[host].estimate.hasSample && !networks[hosts[host].network].estimate.hasSample
  }

  /// The host itself answered a probe.
  ///
  /// - Parameters:
  ///   - probe: what was answered, this try counted.
  ///   - reason: why the host is taken to be up.
  ///   - roundTrip: nanoseconds; nil where it is not known.
  ///   - now: nanoseconds.
  func recordAnswer(_ probe: Probe, reason: ProbeReason, roundTrip: UInt64?, now: UInt64) {
    let index = probe.host
    hosts[index].learnUp(reason)
    if let roundTrip { hosts[index].estimate.add(roundTrip) }
    guard !hosts[index].isSelf else { return }
    let network = hosts[index].network
    if let roundTrip {
      networks[network].estimate.add(roundTrip)
      estimate.add(roundTrip)
    }

    // `tries` counts this one too.
    let isAgain = probe.tries > 1
    let wasPacing = hosts[index].pacer.isPacing
    let regime = hosts[index].pacer.regime
    // While a pace is kept only losses at about this pace count.
    let lost = !isAgain ? 0 : wasPacing ? (hosts[index].pacer.isCurrent(probe.period) ? 1 : 0) : Int(probe.tries) - 1
    hosts[index].loss.addAnswer(lost: lost)
    networks[network].loss.addAnswer(lost: min(lost, 1))
    let wait = wait(for: index, isFirst: true)
    if isAgain {
      hosts[index].soundings.recordAnswer(loss: hosts[index].loss.ratio)
      if hosts[index].loss.ratio > Self.toleratedHostLoss, hosts[index].loss.lostCount >= Self.leastLosses {
        hosts[index].window.recordLoss(now: now, wait: wait)
      }
      if networks[network].loss.ratio > Self.toleratedNetworkLoss, networks[network].activeHosts > 1,
        networks[network].loss.lostCount >= Self.leastLosses
      {
        networks[network].window.recordLoss(now: now, wait: wait)
      }
    } else {
      hosts[index].window.recordAnswer(ceiling: pace.maxInFlightPerHost)
      networks[network].window.recordAnswer(ceiling: pace.maxInFlightPerNetwork)
    }
    hosts[index].pacer.recordAnswer(
      now: now, lostPeriod: isAgain ? probe.period : nil, loss: hosts[index].loss, wait: wait)
    guard hosts[index].pacer.regime != regime else { return }
    hosts[index].loss.reset()
    hosts[index].soundings.end()
  }

  /// One port of the host answered; a host that calls all of them open is given up.
  func countAnsweredPort(_ index: Int, isOpen: Bool) {
    hosts[index].answeredPorts += 1
    if isOpen { hosts[index].openPorts += 1 }
    guard isOpen, let limit = pace.everythingOpenLimit, hosts[index].openPorts >= limit, !hosts[index].isSelf,
      hosts[index].rest == nil, hosts[index].openPorts * 50 >= hosts[index].answeredPorts * 49
    else { return }
    give(up: index, .init(state: .unchecked, reason: .everythingOpen), ending: .everythingOpen)
  }

  /// A try met silence: the probe waits for its next try, or for judgement.
  func recordSilence(_ probe: Probe) {
    let index = probe.host
    let network = hosts[index].network
    // A network that is dark altogether would otherwise keep its first window to the end.
    if network >= 0, !networks[network].estimate.hasSample {
      networks[network].window.recordUnopposedSilence(ceiling: pace.maxInFlightPerNetwork)
    }
    let regime = hosts[index].pacer.regime
    let evidence = probe.regime == regime ? probe.evidence &+ 1 : 1
    let entry = ProbePool.Entry(
      portOffset: Int32(probe.portOffset), tries: probe.tries, evidence: evidence, regime: regime,
      mishaps: probe.mishaps, period: probe.period)
    if pace.retries == 0 || probe.tries >= Self.mostTries {
      pool.append(entry, to: &hosts[index].believed)
    } else if hosts[index].pacer.isPacing, Int(evidence) < triesNeeded(index) {
      // At once, so that the pacer learns soon whether it was a loss.
      pool.prepend(entry, to: &hosts[index].retries)
    } else if probe.tries == 1 {
      pool.append(entry, to: &hosts[index].silent)
    } else {
      pool.append(entry, to: &hosts[index].limbo)
    }
  }

  /// The host's echo was asked as often as belief in silence asks for, or the last router says that nobody is there.
  func noteSilentEcho(of index: Int) {
    if hosts[index].asksEchoAlone { hosts[index].isSilentToEcho = true }
  }

  /// Puts a probe back that was not launched, or that failed by our own doing.
  func sendAgain(_ probe: Probe) {
    pool.append(
      ProbePool.Entry(
        portOffset: Int32(probe.portOffset), tries: probe.tries, evidence: probe.evidence, regime: probe.regime,
        mishaps: probe.mishaps, period: probe.period),
      to: &hosts[probe.host].retries)
  }

  /// What is left of a host is not looked at any more, and told as `rest`.
  func give(up index: Int, _ rest: ProbedHost.Rest, ending: HostObservation.Ending) {
    hosts[index].rest = rest
    hosts[index].ending = ending
    hosts[index].discovery = 0
    hosts[index].takeUpSilent(&pool)
    hosts[index].takeUpLimbo(&pool)
  }

  /// Begins the next round of a host's silent probes when the one before is over, or believes them.
  ///
  /// Nothing is called silent within a round: an answer to any other probe of it may show that probes get lost.
  func advance(_ index: Int) {
    if hosts[index].rest != nil {
      // Late silences of what was in flight.
      hosts[index].takeUpSilent(&pool)
      hosts[index].takeUpLimbo(&pool)
      return
    }
    guard hosts[index].retries.isEmpty, hosts[index].retriesInFlight == 0 else { return }
    hosts[index].soundings.end()
    let hasDiscovery = hosts[index].discovery != 0 && hosts[index].wantsDiscovery
    let isFreshOver =
      hosts[index].nextPort >= freshLimit(of: index) && hosts[index].inFlight == 0 && !hasDiscovery
    if !hosts[index].limbo.isEmpty {
      let isDue = !hosts[index].pacer.isPacing || hosts[index].limbo.count >= ProbedHost.longestRound
      if isFreshOver || isDue { judge(index) }
    }
    guard hosts[index].retries.isEmpty else { return }
    if !hosts[index].silent.isEmpty, isFreshOver || hosts[index].silent.count >= hosts[index].roundLength {
      hosts[index].takeUpSilent(&pool)
      if hosts[index].presence == .up, !hosts[index].isSelf, !hosts[index].pacer.isPacing {
        let isDatagram = pool.first(hosts[index].retries).map {
          orders[hosts[index].blockIndex].isDatagram(Int($0.portOffset)) && $0.portOffset >= 0
        }
        if hosts[index].hasRefusedDatagrams, isDatagram == true {
          hosts[index].soundings.begin(Self.datagramSoundings, gap: Self.datagramGap, now: MonotonicClock.now)
        } else {
          hosts[index].soundings.begin(
            hosts[index].roundLength == ProbedHost.firstRound ? Self.firstSoundings : Self.laterSoundings,
            now: MonotonicClock.now)
        }
      }
      hosts[index].roundLength = min(hosts[index].roundLength * 4, ProbedHost.longestRound)
    } else if isFreshOver, hosts[index].limbo.isEmpty, hosts[index].believed.isEmpty,
      hosts[index].nextPort < orders[hosts[index].blockIndex].count
    {
      give(up: index, .init(state: .unchecked, reason: .hostSilent), ending: .silent)
    }
  }

  /// Tries again what had fewer tries than the evidence asks for; believes the silence of the rest.
  private func judge(_ index: Int) {
    let needed = triesNeeded(index)
    var judged = ProbePool.List()
    swap(&judged, &hosts[index].limbo)
    while let entry = pool.popFirst(&judged) {
      // A silence of another regime says nothing.
      if entry.regime != hosts[index].pacer.regime || Int(entry.evidence) < needed {
        pool.append(entry, to: &hosts[index].retries)
      } else {
        pool.append(entry, to: &hosts[index].believed)
      }
    }
  }

  private func triesNeeded(_ index: Int) -> Int {
    let needed = hosts[index].loss.triesNeeded(
      network: networks[hosts[index].network].loss,
      acceptedError: hosts[index].presence == .up ? Self.acceptedError : Self.acceptedErrorOfSilentHosts,
      floor: hosts[index].pacer.isPacing ? Self.leastLossOfLimitedHosts : 0)
    return min(needed, pace.retries + 1)
  }
}
