package import Model

/// What proves the right to work on a job; part of every write about it.
package struct LeaseIdentity: WireRequest, Hashable {
  /// Raised when a coordinator is restored from a backup, so that leases granted before are refused.
  package var generation: Int64
  package var epoch: Int64
  /// Random; base64url.
  package var token: String

  package init(generation: Int64, epoch: Int64, token: String) {
    self.generation = generation
    self.epoch = epoch
    self.token = token
  }

  private enum CodingKeys: String, ListedFields { case generation, epoch, token }
  package static var fieldNames: Set<String> { CodingKeys.names }
}

/// `POST /agent/v1/leases`: an idle agent asks for work; the answer may take `waitMilliseconds`.
package struct LeaseRequest: WireRequest, Hashable {
  /// Probes a second this agent has lately managed; absent before its first job.
  package var probesPerSecond: Double?
  package var waitMilliseconds: Int
  /// Absent: bulk.
  package var slot: LeaseSlot?
  /// Grows with each request of this run; the same request sent again says the same. Tells a request that is read late, from
  /// a connection given up, from the one that followed it. Absent: from an agent of minor version 3 or before.
  package var number: Int64?

  package init(probesPerSecond: Double?, waitMilliseconds: Int, slot: LeaseSlot? = nil, number: Int64? = nil) {
    self.probesPerSecond = probesPerSecond
    self.waitMilliseconds = waitMilliseconds
    self.slot = slot
    self.number = number
  }

  private enum CodingKeys: String, ListedFields { case probesPerSecond, waitMilliseconds, slot, number }
  package static var fieldNames: Set<String> { CodingKeys.names }
}

/// A part of a job with the addresses and ports that its indices stand for.
package struct LeaseBlock: Codable, Sendable, Hashable {
  package var rectangle: WorkRectangle
  /// The rectangle's hosts in index order, as target expressions.
  package var hosts: [String]
  /// The rectangle's ports in index order, as a port expression.
  package var ports: String

  package init(rectangle: WorkRectangle, hosts: [String], ports: String) {
    self.rectangle = rectangle
    self.hosts = hosts
    self.ports = ports
  }
}

/// How fast a job may go; the agent's own policy may be slower, never faster.
package struct JobPace: Codable, Sendable, Hashable {
  package var probesPerSecond: Int?
  package var probesPerSecondPerHost: Int?
  /// nmap's `-T0` to `-T5`.
  package var timing: Int?

  package init(probesPerSecond: Int? = nil, probesPerSecondPerHost: Int? = nil, timing: Int? = nil) {
    self.probesPerSecond = probesPerSecond
    self.probesPerSecondPerHost = probesPerSecondPerHost
    self.timing = timing
  }
}

/// The answer to a lease request that found work.
package struct LeaseGrant: Codable, Sendable, Hashable {
  package var job: JobID
  package var scan: ScanID
  package var lease: LeaseIdentity
  package var attempt: Int
  /// Durations travel instead of times: clocks differ.
  package var leaseMilliseconds: Int
  /// The coordinator's clock, to which the agent anchors `observedAt`.
  package var now: Timestamp
  package var blocks: [LeaseBlock]
  package var pace: JobPace
  /// Ask open TCP ports which service they are, and tell it with their sightings; absent: no.
  package var identify: Bool?
  /// Look up what hosts that answer are called, and tell it in a chunk; absent: no.
  package var names: Bool?
  /// Ask hosts of which nothing is heard by an ICMP echo too, and tell in a chunk what became of it; absent: no.
  package var echoes: Bool?

  package init(
    job: JobID, scan: ScanID, lease: LeaseIdentity, attempt: Int, leaseMilliseconds: Int, now: Timestamp,
    blocks: [LeaseBlock], pace: JobPace, identify: Bool? = nil, names: Bool? = nil, echoes: Bool? = nil
  ) {
    self.job = job
    self.scan = scan
    self.lease = lease
    self.attempt = attempt
    self.leaseMilliseconds = leaseMilliseconds
    self.now = now
    self.blocks = blocks
    self.pace = pace
    self.identify = identify
    self.names = names
    self.echoes = echoes
  }
}

/// The answer to a lease request: work, or when to ask again.
package struct LeaseResponse: Codable, Sendable, Hashable {
  package var grant: LeaseGrant?
  package var retryAfterMilliseconds: Int

  package init(grant: LeaseGrant?, retryAfterMilliseconds: Int) {
    self.grant = grant
    self.retryAfterMilliseconds = retryAfterMilliseconds
  }
}

/// `POST /agent/v1/jobs/ID/renew`: extends the lease at once, then stays open for `waitMilliseconds` so that a
/// cancellation reaches the agent the moment it happens.
package struct RenewRequest: WireRequest, Hashable {
  package var lease: LeaseIdentity
  package var waitMilliseconds: Int

  package init(lease: LeaseIdentity, waitMilliseconds: Int) {
    self.lease = lease
    self.waitMilliseconds = waitMilliseconds
  }

  private enum CodingKeys: String, ListedFields { case lease, waitMilliseconds }
  package static var fieldNames: Set<String> { CodingKeys.names }
  package static var nestedFields: [String: any WireRequest.Type] { ["lease": LeaseIdentity.self] }
}

package struct RenewResponse: Codable, Sendable, Hashable {
  package enum Order: String, Codable, Sendable {
    case proceed
    /// Stop probing at once; what was seen may still be reported.
    case cancel
  }

  package var order: Order
  /// Why, for `cancel`, in words.
  package var reason: String?
  package var leaseMilliseconds: Int

  package init(order: Order, reason: String? = nil, leaseMilliseconds: Int) {
    self.order = order
    self.reason = reason
    self.leaseMilliseconds = leaseMilliseconds
  }
}
