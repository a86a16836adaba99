internal import Glibc
internal import LinuxSystem
internal import Model

/// What is asked of one endpoint, and how far it has come: first a greeting is waited for, then HTTP is tried on the same
/// connection, then TLS and every other protocol on connections beside it. Identifier thread only.
final class Inquiry {
  enum Phase { case listening, probing }

  let order: InquiryOrder
  let scope: UInt32
  var phase = Phase.listening
  var conversations: [Conversation] = []
  var result: Identification?

  /// When its time is over; nil while it listens on its first connection, whose turns have bounds of their own, and waits for
  /// its share of the host's connections.
  var deadline: UInt64?

  /// Nothing is begun before this time: something local ran out.
  var pausedUntil: UInt64 = 0

  let configuration: ServiceIdentifier.Configuration
  var queue: [ConversationPlan]

  /// The TLS that everything goes through, once the endpoint is known to speak it.
  var wrapping: TLSIdentity?
  var best: ServiceIdentity?
  var banner: [UInt8] = []
  var hasAskedHTTP = false
  var isDecided = false
  var wasReached = false

  /// Whether on any connection an octet came, or the service hung up, as Redis does on HTTP.
  var hasReacted = false

  /// The connection after whose first question others may be begun: most services need no second one.
  var pacemaker: Conversation?
  var parallel: Int
  var shortageSince: UInt64?
  var pauseLength: UInt64 = 0

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
  var roomTime: UInt64 {
    phase == .listening && !isDecided && queue.isEmpty ? staggerTime : .max
  }

  /// When connections beside the pacemaker may be begun.
  var staggerTime: UInt64 {
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

  func holds(_ conversation: Conversation) -> Bool { conversations.contains { $0 === conversation } }

  /// Whether connections are still to be begun.
  var hasNext: Bool { result == nil && !queue.isEmpty }

  /// What is left to be begun has to wait until then: the endpoint's time runs from there.
  func wait(until time: UInt64) {
    guard hasNext, let deadline else { return }
    self.deadline = max(deadline, time + configuration.deadline.nanoseconds)
  }

  /// Whether it has all the connections that it may.
  var isFull: Bool { conversations.count >= parallel }

  /// Whether it ended, and nothing whatever was heard of the service.
  var endedSilent: Bool { result == .unidentified(banner: nil) && !hasReacted }

  /// Gives the endpoint its connections beside the first one.
  ///
  /// - Parameters:
  ///   - now: nanoseconds.
  ///   - isLikelySilent: whether its host's endpoints are known to say nothing: then, unless this one spoke, only what its
  ///     port suggests is asked, and TLS.
  func grantRoom(now: UInt64, isLikelySilent: Bool) {
    phase = .probing
    pacemaker = nil
    deadline = now + configuration.deadline.nanoseconds
    let probes = Self.ordered(for: order.port)
    queue += probes.filter { $0.ports.contains(order.port.rawValue) }.map { ConversationPlan(probe: $0) }
    queue.append(Self.tlsPlan)
    if !hasAskedHTTP { queue.append(ConversationPlan(probe: ServiceProbes.http)) }
    if isLikelySilent, !hasReacted { return }
    queue += probes.filter { !$0.ports.contains(order.port.rawValue) }.map { ConversationPlan(probe: $0) }
  }

  /// The next connection to begin, where there is one and room for it; makes room by letting an overdue one go.
  func nextPlan(now: UInt64) -> ConversationPlan? {
    guard result == nil, !queue.isEmpty, now >= pausedUntil, now >= staggerTime else { return nil }
    if isFull {
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

  /// A connection was refused, or could not even be begun.
  func refused(_ plan: ConversationPlan, errno: Int32) {
    guard wasReached else { return finish(.failed(.unreachable(errno: errno))) }
    // It takes only one connection at a time, or few in a while: then they come one by one, each tried twice at most.
    parallel = 1
    guard !plan.isRepeated else { return }
    var plan = plan
    plan.isRepeated = true
    queue.append(plan)
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
    // One that was let go of a moment ago has no say.
    guard holds(conversation) else { return }
    if conversation.wireCount > 0 || conversation.wasClosed { hasReacted = true }
    for event in conversation.takeEvents() {
      guard result == nil else { return }
      switch event {
      case .certain: focus(on: conversation)
      case .secured(let identity): secure(identity, through: conversation)
      case .ended(let outcome):
        conversations.removeAll { $0 === conversation }
        if banner.isEmpty { banner = conversation.opening }
        if conversation.askedAt != nil, conversation.plan.probe?.name == ServiceProbes.http.name { hasAskedHTTP = true }
        take(outcome, of: conversation)
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
}
