import Model
import Synchronization
import Wire
import Worker

/// A coordinator whose every answer the test gives, and which keeps what it was told.
final class FakeCoordinator: CoordinatorConversation {
  enum Event: Sendable, Equatable {
    case asked
    case renewed(RenewRequest, within: Duration)
    case reported(ChunkReport)
    case finished(FinishRequest)
    case inventory(InventoryReport)
    case greeted(SpoolReport)
    case askedForExpress
  }

  struct Answers: Sendable {
    /// Answers to requests for work, in order; then the fake keeps the request open, as a coordinator without work does.
    var leases: [Result<LeaseResponse, ConversationError>] = []
    /// Answers to requests for an express job, likewise.
    var express: [Result<LeaseResponse, ConversationError>] = []
    var renew: @Sendable (Int) async throws -> RenewResponse = { _ in
      await parked()
      throw ConversationError(.cancelled, "given up")
    }
    var report: @Sendable (ChunkReport) async throws -> ChunkReceipt = { _ in ChunkReceipt(isCounted: true) }
    var finish: @Sendable (Int) async throws -> Void = { _ in }
    var status: @Sendable () async throws -> AgentStatus = {
      AgentStatus(agent: AgentID(1), duties: [.scan], now: Samples.coordinatorTime, inventoryMilliseconds: 60_000)
    }
    var inventory: @Sendable (Int) async throws -> InventoryReceipt = { _ in
      await parked()
      throw ConversationError(.cancelled, "given up")
    }
  }

  private let answers: Mutex<Answers>
  private let log = Mutex<[Event]>([])
  /// Every event as it happens, for tests that wait for one.
  let events: AsyncStream<Event>
  private let happened: AsyncStream<Event>.Continuation

  init(_ answers: Answers = Answers()) {
    self.answers = Mutex(answers)
    (events, happened) = AsyncStream.makeStream(of: Event.self)
  }

  var history: [Event] { log.withLock { $0 } }
  var chunks: [ChunkReport] { history.compactMap { if case .reported(let chunk) = $0 { chunk } else { nil } } }
  var finishes: [FinishRequest] { history.compactMap { if case .finished(let finish) = $0 { finish } else { nil } } }
  var inventories: [InventoryReport] {
    history.compactMap { if case .inventory(let report) = $0 { report } else { nil } }
  }
  var renewals: [(request: RenewRequest, within: Duration)] {
    history.compactMap { if case .renewed(let request, let within) = $0 { (request, within) } else { nil } }
  }

  /// The numbers of the requests for work, in order; nil where there was none.
  let requestNumbers = Mutex<[Int64?]>([])

  /// Returns when an event fits; what came before it is passed over.
  func wait(for fits: (Event) -> Bool) async {
    for await event in events where fits(event) { return }
  }

  private func note(_ event: Event) -> Int {
    happened.yield(event)
    return log.withLock { log in
      log.append(event)
      return log.count { $0.kind == event.kind }
    }
  }

  nonisolated(nonsending) func status() async throws -> AgentStatus {
    try await answers.withLock(\.status)()
  }

  nonisolated(nonsending) func hello(_ spool: SpoolReport) async throws -> AgentStatus {
    _ = note(.greeted(spool))
    return try await answers.withLock(\.status)()
  }

  nonisolated(nonsending) func lease(_ request: LeaseRequest) async throws -> LeaseResponse {
    requestNumbers.withLock { $0.append(request.number) }
    let isExpress = request.slot == .express
    _ = note(isExpress ? .askedForExpress : .asked)
    let next = answers.withLock { answers -> Result<LeaseResponse, ConversationError>? in
      if isExpress { return answers.express.isEmpty ? nil : answers.express.removeFirst() }
      return answers.leases.isEmpty ? nil : answers.leases.removeFirst()
    }
    guard let next else {
      await parked()
      throw ConversationError(.cancelled, "given up")
    }
    return try next.get()
  }

  nonisolated(nonsending) func renew(
    _ job: JobID, _ request: RenewRequest, within limit: Duration
  ) async throws -> RenewResponse {
    try await answers.withLock(\.renew)(note(.renewed(request, within: limit)))
  }

  nonisolated(nonsending) func report(
    _ job: JobID, _ chunk: ChunkReport, within limit: Duration
  ) async throws -> ChunkReceipt {
    _ = note(.reported(chunk))
    return try await answers.withLock(\.report)(chunk)
  }

  nonisolated(nonsending) func finish(_ job: JobID, _ request: FinishRequest) async throws {
    try await answers.withLock(\.finish)(note(.finished(request)))
  }

  nonisolated(nonsending) func send(_ inventory: InventoryReport) async throws -> InventoryReceipt {
    try await answers.withLock(\.inventory)(note(.inventory(inventory)))
  }
}

extension FakeCoordinator.Event {
  var kind: Int {
    switch self {
    case .asked: 0
    case .renewed: 1
    case .reported: 2
    case .finished: 3
    case .inventory: 4
    case .greeted: 5
    case .askedForExpress: 6
    }
  }
}
