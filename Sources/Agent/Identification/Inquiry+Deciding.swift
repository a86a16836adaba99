internal import Model

/// What an endpoint's conversations add up to.
extension Inquiry {
  /// One conversation knows the protocol: the others have nothing to add.
  func focus(on conversation: Conversation) {
    isDecided = true
    queue = []
    conversations = conversations.filter { $0 === conversation }
  }

  static let tlsPlan = ConversationPlan(
    offer: .everything, listening: IdentificationPatience.greeting, probe: ServiceProbes.http)

  /// The endpoint speaks TLS: everything else is asked inside it.
  func secure(_ identity: TLSIdentity, through conversation: Conversation) {
    guard wrapping == nil else { return }
    wrapping = identity
    best = nil
    pacemaker = conversation
    banner = []
    conversations = conversations.filter { $0 === conversation }
    let offer = conversation.plan.offer ?? .nothing
    queue = Self.ordered(for: order.port).map { ConversationPlan(offer: offer, probe: $0) }
  }

  static func ordered(for port: Port) -> [ServiceProbe] {
    ServiceProbes.others.filter { $0.ports.contains(port.rawValue) }
      + ServiceProbes.others.filter { !$0.ports.contains(port.rawValue) }
  }

  func take(_ outcome: Conversation.Outcome, of conversation: Conversation) {
    switch outcome {
    case .found(let identity):
      let complete = completed(identity, conversation)
      if complete.http?.status == 400, wrapping == nil, phase == .listening {
        // "Bad request" is also what many servers say to plain HTTP where they expect TLS.
        best = complete
        focus(on: conversation)
        queue = [Self.tlsPlan]
        return
      }
      if complete.confidence == .certain { return finish(.identified(complete)) }
      best = best ?? complete
    case .late(let identity):
      best = completed(identity, conversation)
      focus(on: conversation)
      // A service that has a question of its own, as IRC has, is better asked than waited for.
      let probe = ServiceProbes.others.first { $0.name == identity.service }
      queue = [
        ConversationPlan(
          offer: conversation.plan.offer, listening: probe == nil ? IdentificationPatience.lateGreeting : nil,
          probe: probe)
      ]
    case .nothing: break
    case .unreachable(let code): refused(conversation.plan, errno: code)
    case .handshakeFailed(let isTLS, let identity, let alert):
      guard isTLS else { return }
      if alert == TLSSession.noApplicationProtocol, conversation.plan.offer == .everything {
        var plan = conversation.plan
        plan.offer = .nothing
        queue.insert(plan, at: 0)
        return
      }
      // A handshake that fails on a later connection takes nothing back.
      guard wrapping == nil else { return }
      best = ServiceIdentity.named("tls")
      best?.tls = identity
      focus(on: conversation)
    case .choseHTTP2:
      best = ServiceIdentity.named("http")
      best?.tls = wrapping
      focus(on: conversation)
      queue = [ConversationPlan(offer: .onlyHTTP1, probe: ServiceProbes.http)]
    }
  }

  func completed(_ identity: ServiceIdentity, _ conversation: Conversation) -> ServiceIdentity {
    var identity = identity
    if conversation.plan.offer != nil { identity.tls = wrapping }
    identity.banner = WireText.banner(conversation.opening)
    return identity
  }

  func finishWithBest() {
    if let best { return finish(.identified(best)) }
    let text = WireText.banner(banner)
    guard let wrapping else { return finish(.unidentified(banner: text)) }
    var identity = ServiceIdentity.named("tls")
    identity.tls = wrapping
    identity.banner = text
    finish(.identified(identity))
  }
}
