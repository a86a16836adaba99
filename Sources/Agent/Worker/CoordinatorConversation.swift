package import Model
package import Wire

/// What the worker says to its coordinator. Calls run on the caller's executor and do not block a thread; each throws a
/// `ConversationError`.
package protocol CoordinatorConversation: Sendable {
  nonisolated(nonsending) func status() async throws -> AgentStatus
  /// Says what this agent is, and what it could not deliver; throws `refused` for a copy of an agent that runs elsewhere.
  nonisolated(nonsending) func hello(_ spool: SpoolReport) async throws -> AgentStatus
  nonisolated(nonsending) func lease(_ request: LeaseRequest) async throws -> LeaseResponse
  /// Gives up, as `passing`, when no answer has come within `limit`.
  nonisolated(nonsending) func renew(
    _ job: JobID, _ request: RenewRequest, within limit: Duration
  ) async throws -> RenewResponse
  /// Gives up, as `passing`, when no answer has come within `limit`.
  nonisolated(nonsending) func report(
    _ job: JobID, _ chunk: ChunkReport, within limit: Duration
  ) async throws -> ChunkReceipt
  nonisolated(nonsending) func finish(_ job: JobID, _ request: FinishRequest) async throws
  nonisolated(nonsending) func send(_ inventory: InventoryReport) async throws -> InventoryReceipt
}

/// Why the coordinator did not do what was asked.
package struct ConversationError: Error, Sendable, CustomStringConvertible {
  package enum Code: Sendable {
    /// No answer, a busy coordinator, or a fault of its own: the same request may succeed later.
    case passing
    /// The lease is not, or no longer, this agent's.
    case leaseLost
    /// The agent is not enrolled any more.
    case notEnrolled
    /// The request itself is refused; repeating it would be refused again.
    case refused
    /// This side gave the request up.
    case cancelled
  }

  package let code: Code
  package let description: String
  /// How long the coordinator asks to be left alone, if it does (RFC 9110, 10.2.3).
  package let retryAfter: Duration?

  package init(_ code: Code, _ description: String, retryAfter: Duration? = nil) {
    self.code = code
    self.description = description
    self.retryAfter = retryAfter
  }
}
