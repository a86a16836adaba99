internal import CoordinatorCore
internal import Model
internal import Synchronization

/// Looks for what no result tells: agents that are not heard of, certificates that end soon, ports that flap no more. Each is told
/// once.
struct SourceWatch: Sendable {
  private struct State {
    var agentsAt: ContinuousClock.Instant?
    var certificatesAt: ContinuousClock.Instant?
    var flappingAt: ContinuousClock.Instant?
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
  private static let flappingInterval = Duration.seconds(60)
  /// Ports that are looked at in one transaction.
  private static let flappingBatch = 500
  /// Certificates that are told of in one transaction.
  private static let certificateBatch = 500

  init(context: FleetContext) {
    self.context = context
    state = StateBox()
    startedAt = context.clock.now
  }

  func look() async throws {
    let now = ContinuousClock.now
    let (agents, certificates, flapping) = state.value.withLock { state in
      let agents = state.agentsAt.map { now - $0 >= Self.agentInterval } ?? true
      let certificates = state.certificatesAt.map { now - $0 >= Self.certificateInterval } ?? true
      if agents { state.agentsAt = now }
      if certificates { state.certificatesAt = now }
      let flapping = state.flappingAt.map { now - $0 >= Self.flappingInterval } ?? true
      if flapping { state.flappingAt = now }
      return (agents, certificates, flapping)
    }
    guard agents || certificates || flapping else { return }
    if flapping { try await lookAtFlapping() }
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

  /// What ports came to that flap no more, where the last of it was held back.
  func lookAtFlapping() async throws {
    let now = context.clock.now
    let limit = context.settings.flapLimit
    var position: String?
    repeat {
      let (settled, next) = try await context.store.read { [position] session in
        let page = try FlapDamping.held(after: position, limit: Self.flappingBatch, in: session)
        return (try page.held.filter { try FlapDamping.hasSettled($0, by: now, limit, in: session) }, page.next)
      }
      position = next
      guard !settled.isEmpty else { continue }
      try await context.queue.commit(rows: settled.count) { session in
        let wanted = try session.wantedNotices()
        var notices: [ChangeNotice] = []
        // Something may have come in between.
        for held in settled where try FlapDamping.hasSettled(held, by: now, limit, in: session) {
          guard let (run, before) = try FlapDamping.release(held, in: session), let change = run.change,
            wanted.contains(NoticeKind(change)), let place = try session.place(of: held.endpoint)
          else { continue }
          notices.append(
            ChangeNotice(
              kind: NoticeKind(change), site: place.host.site, zone: held.view.zone, isSelfView: held.view.isSelfView,
              scope: place.host.scope, address: place.host.address, endpoint: ProtocolPort(place.transport, place.port),
              before: before?.rawValue, after: run.state.rawValue, observedAt: run.first, acceptedAt: now, job: run.job,
              agent: run.agent, evidence: "\(run.reason.rawValue); the port flaps no more"))
        }
        try session.append(notices)
      }
    } while position != nil
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
