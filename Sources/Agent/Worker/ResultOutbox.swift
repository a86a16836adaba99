internal import Model
internal import Wire

/// The one way of results to the coordinator: said at once where that works and nothing waits, else by way of the spool,
/// which is delivered in order.
actor ResultOutbox {
  /// How a result went.
  enum Passage: Equatable, Sendable {
    /// The coordinator has it.
    case taken
    /// It waits in the spool under this number.
    case spooled(UInt64)
  }

  /// How long an answer is waited for while probing waits, too. A coordinator that hangs must not stop the probing for long;
  /// a result that it has taken all the same is said once more, which changes nothing.
  private static let briefPatience = Duration.seconds(10)
  static let longPatience = Duration.seconds(60)

  let conversation: any CoordinatorConversation
  nonisolated let spool: any ResultSpool
  let clock: any WorkerClock
  let log: any WorkerLog
  private let stop: StopSignal

  /// Results up to this number have left the spool.
  private var leftThrough: UInt64 = 0
  /// The coordinator did not answer, or was busy, when it was last spoken to.
  var isAway = false
  /// Said why what is in the spool does not leave it.
  private var saidWhy = false
  /// Said that results go to the spool; not yet that all have been delivered.
  private var isSpooling = false
  /// Said that the spool takes nothing.
  private var isHolding = false
  /// Said that the spool cannot be read or written.
  private var saidFault = false
  /// Said that results of this job came too late.
  private var lateJob: JobID?
  private var waiters: [Int: AsyncStream<Void>.Continuation] = [:]
  private var lastWaiter = 0

  init(
    conversation: any CoordinatorConversation, spool: any ResultSpool, clock: any WorkerClock, log: any WorkerLog,
    stop: StopSignal
  ) {
    self.conversation = conversation
    self.spool = spool
    self.clock = clock
    self.log = log
    self.stop = stop
    isSpooling = !spool.contents.isEmpty
  }

  /// Brings a chunk on its way. With a coordinator that does not take it and a spool without room this waits, and so does
  /// whoever probes.
  ///
  /// - Throws: `ConversationError`; `leaseLost` also when the coordinator took it but did not count it.
  func report(_ chunk: ChunkReport, of job: JobID) async throws -> Passage {
    var pause = RetryPause()
    while true {
      do {
        return try await attempt(.chunk(job, chunk))
      } catch let error as ConversationError where error.code == .passing {
        if stop.isStopping { throw error }
        await stop.sleep(for: max(pause.take(), error.retryAfter ?? .zero), clock)
        if Task.isCancelled { throw error }
      }
    }
  }

  /// The last word is tried a few times; if it does not arrive, the lease runs out and the coordinator takes the
  /// remainder back by itself.
  ///
  /// - Returns: nil when it went nowhere.
  func finish(_ request: FinishRequest, of job: JobID) async -> Passage? {
    var pause = RetryPause()
    for _ in 0..<(stop.isStopping ? 3 : 10) {
      do {
        return try await attempt(.finish(job, request))
      } catch let error as ConversationError where error.code == .passing {
        do { try await clock.sleep(for: pause.take()) } catch { return nil }
      } catch {
        return nil
      }
    }
    return nil
  }

  /// Says it if nothing waits in the spool, else, or if that does not work now, spools it; throws `passing` when neither
  /// works.
  private func attempt(_ result: SpooledResult) async throws -> Passage {
    var reason = ConversationError(.passing, "earlier results wait")
    if spool.contents.isEmpty {
      do {
        if try await say(result, within: isHolding ? Self.longPatience : Self.briefPatience) { return .taken }
        throw ConversationError(.leaseLost, "the lease ran out before the results arrived")
      } catch let error as ConversationError where error.code == .passing {
        isAway = true
        reason = error
      }
    }
    do {
      let number = try await spool.append(result)
      isHolding = false
      if !isSpooling {
        isSpooling = true
        saidWhy = true
        log.note("results are spooled until the coordinator takes them: \(reason)")
      }
      changed()
      return .spooled(number)
    } catch {
      if !isHolding {
        isHolding = true
        log.note("results wait in memory, and probing with them: \(reason); they cannot be spooled: \(error)")
      }
      throw reason
    }
  }

  /// Returns whether the coordinator counts it.
  func say(_ result: SpooledResult, within limit: Duration) async throws -> Bool {
    var isCounted = true
    switch result {
    case .chunk(let job, let chunk): isCounted = try await conversation.report(job, chunk, within: limit).isCounted
    case .finish(let job, let request): try await conversation.finish(job, request)
    }
    isAway = false
    return isCounted
  }

  // What leaves the spool.

  /// The oldest result with its number.
  func next() async throws -> (number: UInt64, result: SpooledResult)? {
    let next = try await spool.first()
    // What is missing before it has been lost.
    if let next, next.number > leftThrough + 1 {
      leftThrough = next.number - 1
      changed()
    }
    return next
  }

  func left(_ number: UInt64) {
    leftThrough = max(leftThrough, number)
    if isSpooling, spool.contents.isEmpty {
      isSpooling = false
      saidWhy = false
      log.note("all spooled results have been delivered")
    }
    changed()
  }

  func noteAway(_ error: ConversationError) {
    isAway = true
    if !saidWhy { log.note("spooled results cannot be delivered now, trying again: \(error)") }
    saidWhy = true
  }

  func noteLate(_ job: JobID) {
    if lateJob != job {
      log.note("results of \(job) arrived after its lease: what is open there is kept, the rest is asked again")
    }
    lateJob = job
  }

  func noteFault(_ error: any Error) {
    if !saidFault { log.note("the spool does not work as it should: \(error)") }
    saidFault = true
  }

  func noteSound() { saidFault = false }

  // Waiting.

  /// Returns when the spool is empty, and with `number` already when that result has left it; also when told to stop,
  /// when `isOver` says so, or on cancellation. Who makes `isOver` true calls `changed`.
  func waitUntilDelivered(_ number: UInt64? = nil, orUntil isOver: @Sendable () -> Bool = { false }) async {
    let registration = stop.onStop { Task { await self.changed() } }
    defer { stop.forget(registration) }
    while !spool.contents.isEmpty, number.map({ $0 > leftThrough }) ?? true, !stop.isStopping, !isOver(),
      !Task.isCancelled
    {
      await change()
    }
  }

  func changed() {
    for waiter in waiters.values { waiter.finish() }
    waiters = [:]
  }

  /// Returns with the next `changed`, or on cancellation.
  func change() async {
    let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
    lastWaiter += 1
    let id = lastWaiter
    waiters[id] = continuation
    for await _ in stream {}
    waiters[id] = nil
  }
}
