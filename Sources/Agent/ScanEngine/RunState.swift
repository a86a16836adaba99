internal import LinuxSystem
internal import Model

/// A run as the engine's thread sees it. Engine thread only.
final class RunState {
  /// A probe that is to be launched next.
  struct Probe {
    let host: Int
    let portOffset: Int
    let tries: UInt8
    let mishaps: UInt8

    func counted(tries: Int, mishaps: Int = 0) -> Probe {
      Probe(
        host: host, portOffset: portOffset, tries: UInt8(clamping: Int(self.tries) + tries),
        mishaps: UInt8(clamping: Int(self.mishaps) + mishaps))
    }
  }

  /// Batches are cut at this length, or at this age in nanoseconds: a pace at which a page can be redrawn.
  static let batchLength = 512
  static let batchAge: UInt64 = 20_000_000

  /// Retries of one host that may wait before they go ahead of its fresh ports, so that a big silent host does not keep a
  /// list as long as its ports.
  private static let patientRetries = 4096

  let control: RunControl
  let blocks: [ScanBlock]
  let isAllowed: @Sendable (HostAddress, ProtocolPort) -> Bool
  private(set) var pace: ScanPace
  private(set) var limits: TimeoutLimits
  var meter: PaceMeter

  private var cursor: HostCursor

  /// A host whose turn has come, but for which there is no room yet.
  var nextHost: ProbedHost?
  private(set) var isCursorAtEnd = false

  private(set) var hosts: [ProbedHost] = []
  private var freeHosts: [Int] = []
  private(set) var activeHosts = 0
  private var ready = IndexQueue()
  private var retryPool = RetryPool()

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

  init(_ arrival: EngineArrival) {
    control = arrival.control
    blocks = arrival.work.blocks
    isAllowed = arrival.work.isAllowed
    pace = arrival.work.pace
    limits = TimeoutLimits(arrival.work.pace)
    meter = PaceMeter(perSecond: arrival.work.pace.probesPerSecond)
    cursor = HostCursor(arrival.work.blocks)
    batch.observations.reserveCapacity(Self.batchLength)
  }

  func change(_ pace: ScanPace) {
    self.pace = pace
    limits = TimeoutLimits(pace)
    meter.setRate(perSecond: pace.probesPerSecond)
  }

  /// Whether everything was settled.
  var isComplete: Bool { isCursorAtEnd && nextHost == nil && activeHosts == 0 }

  func takeFromCursor() -> (block: Int, offset: UInt128, host: HostAddress)? {
    let next = cursor.next()
    if next == nil { isCursorAtEnd = true }
    return next
  }

  func admit(_ host: ProbedHost) {
    let index: Int
    if let free = freeHosts.popLast() {
      index = free
      hosts[index] = host
    } else {
      index = hosts.count
      hosts.append(host)
    }
    activeHosts += 1
    queueIfReady(index)
  }

  /// The next probe of a host that has one and is below its own bound.
  func popProbe() -> Probe? {
    while let index = ready.popFirst() {
      hosts[index].isQueued = false
      guard hosts[index].inFlight < inFlightBound(of: index) else { continue }
      let fresh = hosts[index].nextPort < portCount(of: index)
      let probe: Probe
      if !fresh || hosts[index].retries.count >= Self.patientRetries,
        let entry = retryPool.popFirst(&hosts[index].retries)
      {
        probe = Probe(host: index, portOffset: entry.portOffset, tries: entry.tries, mishaps: entry.mishaps)
      } else if fresh {
        probe = Probe(host: index, portOffset: hosts[index].nextPort, tries: 0, mishaps: 0)
        hosts[index].nextPort += 1
      } else {
        continue
      }
      // Counted from here on, so that the host is neither retired nor given more than its share meanwhile.
      hosts[index].inFlight += 1
      inFlight += 1
      queueIfReady(index)
      return probe
    }
    return nil
  }

  /// A probe of `popProbe` has ended. Afterwards the host may be gone.
  ///
  /// - Returns: whether the host is done with.
  func endProbe(host index: Int) -> Bool {
    hosts[index].inFlight -= 1
    inFlight -= 1
    queueIfReady(index)
    guard hosts[index].inFlight == 0, !hosts[index].isQueued else { return false }
    freeHosts.append(index)
    activeHosts -= 1
    return true
  }

  /// Puts a probe back, to be launched later.
  func sendAgain(_ probe: Probe) {
    retryPool.append(
      RetryPool.Entry(portOffset: probe.portOffset, tries: probe.tries, mishaps: probe.mishaps),
      to: &hosts[probe.host].retries)
  }

  func withHost<Result>(_ index: Int, _ body: (inout ProbedHost) -> Result) -> Result { body(&hosts[index]) }

  private func queueIfReady(_ index: Int) {
    guard !hosts[index].isQueued, hosts[index].inFlight < inFlightBound(of: index),
      hosts[index].nextPort < portCount(of: index) || !hosts[index].retries.isEmpty
    else { return }
    hosts[index].isQueued = true
    ready.append(index)
  }

  private func inFlightBound(of index: Int) -> Int { hosts[index].isSelf ? .max : pace.maxInFlightPerHost }

  private func portCount(of index: Int) -> Int { blocks[hosts[index].blockIndex].ports.tcp.count }
}
