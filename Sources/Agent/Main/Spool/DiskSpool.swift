internal import Model
internal import Spool
internal import Synchronization
internal import Worker

/// The worker's spool in a folder: results as JSON in gzip. Works on a thread of its own, because the disk blocks.
actor DiskSpool: ResultSpool {
  private let executor: ExecutorThread
  private let path: String
  private let limits: SpoolLimits
  private let clock: any WorkerClock
  private let log: any WorkerLog
  /// Nil while the folder cannot be used; every append tries anew.
  private var queue: SpoolQueue?
  private nonisolated let held = Mutex(SpoolContents())

  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  /// Throws a `SystemError` if there is no thread to be had.
  init(_ path: String, limits: SpoolLimits, clock: any WorkerClock, log: any WorkerLog) throws {
    executor = try ExecutorThread(name: "periplus-spool")
    self.path = path
    self.limits = limits
    self.clock = clock
    self.log = log
  }

  /// Opens the folder. One that cannot be used is said in the log, and tried again when there is something to spool; one
  /// that another agent uses throws a `SpoolError`: two agents with one identity would deliver each other's results.
  func open() throws {
    do {
      let queue = try opened()
      let contents = queue.contents
      if !contents.isEmpty {
        log.note("\(contents.records) results (\(contents.bytes) bytes) wait in the spool \(path) from before")
      }
      if contents.lostRecords > 0 {
        log.note("\(contents.lostRecords) results (\(contents.lostBytes) bytes) were lost in the spool \(path) so far")
      }
    } catch let error where error.code == .inUse {
      throw error
    } catch {
      log.note("results cannot be spooled: \(error)")
    }
  }

  nonisolated var contents: SpoolContents { held.withLock { $0 } }

  func append(_ result: SpooledResult) throws -> UInt64 {
    let payload = try StoredResult.encode(result)
    let queue = try opened()
    defer { settle(queue) }
    return try queue.append(kind: StoredResult.kind, payload: payload, at: clock.now)
  }

  func first() throws -> (number: UInt64, result: SpooledResult)? {
    guard let queue else { return nil }
    defer { settle(queue) }
    while let record = try queue.first(at: clock.now) {
      do {
        return (record.number, try StoredResult.decode(record.payload, kind: record.kind))
      } catch {
        log.note("a spooled result cannot be read: \(error)")
        try queue.discard(record.number)
      }
    }
    return nil
  }

  func remove(_ number: UInt64) throws {
    guard let queue else { return }
    defer { settle(queue) }
    try queue.remove(number)
  }

  func discard(_ number: UInt64) throws {
    guard let queue else { return }
    defer { settle(queue) }
    try queue.discard(number)
  }

  private func opened() throws(SpoolError) -> SpoolQueue {
    if let queue { return queue }
    let opened = try SpoolQueue(path, limits: limits)
    queue = opened
    settle(opened)
    return opened
  }

  /// Makes known what the queue holds, and says what it has lost.
  private func settle(_ queue: SpoolQueue) {
    held.withLock { $0 = queue.contents }
    for loss in queue.takeLosses() { log.note("\(loss)") }
  }
}
