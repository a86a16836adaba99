internal import Glibc
package import LinuxSystem
package import Worker

/// Answers questions for the inventory, one connection after the other, on the calling thread.
///
/// Only the users it was told of get an answer; others a refusal, before anything is read of them. A peer that says
/// nothing costs two seconds.
package struct InventoryServer: ~Copyable {
  private let listener: Descriptor
  private let users: Set<UInt32>
  private let sample: () throws -> InventorySample
  private let log: (String) -> Void

  /// Users that were refused already: each is told of once.
  private var refused: Set<UInt32> = []

  private static let questionPatience: Duration = .seconds(2)
  private static let refusalPatience: Duration = .milliseconds(100)
  private static let answerPatience: Duration = .seconds(20)

  /// - Parameters:
  ///   - listener: a listening Unix socket.
  ///   - users: whom to answer.
  ///   - sample: reads the inventory; it may block.
  ///   - log: takes a line for each thing that goes wrong.
  package init(
    _ listener: consuming Descriptor, users: Set<UInt32>, sample: @escaping () throws -> InventorySample,
    log: @escaping (String) -> Void
  ) {
    self.listener = listener
    self.users = users
    self.sample = sample
    self.log = log
  }

  /// Serves until nobody has asked for so long, nil for ever, or the socket is shut down.
  ///
  /// A connection that comes just then stays in the socket's queue, for the service that systemd starts next.
  ///
  /// - Throws: `SystemError`: the listening socket does not work any more, or descriptors ran out.
  package mutating func serve(idle: Duration?) throws(SystemError) {
    let number = listener.number
    // A peer may be gone again between poll and accept, which would then wait.
    try SystemCall.retrying("fcntl") { fcntl(number, F_SETFL, O_NONBLOCK) }
    while try waitForPeer(idle) {
      let peer = accept(number, nil, nil)
      guard peer >= 0 else {
        let code = errno
        if [EINTR, EAGAIN, ECONNABORTED, EPERM].contains(code) { continue }
        throw SystemError(call: "accept", errno: code)
      }
      let descriptor = Descriptor(owning: peer)
      _ = fcntl(peer, F_SETFD, FD_CLOEXEC)
      do {
        try answer(descriptor)
      } catch {
        log("a question was not answered: \(error)")
      }
    }
  }

  /// Whether a peer came before the time was over.
  private func waitForPeer(_ idle: Duration?) throws(SystemError) -> Bool {
    let deadline = idle.map { MonotonicClock.now + UInt64(max(0, $0 / .nanoseconds(1))) }
    while true {
      var milliseconds: Int32 = -1
      if let deadline {
        let now = MonotonicClock.now
        guard now < deadline else { return false }
        milliseconds = Int32(min((deadline - now) / 1_000_000 + 1, 3_600_000))
      }
      var watched = pollfd(fd: listener.number, events: Int16(POLLIN), revents: 0)
      let result = poll(&watched, 1, milliseconds)
      // A socket that was shut down stays readable, and has nobody to accept.
      if result > 0 { return Int32(watched.revents) & (POLLHUP | POLLERR | POLLNVAL) == 0 }
      let code = errno
      guard result == 0 || code == EINTR else { throw SystemError(call: "poll", errno: code) }
    }
  }

  private mutating func answer(_ descriptor: consuming Descriptor) throws {
    var stream = try LocalStream(descriptor, within: Self.questionPatience)
    let user = try stream.peerUser()
    guard users.contains(user) else {
      if refused.insert(user).inserted { log("user \(user) asked and was refused") }
      return Self.refuse(&stream, "user \(user) may not ask the inventory service")
    }
    let octets: [UInt8]
    do {
      try InventoryExchange.check(question: try stream.line(limit: InventoryExchange.questionBytes))
      octets = try InventoryExchange.answer(try sample())
    } catch {
      Self.refuse(&stream, "\(error)")
      throw error
    }
    stream.extend(Self.answerPatience)
    try stream.send(octets)
  }

  /// Whoever has gone needs no refusal.
  private static func refuse(_ stream: inout LocalStream, _ reason: String) {
    stream.extend(refusalPatience)
    try? stream.send(InventoryExchange.refusal(reason))
  }
}
