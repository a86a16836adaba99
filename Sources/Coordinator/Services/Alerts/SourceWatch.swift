internal import CoordinatorCore
internal import Model
internal import Synchronization

/// Looks for what no result tells: agents that are not heard of, certificates that end soon. Each is told once.
struct SourceWatch: Sendable {
  private struct State {
    var agentsAt: ContinuousClock.Instant?
    var certificatesAt: ContinuousClock.Instant?
    /// As they were told last; nil: not known.
    var agents: Presence?
  }

  private struct Presence: Equatable {
    var silent: Set<AgentID>
    /// Those that were heard of lately. Just after a start an agent is neither.
    var heard: Set<AgentID>
  }

  private let context: FleetContext
  private let state: StateBox
  /// Agents could not be heard of before.
  private let startedAt: Timestamp

  private final class StateBox: Sendable {
    let value = Mutex(State())
  }

  private static let agentInterval = Duration.seconds(2)
  private static let certificateInterval = Duration.seconds(60)
  /// Certificates that are told of in one transaction.
  private static let certificateBatch = 500

  init(context: FleetContext) {
    self.context = context
    state = StateBox()
    startedAt = context.clock.now
  }

  func look() async throws {
    let now = ContinuousClock.now
    let (agents, certificates) = state.value.withLock { state in
      let agents = state.agentsAt.map { now - $0 >= Self.agentInterval } ?? true
      let certificates = state.certificatesAt.map { now - $0 >= Self.certificateInterval } ?? true
      if agents { state.agentsAt = now }
      if certificates { state.certificatesAt = now }
      return (agents, certificates)
    }
    guard agents || certificates else { return }
    let wanted = try await context.store.read { try $0.wantedNotices() }
    if agents {
      if wanted.contains(.agentSilent) {
        try await lookAtAgents()
      } else {
        state.value.withLock { $0.agents = nil }
      }
    }
    if certificates, wanted.contains(.certificateExpiring) { try await lookAtCertificates() }
  }

  func lookAtAgents() async throws {
    let now = context.clock.now
    let agents = try await context.store.read { try $0.agents(includingRemoved: false) }
    func silence(_ agent: AgentRecord) -> Duration { now - (context.presence.lastSeen(agent) ?? agent.enrolledAt) }
    let limit = context.settings.silenceAfter
    let silent = agents.filter { min(silence($0), now - startedAt) >= limit }
    let heard = agents.filter { silence($0) < limit }
    let presence = Presence(silent: Set(silent.map(\.id)), heard: Set(heard.map(\.id)))
    let known = state.value.withLock(\.agents)
    guard known != presence else { return }
    let back = heard.filter { !(known?.heard.contains($0.id) ?? false) }
    let gone = silent.filter { !(known?.silent.contains($0.id) ?? false) }
    try await context.queue.commit(rows: back.count + gone.count) { [context] session in
      var notices: [ChangeNotice] = []
      for agent in gone where try session.noteTold("agent-silent", String(agent.id.rawValue), at: now) {
        let last = context.presence.lastSeen(agent)
        notices.append(
          notice(
            .agentSilent, agent, "silent", at: last ?? agent.enrolledAt, now,
            last.map { "last heard of at \($0)" } ?? "never heard of"))
      }
      for agent in back where try session.forgetTold("agent-silent", String(agent.id.rawValue)) {
        notices.append(notice(.agentBack, agent, "heard of again", at: now, now, nil))
      }
      try session.append(notices)
    }
    state.value.withLock { $0.agents = presence }
  }

  private func notice(
    _ kind: NoticeKind, _ agent: AgentRecord, _ words: String, at time: Timestamp, _ now: Timestamp, _ evidence: String?
  ) -> ChangeNotice {
    ChangeNotice(
      kind: kind, site: agent.site, after: words, observedAt: time, acceptedAt: now, agent: agent.id,
      evidence: evidence)
  }

  /// Of each endpoint and certificate, once for each alert and the length of time that it asks for.
  func lookAtCertificates() async throws {
    let now = context.clock.now
    let alerts = try await context.store.read { try $0.alerts() }.filter {
      !$0.isPaused && $0.rule.wanted.contains(.certificateExpiring)
    }
    for alert in alerts {
      let days = alert.rule.certificateDays ?? AlertRule.standardCertificateDays
      let source = "certificate:\(alert.id.rawValue):\(days)"
      while true {
        let uses = try await context.store.read { session in
          try session.certificatesEnding(
            after: now, before: now + .seconds(days * 86_400), untold: source, limit: Self.certificateBatch)
        }
        guard !uses.isEmpty else { break }
        try await context.queue.commit(rows: uses.count) { session in
          var notices: [ChangeNotice] = []
          for use in uses
          where try session.noteTold(source, "\(use.endpoint.rawValue)/\(use.certificate)", at: now) {
            notices.append(
              ChangeNotice(
                kind: .certificateExpiring, site: use.host.site, scope: use.host.scope, address: use.host.address,
                endpoint: use.key, before: "within \(days) days", after: "ends \(use.notAfter)",
                observedAt: use.observedAt, acceptedAt: now, agent: use.agent, evidence: use.subject, alert: alert.id))
          }
          try session.append(notices)
        }
        if uses.count < Self.certificateBatch { break }
      }
    }
  }
}
