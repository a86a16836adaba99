package import Model

/// A scan's work as seen from one zone.
package struct LaneRecord: Hashable, Sendable {
  package var id: LaneID
  package var scan: ScanID
  /// Nil: agents of any zone of the site take jobs.
  package var zone: ZoneID?
  package var state: ScanState
  package var seed: UInt64
  package var cursor: LaneCutter.Cursor
  /// Whose turn it is: see `FairShare`.
  package var pass: Double
  package var coverage: LaneCoverage

  package init(
    id: LaneID, scan: ScanID, zone: ZoneID?, state: ScanState, seed: UInt64, cursor: LaneCutter.Cursor,
    pass: Double, coverage: LaneCoverage
  ) {
    self.id = id
    self.scan = scan
    self.zone = zone
    self.state = state
    self.seed = seed
    self.cursor = cursor
    self.pass = pass
    self.coverage = coverage
  }
}

/// How many endpoints of a lane ended how; what is in none of them was not reached.
package struct LaneCoverage: Hashable, Sendable {
  package var probed: UInt128
  package var skipped: UInt128
  package var failed: UInt128

  package init(probed: UInt128 = 0, skipped: UInt128 = 0, failed: UInt128 = 0) {
    self.probed = probed
    self.skipped = skipped
    self.failed = failed
  }

  package var total: UInt128 { probed + skipped + failed }

  package static func + (left: LaneCoverage, right: LaneCoverage) -> LaneCoverage {
    LaneCoverage(
      probed: left.probed + right.probed, skipped: left.skipped + right.skipped, failed: left.failed + right.failed)
  }
}

/// Endpoints that were left out on purpose, and by whose rule.
package struct LaneSkip: Hashable, Sendable {
  package enum Cause: Hashable, Sendable {
    /// A scope rule, by its name, that came after submission.
    case rule(String)
    /// The rule that allowed it is gone or has run out.
    case noRule
    /// The policy of the agent's own host.
    case policy(AgentID)
  }

  package var cause: Cause
  package var count: UInt128

  package init(cause: Cause, count: UInt128) {
    self.cause = cause
    self.count = count
  }
}

/// Endpoints that an agent could not look at, and why.
package struct LaneFailure: Hashable, Sendable {
  package var agent: AgentID
  package var reason: ProbeReason
  package var count: UInt128

  package init(agent: AgentID, reason: ProbeReason, count: UInt128) {
    self.agent = agent
    self.reason = reason
    self.count = count
  }
}
