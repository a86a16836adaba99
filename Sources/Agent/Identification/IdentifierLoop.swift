internal import Glibc
internal import LinuxSystem
internal import Model

/// The identifier's thread: it admits, connects, waits, has answers read and reports, turn by turn. Everything here is
/// plain state of that one thread.
final class IdentifierLoop {
  private let configuration: ServiceIdentifier.Configuration
  private let mailbox: IdentifierMailbox
  private let context: TLSContext
  private var poller: EpollPoller
  private var waiting = WaitingInquiries()
  private var active: [Inquiry] = []
  private var pace: ConnectionPace

  /// How many endpoints of a host ended without having said anything.
  private var silences: [HostAddress: Int] = [:]

  /// So many silent endpoints make a host one whose others are likely silent too: a firewall that accepts for everybody, or
  /// services that want a word of their own.
  private static let silencesThatTell = 4

  /// More hosts than these are not remembered.
  private static let hostLimit = 4096

  /// Whose connection a number is.
  private var owners: [UInt64: (inquiry: Inquiry, conversation: Conversation)] = [:]
  private var lastNumber: UInt64 = 0
  private var tokens: [UInt64] = []
  private static let mailboxToken = UInt64.max

  /// - Throws: `SystemError` where descriptors ran out; ENOMEM where OpenSSL could not begin.
  init(mailbox: IdentifierMailbox, configuration: ServiceIdentifier.Configuration) throws(SystemError) {
    self.mailbox = mailbox
    self.configuration = configuration
    pace = ConnectionPace(
      interval: configuration.connectionInterval?.nanoseconds ?? 0,
      intervalPerHost: configuration.connectionIntervalPerHost?.nanoseconds ?? 0)
    guard let context = TLSContext() else { throw SystemError(call: "SSL_CTX_new", errno: ENOMEM) }
    self.context = context
    let poller = try EpollPoller()
    try poller.watch(mailbox.number, for: .readable, token: Self.mailboxToken)
    self.poller = poller
  }

  /// Works until the mailbox is closed; the thread's whole life.
  func run() {
    let owner = pthread_self()
    while takeOrders() {
      precondition(pthread_equal(owner, pthread_self()) != 0, "the identifier's state belongs to its thread")
      admit()
      advance()
      reportFinished()
      wait()
      expire()
      reportFinished()
    }
    active += waiting.takeAll { _ in true }
    for inquiry in active { inquiry.finish(.failed(.cancelled)) }
    reportFinished()
  }

  private func takeOrders() -> Bool {
    let content = mailbox.take()
    for order in content.orders { waiting.add(Inquiry(order, configuration: configuration)) }
    if content.cancelsAll || !content.cancelled.isEmpty {
      let isCancelled = { (inquiry: Inquiry) in content.cancelsAll || content.cancelled.contains(inquiry.order.id) }
      active += waiting.takeAll(where: isCancelled)
      for inquiry in active where isCancelled(inquiry) { inquiry.finish(.failed(.cancelled)) }
    }
    return !content.isClosed
  }

  private func limit(for host: HostAddress) -> Int {
    host.address.isLoopback ? configuration.connectionsToLoopback : configuration.connectionsPerHost
  }

  /// Begins with endpoints whose hosts and we have room. Half of a host's connections are for first words; the others go
  /// to a few endpoints at a time that need several.
  private func admit() {
    var total = active.count * 2
    guard total < configuration.connections else { return }
    var listening: [HostAddress: Int] = [:]
    for inquiry in active where inquiry.phase == .listening { listening[inquiry.order.host, default: 0] += 1 }
    while total < configuration.connections,
      let inquiry = waiting.next(where: { listening[$0, default: 0] < max(1, limit(for: $0) / 2) })
    {
      listening[inquiry.order.host, default: 0] += 1
      total += 2
      active.append(inquiry)
    }
  }

  private func advance() {
    let now = MonotonicClock.now
    var probing: [HostAddress: Int] = [:]
    for inquiry in active where inquiry.phase == .probing && inquiry.result == nil {
      probing[inquiry.order.host, default: 0] += 1
    }
    for inquiry in active {
      let host = inquiry.order.host
      let room = max(1, limit(for: host) / (2 * configuration.connectionsPerEndpoint))
      if inquiry.wantsRoom(now: now), probing[host, default: 0] < room {
        probing[host, default: 0] += 1
        inquiry.grantRoom(now: now, isLikelySilent: silences[host, default: 0] >= Self.silencesThatTell)
      }
      // One that has all it may makes room itself for what comes next.
      while owners.count < configuration.connections || inquiry.isFull, isTime(for: inquiry, now: now),
        let plan = inquiry.nextPlan(now: now)
      {
        forgetDropped()
        begin(plan, for: inquiry, now: now)
      }
      inquiry.endIfDone()
    }
    forgetDropped()
  }

  /// Whether the pace lets another connection be begun; while it does not, the time of the endpoint does not run.
  private func isTime(for inquiry: Inquiry, now: UInt64) -> Bool {
    let next = pace.nextStart(to: inquiry.order.host, now: now)
    guard next > now else { return true }
    inquiry.wait(until: next)
    return false
  }

  private func begin(_ plan: ConversationPlan, for inquiry: Inquiry, now: UInt64) {
    let order = inquiry.order
    guard order.isAllowed(order.host, ProtocolPort(.tcp, order.port)) else {
      return inquiry.finish(.failed(.forbidden))
    }
    pace.recordStart(to: order.host, now: now)
    do throws(EndpointSocket.Failure) {
      let descriptor = try EndpointSocket.connect(to: order.host.address, port: order.port, scope: inquiry.scope)
      lastNumber += 1
      let conversation = Conversation(
        plan, number: lastNumber, host: inquiry.hostText, descriptor: descriptor, context: context, now: now)
      do throws(SystemError) {
        try poller.watch(conversation.socket, for: [.readable, .writable, .edgeTriggered], token: lastNumber)
      } catch {
        return inquiry.postpone(plan, errno: error.errno, now: now)
      }
      owners[lastNumber] = (inquiry, conversation)
      inquiry.began(conversation)
    } catch {
      switch error {
      case .shortage(let code): inquiry.postpone(plan, errno: code, now: now)
      case .unreachable(let code): inquiry.refused(plan, errno: code)
      }
    }
  }

  private func wait() {
    let now = MonotonicClock.now
    var wake = UInt64.max
    for inquiry in active {
      wake = min(wake, inquiry.nextTime(now: now))
      let start = pace.nextStart(to: inquiry.order.host, now: now)
      if start > now, inquiry.hasNext { wake = min(wake, start) }
    }
    var milliseconds: Int32?
    // Rounded up: waking just before the time would spin until it has come.
    if wake != .max { milliseconds = wake <= now ? 0 : Int32(clamping: (wake - now + 999_999) / 1_000_000) }
    tokens.removeAll(keepingCapacity: true)
    do throws(SystemError) {
      try poller.wait(milliseconds: milliseconds) { token, _ in tokens.append(token) }
    } catch {
      preconditionFailure("epoll_wait fails only for arguments that are wrong: \(error)")
    }
    for token in tokens {
      guard let (inquiry, conversation) = owners[token] else { continue }
      let now = MonotonicClock.now
      conversation.handle(now: now)
      inquiry.note(conversation, now: now)
      // What the decision let go of is closed now: its events in this batch are stale.
      forgetDropped(of: inquiry)
    }
  }

  private func expire() {
    let now = MonotonicClock.now
    for inquiry in active {
      for conversation in inquiry.conversations where conversation.turnEnds <= now && inquiry.holds(conversation) {
        conversation.expire(now: now)
        inquiry.note(conversation, now: now)
      }
      if let deadline = inquiry.deadline, deadline <= now { inquiry.expire(now: now) }
    }
    forgetDropped()
  }

  /// Closes the connections that their inquiries let go of.
  private func forgetDropped(of only: Inquiry? = nil) {
    owners = owners.filter { _, owner in
      if let only, owner.inquiry !== only { return true }
      return owner.inquiry.holds(owner.conversation)
    }
  }

  private func reportFinished() {
    guard active.contains(where: { $0.result != nil }) else { return }
    for inquiry in active {
      guard let result = inquiry.result else { continue }
      if inquiry.endedSilent {
        if silences.count >= Self.hostLimit { silences = [:] }
        silences[inquiry.order.host, default: 0] += 1
      }
      inquiry.order.finished(result)
    }
    active.removeAll { $0.result != nil }
    forgetDropped()
  }
}
