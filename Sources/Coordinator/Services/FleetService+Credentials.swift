internal import CoordinatorCore
internal import CoordinatorTrust
package import Model

/// New credentials for agents, and new hosts in their places.
extension FleetService {
  /// Gives an agent a new secret; the one it had is refused from now on. Its job goes back, which counts as no failure: its
  /// process ends, and the next one knows of none. The secret is in the answer and nowhere else.
  ///
  /// Throws a `Refusal` with `notFound`, or a `StoreError`.
  package func rekey(_ id: AgentID) async throws -> String {
    let secret = Secret(.agent)
    let now = context.clock.now
    let agent = try await context.queue.commit { [self] session in
      guard let agent = try session.agent(id), agent.removedAt == nil else {
        throw Refusal(.notFound, "there is no \(id)")
      }
      try session.setSecret(hash: secret.hash, of: id)
      try returnJobs(of: id, because: "\(agent.name) was given a new secret", at: now, in: session)
      return agent
    }
    turnOut(agent)
    return secret.text
  }

  /// The agent whose place the newcomer takes; nil: nobody's. Token and newcomer must agree on it.
  func predecessor(
    of newcomer: Introduction, _ token: TokenRecord, in session: any WriteSession
  ) throws -> AgentRecord? {
    guard let id = token.replaces else {
      guard newcomer.replaces == nil else {
        throw Refusal(
          .forbidden,
          "the join token is for new agents; periplus agents replace makes one that is for an agent's place",
          at: "/replaces")
      }
      return nil
    }
    guard let agent = try session.agent(id), agent.removedAt == nil else {
      throw Refusal(.forbidden, "the agent whose place the join token is for was removed", at: "/replaces")
    }
    guard let named = newcomer.replaces, named == agent.name || AgentID(named) == id else {
      throw Refusal(
        .forbidden, "the join token is for the place of \(id) \"\(agent.name)\": enrol with --replaces \(id)",
        at: "/replaces")
    }
    return agent
  }

  /// The old installation's job goes back, and its inside view leaves the chart.
  func replace(
    _ agent: AgentRecord, by newcomer: NewAgent, at now: Timestamp, in session: any WriteSession
  ) throws {
    try returnJobs(of: agent.id, because: "\(agent.name) was replaced", at: now, in: session)
    var merge = ChartMerge(session: session)
    let interfaces = try session.interfaces(of: agent.id)
    try session.replaceAgent(agent.id, by: newcomer)
    try merge.forgetInventory(of: agent, interfaces: interfaces, at: now)
  }

  func returnJobs(
    of agent: AgentID, because reason: String, at now: Timestamp, in session: any WriteSession
  ) throws {
    let lifecycle = JobLifecycle(session: session, settings: context.settings, now: now)
    for lease in try session.runningLeases(of: agent)
    where try session.endLease(job: lease.job, epoch: lease.epoch, at: now, expiredBy: nil, finish: nil) {
      try lifecycle.returnRemainder(of: lease, countsAsFailure: false, error: reason)
    }
  }

  /// Whoever had the agent's secret until now is nobody.
  func turnOut(_ agent: AgentRecord) {
    context.directory.forget(agent.id)
    context.presence.forget(agent.id)
    context.leaseRequests.withdraw(by: agent.id)
    context.holders.wake { $0.agent == agent.id }
    // It waits no longer, and is called to no work.
    context.askers.wake(noting: WorkCall(site: agent.site, zonesAsked: nil)) { $0.agent.id == agent.id }
    context.offerWork(in: agent.site, zone: nil, to: 2)
  }
}
