/// What is left of a lane to give out, and among how many agents.
package struct WorkSupply: Sendable, Hashable {
  /// Endpoints that are in no running job.
  package var left: UInt128
  /// Agents that may come for them, the asking one among them.
  package var agents: Int

  package init(left: UInt128, agents: Int) {
    self.left = left
    self.agents = agents
  }

  /// Adds what came back, saturating.
  package mutating func add(_ endpoints: UInt128) {
    let (sum, isHuge) = left.addingReportingOverflow(endpoints)
    left = isHuge ? .max : sum
  }

  /// Endpoints of the next job, so that all agents end at about the same time: half of an equal part each, less and less
  /// towards the end (guided self-scheduling: Polychronopoulos and Kuck, IEEE Transactions on Computers C-36, 1987; half,
  /// because agents differ). Nil: one agent alone has nobody to wait for.
  package var fairPart: Int? {
    guard agents > 1 else { return nil }
    return Int(clamping: max(1, left / (2 * UInt128(agents))))
  }
}
