internal import LinuxSystem
internal import Model
internal import ProbeTiming

/// A run as the engine's thread sees it: its hosts, what they have to launch, and what was learned of them. Engine thread
/// only.
final class RunState {
  /// A probe that is to be launched next, or told without being launched.
  struct Probe {
    let host: Int

    /// The index of the endpoint in its block's ports; below zero for one of `DiscoveryPlan`.
    let portOffset: Int
    let tries: UInt8

    /// How many of the tries were made in the host's regime of pace named here.
    var evidence: UInt8 = 0
    var regime: UInt8 = 0
    let mishaps: UInt8
    let period: UInt16

    /// Whether it was launched before it was taken up now.
    var isRetry = false

    /// Whether its silence is believed, so that it is told and not launched.
    var isBelieved = false

    func counted(tries: Int, mishaps: Int = 0) -> Probe {
      Probe(
        host: host, portOffset: portOffset, tries: UInt8(clamping: Int(self.tries) + tries), evidence: evidence,
        regime: regime, mishaps: UInt8(clamping: Int(self.mishaps) + mishaps), period: period, isRetry: isRetry)
    }
  }

  /// Batches are cut at this length, or at this age in nanoseconds: a pace at which a page can be redrawn.
  static let batchLength = 512
  static let batchAge: UInt64 = 20_000_000

  let control: RunControl
  let orders: [PortOrder]
  let discovery: HostDiscovery
  let isAllowed: @Sendable (HostAddress, ProtocolPort) -> Bool
  private(set) var pace: ScanPace
  private(set) var limits: TimeoutLimits
  var meter: PaceMeter

  private var cursor: HostCursor

  /// A host whose turn has come, but for which there is no room yet.
  var nextHost: ProbedHost?
  private(set) var isCursorAtEnd = false

  let hosts = EngineTable<ProbedHost>()
  private var freeHosts: [Int] = []
  private(set) var activeHosts = 0

  var networks: [ProbedNetwork] = []
  private var freeNetworks: [Int] = []
  private var networkIndices: [NetworkKey: Int] = [:]

  /// Hosts with something to launch.
  var ready = IndexQueue()

  /// Hosts that are done with without another answer: to be retired.
  var finished: [Int] = []

  /// Hosts that may launch again at a certain time.
  var times: TimerWheel
  private var due: [Int] = []
  var pool = ProbePool()

  /// What all hosts but our own taught of round-trip times.
  var estimate = RoundTripEstimate()

  var inFlight = 0

  /// How many of the active hosts are neighbours that have not answered.
  var unresolvedHosts = 0

  /// Nothing is launched before this time: something local ran out.
  var pausedUntil: UInt64 = 0

  /// How long the last such pause was, nanoseconds; 0 while all is well.
  var pauseLength: UInt64 = 0

  /// Since when nothing could be launched for want of something local.
  var stalledSince: UInt64?

  /// Whether the consumer's credit is used up.
  var isOutOfCredit = false

  var batch = ScanBatch()
  var batchBegan: UInt64 = 0

  init(_ arrival: EngineArrival, now: UInt64) {
    let work = arrival.work
    control = arrival.control
    discovery = work.discovery
    orders = PortOrder.orders(of: work)
    isAllowed = work.isAllowed
    pace = work.pace
    limits = work.pace.limits
    meter = PaceMeter(interval: work.pace.startInterval)
    if work.pace.isSpacedFromStart { meter.recordStart(now: now) }
    cursor = HostCursor(work.blocks, takesHostsWithoutPorts: work.discovery == .only)
    times = TimerWheel(now: now)
    batch.observations.reserveCapacity(Self.batchLength)
  }

  func change(_ pace: ScanPace) {
    self.pace = pace
    limits = pace.limits
    meter.setInterval(pace.startInterval)
    for index in networks.indices { networks[index].meter.setInterval(networkInterval) }
    for index in hosts.indices { hosts[index].meter.setInterval(hostInterval) }
  }

  var hostInterval: UInt64 { ScanPace.interval(perSecond: pace.probesPerSecondPerHost) }
  private var networkInterval: UInt64 { ScanPace.interval(perSecond: pace.probesPerSecondPerNetwork) }

  /// Whether everything was settled.
  var isComplete: Bool { isCursorAtEnd && nextHost == nil && activeHosts == 0 }

  func takeFromCursor() -> (block: Int, offset: UInt128, host: HostAddress)? {
    let next = cursor.next()
    if next == nil { isCursorAtEnd = true }
    return next
  }

  /// The index of a network, made if it is not at work yet. Its owner is the host that is admitted next.
  private func network(_ key: NetworkKey) -> Int {
    if let index = networkIndices[key] { return index }
    let network = ProbedNetwork(key: key, meter: PaceMeter(interval: networkInterval))
    let index: Int
    if let free = freeNetworks.popLast() {
      index = free
      networks[index] = network
    } else {
      index = networks.count
      networks.append(network)
    }
    networkIndices[key] = index
    return index
  }

  /// Takes a host in.
  ///
  /// - Returns: its index.
  func admit(_ host: ProbedHost) -> Int {
    var host = host
    host.network = network(NetworkKey(host.address.address, scope: host.scope))
    let index: Int
    if let free = freeHosts.popLast() {
      index = free
      hosts[index] = host
    } else {
      index = hosts.count
      hosts.append(host)
      times.reserve(hosts.capacity)
    }
    activeHosts += 1
    networks[host.network].activeHosts += 1
    queueIfReady(index)
    return index
  }

  /// Lets a host go that has nothing in flight, queued or waiting.
  func retire(_ index: Int) {
    freeHosts.append(index)
    activeHosts -= 1
    let network = hosts[index].network
    networks[network].activeHosts -= 1
    guard networks[network].activeHosts == 0 else { return }
    networkIndices[networks[network].key] = nil
    freeNetworks.append(network)
  }

  /// Puts hosts whose time has come back among the ready.
  func releaseDue(now: UInt64) {
    guard times.count > 0 else { return }
    due.removeAll(keepingCapacity: true)
    times.expire(now: now, into: &due)
    for index in due { ready.append(index) }
  }

  func withHost<Result>(_ index: Int, _ body: (inout ProbedHost) -> Result) -> Result { body(&hosts[index]) }
}
