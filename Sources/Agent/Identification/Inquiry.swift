internal import Glibc
internal import LinuxSystem
internal import Model

/// What is asked of one endpoint, and how far it has come: first a greeting is waited for, then HTTP is tried on the same
/// connection, then TLS and every other protocol on connections beside it. Identifier thread only.
final class Inquiry {
  enum Phase { case listening, probing }

  let order: InquiryOrder
  let scope: UInt32
  private(set) var phase = Phase.listening
  private(set) var conversations: [Conversation] = []
  private(set) var result: Identification?

  /// When its time is over; nil while it listens on its first connection, whose turns have bounds of their own, and waits for
  /// its share of the host's connections.
  private(set) var deadline: UInt64?

  /// Nothing is begun before this time: something local ran out.
  private(set) var pausedUntil: UInt64 = 0

  private let configuration: ServiceIdentifier.Configuration
  private var queue: [ConversationPlan]

  /// The TLS that everything goes through, once the endpoint is known to speak it.
  private var wrapping: TLSIdentity?
  private var best: ServiceIdentity?
  private var banner: [UInt8] = []
  private var hasAskedHTTP = false
  private var isDecided = false
  private var wasReached = false

  /// The connection after whose first question others may be begun: most services need no second one.
  private var pacemaker: Conversation?
  private var parallel: Int
  private var shortageSince: UInt64?
  private var pauseLength: UInt64 = 0

  init(_ order: InquiryOrder, configuration: ServiceIdentifier.Configuration) {
    self.order = order
    self.configuration = configuration
    scope = EndpointSocket.scope(of: order.host)
    parallel = configuration.connectionsPerEndpoint
    queue = [ConversationPlan(listening: IdentificationPatience.greeting, probe: ServiceProbes.http)]
  }

  /// The address as a URI writes it (RFC 3986, 3.2.2).
  var hostText: String {
    order.host.address.family == .ipv6 ? "[\(order.host.address)]" : order.host.address.description
  }

  /// Whether it is time to ask on more connections.
  func wantsRoom(now: UInt64) -> Bool { phase == .listening && !isDecided && result == nil && roomTime <= now }

  /// When `wantsRoom` becomes true, nanoseconds; `UInt64.max` for not without an event.
  private var roomTime: UInt64 {
    phase == .listening && !isDecided && queue.isEmpty ? staggerTime : .max
  }

  /// When connections beside the pacemaker may be begun.
  private var staggerTime: UInt64 {
    guard let pacemaker, conversations.contains(where: { $0 === pacemaker }) else { return 0 }
    if pacemaker.isPromising { return .max }
    return pacemaker.quietSince.map { $0 + IdentificationPatience.stagger.nanoseconds + 2 * pacemaker.roundTrip }
      ?? .max
  }

  /// When it has something to do although nothing happens, nanoseconds; `UInt64.max` for never.
  func nextTime(now: UInt64) -> UInt64 {
    var times = conversations.map(\.turnEnds)
    if let deadline { times.append(deadline) }
    // What is due already and was not begun waits for another connection to end.
    times += [roomTime].filter { $0 > now }
    if !queue.isEmpty { times += (conversations.map(\.overdueAt) + [pausedUntil, staggerTime]).filter { $0 > now } }
    return times.min() ?? .max
  }

  /// Gives the endpoint its connections beside the first one.
  func grantRoom(now: UInt64) {
    phase = .probing
    pacemaker = nil
    deadline = now + configuration.deadline.nanoseconds
    let probes = Self.ordered(for: order.port)
    queue += probes.filter { $0.ports.contains(order.port.rawValue) }.map { ConversationPlan(probe: $0) }
    queue.append(Self.tlsPlan)
    if !hasAskedHTTP { queue.append(ConversationPlan(probe: ServiceProbes.http)) }
    queue += probes.filter { !$0.ports.contains(order.port.rawValue) }.map { ConversationPlan(probe: $0) }
  }

  /// The next connection to begin, where there is one and room for it; makes room by letting an overdue one go.
  func nextPlan(now: UInt64) -> ConversationPlan? {
    guard result == nil, !queue.isEmpty, now >= pausedUntil, now >= staggerTime else { return nil }
    if conversations.count >= parallel {
      guard let overdue = conversations.firstIndex(where: { $0.overdueAt <= now && !$0.isPromising }) else {
        return nil
      }
      conversations.remove(at: overdue)
    }
    return queue.removeFirst()
  }

  func began(_ conversation: Conversation) {
    shortageSince = nil
    pauseLength = 0
    conversations.append(conversation)
    if pacemaker == nil { pacemaker = conversation }
  }

  /// A connection could not even be begun.
  func failedToBegin(errno: Int32) {
    if !wasReached { finish(.failed(.unreachable(errno: errno))) }
  }

  /// Something of this host ran out: the connection waits, longer each time.
  func postpone(_ plan: ConversationPlan, errno: Int32, now: UInt64) {
    let since = shortageSince ?? now
    shortageSince = since
    guard now - since < configuration.shortagePatience.nanoseconds else {
      return finish(.failed(.localShortage(errno: errno)))
    }
    queue.insert(plan, at: 0)
    pauseLength = min(max(pauseLength * 2, 20_000_000), 1_000_000_000)
    pausedUntil = now + pauseLength
    // The time of the target does not run while the fault is ours.
    if let deadline { self.deadline = deadline + pauseLength }
  }

  /// Takes what a conversation had to tell, and decides what comes next.
  func note(_ conversation: Conversation, now: UInt64) {
    for event in conversation.takeEvents() {
      guard result == nil else { return }
      switch event {
      case .certain: focus(on: conversation)
      case .secured(let identity): secure(identity, through: conversation)
      case .ended(let outcome):
        conversations.removeAll { $0 === conversation }
        if banner.isEmpty { banner = conversation.opening }
        if conversation.askedAt != nil, conversation.plan.probe?.name == ServiceProbes.http.name { hasAskedHTTP = true }
        take(outcome, of: conversation, now: now)
      }
    }
    if conversation.roundTrip > 0 { wasReached = true }
    if isDecided, deadline == nil { deadline = now + configuration.deadline.nanoseconds }
    endIfDone()
  }

  /// Whether everything has been tried; then it ends with what is known.
  func endIfDone() {
    guard result == nil, queue.isEmpty, conversations.isEmpty, isDecided || phase == .probing else { return }
    finishWithBest()
  }

  /// Its time is over.
  func expire(now: UInt64) {
    for conversation in conversations {
      conversation.conclude(now: now)
      note(conversation, now: now)
    }
    if result == nil { finishWithBest() }
  }

  func finish(_ result: Identification) {
    guard self.result == nil else { return }
    self.result = result
    conversations = []
    queue = []
  }

  // MARK: Deciding

  /// One conversation knows the protocol: the others have nothing to add.
  private func focus(on conversation: Conversation) {
    isDecided = true
    queue = []
    conversations = conversations.filter { $0 === conversation }
  }

  private static let tlsPlan = ConversationPlan(
    offer: .everything, listening: IdentificationPatience.greeting, probe: ServiceProbes.http)

  /// The endpoint speaks TLS: everything else is asked inside it.
  private func secure(_ identity: TLSIdentity, through conversation: Conversation) {
    guard wrapping == nil else { return }
    wrapping = identity
    best = nil
    pacemaker = conversation
    banner = []
    conversations = conversations.filter { $0 === conversation }
    let offer = conversation.plan.offer ?? .nothing
    queue = Self.ordered(for: order.port).map { ConversationPlan(offer: offer, probe: $0) }
  }

  private static func ordered(for port: Port) -> [ServiceProbe] {
    ServiceProbes.others.filter { $0.ports.contains(port.rawValue) }
      + ServiceProbes.others.filter { !$0.ports.contains(port.rawValue) }
  }

  private func take(_ outcome: Conversation.Outcome, of conversation: Conversation, now: UInt64) {
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
    case .unreachable(let code):
      guard wasReached else { return finish(.failed(.unreachable(errno: code))) }
      // It takes only one connection at a time, or few in a while: then they come one by one, each tried twice at most.
      parallel = 1
      if !conversation.plan.isRepeated {
        var plan = conversation.plan
        plan.isRepeated = true
        queue.append(plan)
      }
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

  private func completed(_ identity: ServiceIdentity, _ conversation: Conversation) -> ServiceIdentity {
    var identity = identity
    if conversation.plan.offer != nil { identity.tls = wrapping }
    identity.banner = WireText.banner(conversation.opening)
    return identity
  }

  private func finishWithBest() {
    if let best { return finish(.identified(best)) }
    let text = WireText.banner(banner)
    guard let wrapping else { return finish(.unidentified(banner: text)) }
    var identity = ServiceIdentity.named("tls")
    identity.tls = wrapping
    identity.banner = text
    finish(.identified(identity))
  }
}
