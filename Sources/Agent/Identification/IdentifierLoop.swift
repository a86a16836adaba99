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
  private var waiting: [Inquiry] = []
  private var active: [Inquiry] = []

  /// Whose connection a number is.
  private var owners: [UInt64: (inquiry: Inquiry, conversation: Conversation)] = [:]
  private var lastNumber: UInt64 = 0
  private var tokens: [UInt64] = []
  private static let mailboxToken = UInt64.max

  /// - Throws: `SystemError` where descriptors ran out; ENOMEM where OpenSSL could not begin.
  init(mailbox: IdentifierMailbox, configuration: ServiceIdentifier.Configuration) throws(SystemError) {
    self.mailbox = mailbox
    self.configuration = configuration
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
    for inquiry in waiting + active { inquiry.finish(.failed(.cancelled)) }
    active += waiting
    waiting = []
    reportFinished()
  }

  private func takeOrders() -> Bool {
    let content = mailbox.take()
    waiting += content.orders.map { Inquiry($0, configuration: configuration) }
    if content.cancelsAll || !content.cancelled.isEmpty {
      for inquiry in waiting + active where content.cancelsAll || content.cancelled.contains(inquiry.order.id) {
        inquiry.finish(.failed(.cancelled))
      }
      active += waiting.filter { $0.result != nil }
      waiting.removeAll { $0.result != nil }
    }
    return !content.isClosed
  }

  private func limit(for host: HostAddress) -> Int {
    host.address.isLoopback ? configuration.connectionsToLoopback : configuration.connectionsPerHost
  }

  /// Begins with endpoints whose hosts and we have room. Half of a host's connections are for first words; the others go
  /// to a few endpoints at a time that need several.
  private func admit() {
    guard !waiting.isEmpty else { return }
    var listening: [HostAddress: Int] = [:]
    for inquiry in active where inquiry.phase == .listening { listening[inquiry.order.host, default: 0] += 1 }
    var total = active.count * 2
    var stays: [Inquiry] = []
    for inquiry in waiting {
      let host = inquiry.order.host
      if total < configuration.connections, listening[host, default: 0] < max(1, limit(for: host) / 2) {
        listening[host, default: 0] += 1
        total += 2
        active.append(inquiry)
      } else {
        stays.append(inquiry)
      }
    }
    waiting = stays
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
        inquiry.grantRoom(now: now)
      }
      while owners.count < configuration.connections, let plan = inquiry.nextPlan(now: now) {
        forgetDropped()
        begin(plan, for: inquiry, now: now)
      }
      inquiry.endIfDone()
    }
    forgetDropped()
  }

  private func begin(_ plan: ConversationPlan, for inquiry: Inquiry, now: UInt64) {
    let order = inquiry.order
    guard order.isAllowed(order.host, ProtocolPort(.tcp, order.port)) else {
      return inquiry.finish(.failed(.forbidden))
    }
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
      case .unreachable(let code): inquiry.failedToBegin(errno: code)
      }
    }
  }

  private func wait() {
    let now = MonotonicClock.now
    var wake = UInt64.max
    for inquiry in active {
      wake = min(wake, inquiry.nextTime(now: now))
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
      for conversation in inquiry.conversations where conversation.turnEnds <= now {
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
      return owner.inquiry.conversations.contains { $0 === owner.conversation }
    }
  }

  private func reportFinished() {
    guard active.contains(where: { $0.result != nil }) else { return }
    for inquiry in active {
      if let result = inquiry.result { inquiry.order.finished(result) }
    }
    active.removeAll { $0.result != nil }
    forgetDropped()
  }
}
