package import Model

/// The unit that is leased.
package struct JobRecord: Hashable, Sendable {
  package enum State: String, Hashable, Sendable {
    /// Came back, and waits for the next agent.
    case pending
    case leased
    case done
    /// Failed too often; shown with its last error.
    case benched
    case cancelled
  }

  package var id: JobID
  package var lane: LaneID
  package var state: State
  package var epoch: Int64
  package var attempt: Int
  /// How often it was halved because it failed too often.
  package var halvings: Int
  package var lastError: String?

  package init(
    id: JobID, lane: LaneID, state: State, epoch: Int64, attempt: Int, halvings: Int = 0, lastError: String?
  ) {
    self.id = id
    self.lane = lane
    self.state = state
    self.epoch = epoch
    self.attempt = attempt
    self.halvings = halvings
    self.lastError = lastError
  }
}

/// One grant of a job to an agent; kept after it ended, so that late results can be told from forged ones.
package struct LeaseRecord: Hashable, Sendable {
  package var job: JobID
  package var epoch: Int64
  package var agent: AgentID
  package var slot: LeaseSlot
  /// SHA-256 of the lease token.
  package var tokenHash: [UInt8]
  package var grantedAt: Timestamp
  package var expiresAt: Timestamp
  /// No renewal goes beyond this: an agent that renews and gets nowhere is not trusted for ever.
  package var deadline: Timestamp
  /// What the job counts against while it runs.
  package var shares: [WorkShare]
  /// Probes a second that were granted; nil: no bound but the agent's.
  package var probesPerSecond: Int?
  package var endedAt: Timestamp?
  /// What the agent said when it finished, to answer an identical repetition with success.
  package var finish: LeaseFinish?

  package init(
    job: JobID, epoch: Int64, agent: AgentID, slot: LeaseSlot = .bulk, tokenHash: [UInt8], grantedAt: Timestamp,
    expiresAt: Timestamp, deadline: Timestamp, shares: [WorkShare] = [], probesPerSecond: Int? = nil,
    endedAt: Timestamp?, finish: LeaseFinish?
  ) {
    self.job = job
    self.epoch = epoch
    self.agent = agent
    self.slot = slot
    self.tokenHash = tokenHash
    self.grantedAt = grantedAt
    self.expiresAt = expiresAt
    self.deadline = deadline
    self.shares = shares
    self.probesPerSecond = probesPerSecond
    self.endedAt = endedAt
    self.finish = finish
  }
}

/// An agent's last word on a lease.
package struct LeaseFinish: Hashable, Sendable {
  package enum Outcome: String, Hashable, Sendable {
    case done, returned, failed
  }

  package var outcome: Outcome
  package var chunkCount: Int
  package var reason: String?

  package init(outcome: Outcome, chunkCount: Int, reason: String?) {
    self.outcome = outcome
    self.chunkCount = chunkCount
    self.reason = reason
  }
}
