internal import Glibc
internal import LinuxSystem
internal import Model
internal import ProbeTiming

/// The engine's thread: it launches, waits, harvests and reports, turn by turn. Everything here is plain state of that one
/// thread; `run` checks it.
final class EngineLoop {
  /// What a run could do in its part of a turn.
  enum Progress: Equatable {
    /// It stopped at its share of the turn and can go on.
    case more

    /// It can go on at this time, nanoseconds.
    case at(UInt64)

    /// It waits for an answer, a slot or the consumer.
    case waiting
  }

  /// Hosts on the link whose hardware address is not known yet. The neighbour table of the kernel overflows silently at
  /// 1,024 entries by default (arp(7), gc_thresh3), shared by all network namespaces: beyond, live hosts read as silent.
  static let unresolvedNeighbourLimit = 400

  /// How long a host on the link has time to tell its hardware address, and how often that is looked at, nanoseconds.
  static let neighbourPatience: UInt64 = 2_200_000_000
  static let neighbourInterval: UInt64 = 50_000_000

  /// The same for one with an old entry in the table, which the kernel uses for five seconds and then asks for three times, a
  /// second apart (arp(7), delay_first_probe_time, ucast_solicit, retrans_time).
  static let doubtPatience: UInt64 = 9_000_000_000

  /// So often a probe to a neighbour without an entry in the table is sent again.
  static let neighbourMishaps: UInt8 = 8

  /// Launches in a turn before answers are looked at, over all runs: few, because an answer that waits for the turn to end
  /// reads as a longer round trip.
  static let launchesPerTurn = 64

  /// After running out of descriptors the engine lives with those it has for this long, nanoseconds.
  static let ceilingAge: UInt64 = 1_000_000_000

  let configuration: ConnectEngine.Configuration
  let patience: UInt64
  let ephemeralPorts = ResourceLimits.ephemeralPorts
  let slots: ProbeSlots
  var poller: EpollPoller
  var wheel: TimerWheel
  var wheelCapacity = 0

  /// Whether this process may send ICMP echoes, by family; nil before it was tried.
  var mayEcho: [IPAddress.Family: Bool] = [:]

  /// Whether links carry anything, by interface index, and when that was asked.
  var links: [UInt32: (askedAt: UInt64, isUp: Bool)] = [:]

  /// nil where the kernel does not let this process ask; then only loopback counts as our own.
  var routes: RouteReader?

  /// Runs by number, the number that slots carry; nil where a number is free.
  var runs: [RunState?] = []
  var unresolvedNeighbours = 0

  /// How many slots may be busy, below their capacity while descriptors are short.
  var slotCeiling: Int
  var slotCeilingEnds: UInt64 = 0

  private let mailbox: EngineMailbox
  private var tokens: [(token: UInt64, readiness: EpollInterest)] = []
  private var expired: [Int] = []
  private var firstRun = 0
  private static let mailboxToken = UInt64.max

  /// - Throws: `SystemError` where descriptors ran out.
  init(mailbox: EngineMailbox, configuration: ConnectEngine.Configuration) throws(SystemError) {
    self.mailbox = mailbox
    self.configuration = configuration
    patience = configuration.patience.wholeNanoseconds
    slots = ProbeSlots(capacity: max(1, configuration.descriptors))
    slotCeiling = slots.capacity
    wheel = TimerWheel(now: MonotonicClock.now)
    let poller = try EpollPoller()
    try poller.watch(mailbox.number, for: .readable, token: Self.mailboxToken)
    self.poller = poller
    routes = try? RouteReader()
  }

  /// Works until the mailbox is closed; the thread's whole life.
  func run() {
    let owner = pthread_self()
    while takeArrivals() {
      precondition(pthread_equal(owner, pthread_self()) != 0, "the engine's state belongs to its thread")
      endRuns(.cancelled)
      let wait = launchAll()
      reportAll()
      harvestAll(until: wait)
      expireAll()
      reportAll()
    }
    endRuns(.all)
  }

  private func takeArrivals() -> Bool {
    let (arrivals, isClosed) = mailbox.take()
    for arrival in arrivals {
      let run = RunState(arrival, now: MonotonicClock.now)
      if let free = runs.firstIndex(where: { $0 == nil }) { runs[free] = run } else { runs.append(run) }
    }
    for case .some(let run) in runs {
      if let pace = run.control.takePaceChange() { run.change(pace) }
    }
    return !isClosed
  }

  private enum Ending { case cancelled, all }

  /// Aborts what the ended runs have in flight; what they settled before is still delivered.
  private func endRuns(_ ending: Ending) {
    for number in runs.indices {
      guard let run = runs[number], ending == .all || run.control.isCancelled else { continue }
      for index in 0..<slots.count where slots[index].isBusy && slots[index].run == number {
        wheel.clear(index)
        slots.disconnect(index)
        slots.release(index)
      }
      unresolvedNeighbours -= run.unresolvedHosts
      finish(number, run)
    }
  }

  private func finish(_ number: Int, _ run: RunState) {
    deliver(run)
    run.control.channel.finish()
    runs[number] = nil
  }

  /// Gives every run its part of the turn, another one first each time.
  ///
  /// - Returns: when to go on at the latest; nil for when something happens.
  private func launchAll() -> UInt64? {
    guard !runs.isEmpty else { return nil }
    firstRun = (firstRun + 1) % runs.count
    let active = runs.count { $0 != nil }
    var next: UInt64?
    for step in runs.indices {
      let number = (firstRun + step) % runs.count
      guard let run = runs[number] else { continue }
      switch launch(run, number: number, among: active) {
      case .more: next = 0
      case .at(let time): next = min(next ?? .max, time)
      case .waiting: break
      }
      if let time = run.times.nextExpiry { next = min(next ?? .max, time) }
    }
    return next
  }

  private func harvestAll(until launchTime: UInt64?) {
    var wake = min(launchTime ?? .max, wheel.nextExpiry ?? .max)
    for case .some(let run) in runs {
      if !run.batch.isEmpty { wake = min(wake, run.batchBegan + RunState.batchAge) }
      // A consumer that was waiting took the last batch at once: nobody else will wake us.
      if run.isOutOfCredit, isBelowCredit(run) { wake = 0 }
    }
    var milliseconds: Int32?
    if wake != .max {
      let now = MonotonicClock.now
      // Rounded up: waking just before the time would spin until it has come.
      milliseconds = wake <= now ? 0 : Int32(clamping: (wake - now + 999_999) / 1_000_000)
    }
    tokens.removeAll(keepingCapacity: true)
    do throws(SystemError) {
      try poller.wait(milliseconds: milliseconds) { tokens.append(($0, $1)) }
    } catch {
      preconditionFailure("epoll_wait fails only for arguments that are wrong: \(error)")
    }
    for (token, readiness) in tokens where token != Self.mailboxToken {
      // An event is a hint: an idle slot gets one after an abort, and a second connect on it would launch a probe.
      if let index = slots.busySlot(token: token) { harvest(index, readiness) }
    }
  }

  private func expireAll() {
    expired.removeAll(keepingCapacity: true)
    wheel.expire(now: MonotonicClock.now, into: &expired)
    for index in expired { expire(index) }
  }

  /// Delivers the batches that are long or old enough, and ends the runs that are complete.
  private func reportAll() {
    let now = MonotonicClock.now
    for number in runs.indices {
      guard let run = runs[number] else { continue }
      if run.isComplete, !run.control.isCancelled {
        finish(number, run)
      } else if run.batch.count >= RunState.batchLength || run.isOutOfCredit
        || !run.batch.isEmpty && now >= run.batchBegan + RunState.batchAge
      {
        deliver(run)
      }
    }
  }

  private func deliver(_ run: RunState) {
    guard !run.batch.isEmpty else { return }
    let batch = run.batch
    run.batch = ScanBatch()
    run.batch.observations.reserveCapacity(RunState.batchLength)
    run.control.channel.deliver(batch)
  }
}
