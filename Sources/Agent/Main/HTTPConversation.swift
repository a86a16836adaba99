internal import Curl
internal import Model
internal import Wire
internal import Worker

/// The worker's conversation over HTTP.
struct HTTPConversation: CoordinatorConversation {
  let client: CoordinatorClient
  /// What this run of the agent is; nil before the coordinator is known to understand a hello.
  var introduction: AgentIntroduction?

  /// Answers may take as long as the coordinator keeps a request open, and the way there and back.
  private static func timeout(waiting milliseconds: Int) -> Duration { .milliseconds(milliseconds) + .seconds(15) }

  private static let helloPath = AgentProtocol.basePath + "/hello"

  nonisolated(nonsending) func status() async throws -> AgentStatus {
    try await told { try await client.get(AgentProtocol.basePath + "/clock") }
  }

  nonisolated(nonsending) func hello(_ spool: SpoolReport) async throws -> AgentStatus {
    guard let introduction else { return try await status() }
    return try await told { try await client.post(Self.helloPath, introduction.request(spool)) }
  }

  nonisolated(nonsending) func lease(_ request: LeaseRequest) async throws -> LeaseResponse {
    try await told {
      try await client.post(
        AgentProtocol.basePath + "/leases", request, timeout: Self.timeout(waiting: request.waitMilliseconds))
    }
  }

  nonisolated(nonsending) func renew(
    _ job: JobID, _ request: RenewRequest, within limit: Duration
  ) async throws -> RenewResponse {
    try await told { try await client.post(path(job, "renew"), request, timeout: limit) }
  }

  nonisolated(nonsending) func report(
    _ job: JobID, _ chunk: ChunkReport, within limit: Duration
  ) async throws -> ChunkReceipt {
    try await told { try await client.post(path(job, "chunks"), chunk, timeout: limit) }
  }

  nonisolated(nonsending) func finish(_ job: JobID, _ request: FinishRequest) async throws {
    try await told { try await client.post(path(job, "finish"), request) }
  }

  nonisolated(nonsending) func send(_ inventory: InventoryReport) async throws -> InventoryReceipt {
    try await told { try await client.post(AgentProtocol.basePath + "/inventory", inventory, timeout: .seconds(60)) }
  }

  private func path(_ job: JobID, _ verb: String) -> String {
    AgentProtocol.basePath + "/jobs/\(job.rawValue)/\(verb)"
  }

  /// A proxy's word must not silence an agent for a day.
  private static let longestRest = Duration.seconds(300)

  /// Sorts what may go wrong into what the worker tells apart.
  nonisolated(nonsending) private func told<Answer>(
    _ call: nonisolated(nonsending) () async throws -> Answer
  ) async throws -> Answer {
    do {
      do {
        return try await call()
      } catch let refused as RefusedRequest where refused.problem.code == .introductionNeeded {
        // A coordinator that was started anew knows none of the runs that go on.
        guard let introduction else { throw refused }
        let _: AgentStatus = try await client.post(Self.helloPath, introduction.request(nil))
        return try await call()
      }
    } catch let refused as RefusedRequest {
      let problem = refused.problem
      let code: ConversationError.Code =
        switch problem.code {
        case .leaseLost: .leaseLost
        // A copy of an agent is none; what it has found it keeps.
        case .unauthenticated, .duplicateAgent: .notEnrolled
        case .introductionNeeded: .passing
        case .overloaded, .storageFull, .internalError: .passing
        default: problem.status == 429 || problem.status >= 500 ? .passing : .refused
        }
      throw ConversationError(code, problem.detail, retryAfter: refused.retryAfter.map { min($0, Self.longestRest) })
    } catch let error as HTTPError {
      throw ConversationError(error.code == .cancelled ? .cancelled : .passing, error.description)
    }
  }
}
