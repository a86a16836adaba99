internal import CoordinatorCore
internal import Model

/// Deletes what ended scans hold beside their own rows: port states, coverage, receipts of chunks, leases. The scan's row stays with
/// its counts and says that its results are gone.
///
/// Scans are marked first, so that nothing is told of half their results; a purge that was interrupted goes on with what is marked.
struct ResultPurge {
  private let context: FleetContext
  private let time: Timestamp
  private let begun: Timestamp

  /// Port states that one read looks through: they lie by host, those of all scans side by side.
  private static let look = 5_000

  init(context: FleetContext, before time: Timestamp, begun: Timestamp) {
    self.context = context
    self.time = time
    self.begun = begun
  }

  /// Throws a `Refusal` or a `StoreError` of the queue; what is done by then is done.
  func run() async throws -> PurgedRows {
    var gone = PurgedRows()
    try await mark(&gone)
    let scans = try await context.store.read { try $0.scansBeingPurged() }
    guard !scans.isEmpty else { return gone }
    for scan in scans {
      for lane in try await context.store.read({ try $0.lanes(of: scan).map(\.id) }) { try await purge(lane, &gone) }
    }
    try await purgeStates(&gone)
    for start in stride(from: 0, to: scans.count, by: HistoryPurge.batch) {
      let some = Array(scans[start..<min(start + HistoryPurge.batch, scans.count)])
      try await context.queue.commit { try $0.endPurging(some) }
    }
    return gone
  }

  private func mark(_ gone: inout PurgedRows) async throws {
    while true {
      let part = try await batch { [time, begun] session in
        let count = try session.beginPurgingScans(endedBefore: time, at: begun, limit: HistoryPurge.batch)
        return (count > 0 ? [.scans: count] : [:], count)
      }
      gone.merge(part.rows, uniquingKeysWith: +)
      guard part.result > 0 else { return }
    }
  }

  private func purge(_ lane: LaneID, _ gone: inout PurgedRows) async throws {
    var after: JobID? = JobID(0)
    while let place = after {
      let part = try await batch { session in
        let part = try session.purgeWork(of: lane, after: place, limit: HistoryPurge.batch)
        return (part.rows.filter { $0.value > 0 }, part.next)
      }
      gone.merge(part.rows, uniquingKeysWith: +)
      after = part.result
    }
  }

  private func purgeStates(_ gone: inout PurgedRows) async throws {
    var after: StateRangePlace?
    repeat {
      let place = after
      // Looked for beside the writer, who deletes what was found.
      let found = try await context.store.read { try $0.statesToPurge(after: place, looking: Self.look) }
      var left = found.places[...]
      while !left.isEmpty {
        let some = left
        let part = try await batch { session in
          let part = try session.purgeStates(at: some, limit: HistoryPurge.batch)
          return (part.rows > 0 ? [.portStates: part.rows] : [:], part.done)
        }
        gone.merge(part.rows, uniquingKeysWith: +)
        left = left.dropFirst(part.result)
      }
      after = found.next
    } while after != nil
  }

  /// One transaction, which notes what it deletes, and a pause for others.
  private func batch<Result: Sendable>(
    _ body: @escaping @Sendable (any WriteSession) throws -> (PurgedRows, Result)
  ) async throws -> (rows: PurgedRows, result: Result) {
    let part = try await context.queue.commit(rows: HistoryPurge.batch) { [time, begun] session in
      let (rows, result) = try body(session)
      try session.note(rows, before: time, at: begun)
      return (rows: rows, result: result)
    }
    if !part.rows.isEmpty { try await Task.sleep(for: HistoryPurge.pause) }
    return part
  }
}
