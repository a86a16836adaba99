internal import CLinux
internal import Glibc
internal import LinuxSystem

/// One end of a connected Unix socket, with a time by which all must be said. Blocking; for one thread.
struct LocalStream: ~Copyable {
  private let descriptor: Descriptor

  /// By `MonotonicClock`.
  private var deadline: UInt64
  private var buffer: [UInt8] = []

  /// Takes over a connected socket and makes it non-blocking.
  init(_ descriptor: consuming Descriptor, within patience: Duration) throws(SystemError) {
    let number = descriptor.number
    try SystemCall.retrying("fcntl") { fcntl(number, F_SETFL, O_NONBLOCK) }
    self.descriptor = descriptor
    deadline = Self.time(in: patience)
  }

  /// Gives the rest of the conversation so much time from now.
  mutating func extend(_ patience: Duration) { deadline = Self.time(in: patience) }

  private static func time(in patience: Duration) -> UInt64 {
    MonotonicClock.now + UInt64(max(0, patience / .nanoseconds(1)))
  }

  /// The user at the other end.
  func peerUser() throws(SystemError) -> UInt32 {
    var uid: UInt32 = 0
    let number = descriptor.number
    try SystemCall.retrying("getsockopt(SO_PEERCRED)") { clinux_peer_user(number, &uid) }
    return uid
  }

  /// Octets up to a line break, which is taken away.
  ///
  /// - Throws: `InventoryServiceError`: the line is longer than `limit`, or the stream ended or fell silent before its end.
  mutating func line(limit: Int) throws(InventoryServiceError) -> [UInt8] {
    var searched = 0
    while true {
      if let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")), end <= limit {
        let line = Array(buffer[..<end])
        buffer.removeFirst(end + 1)
        return line
      }
      searched = buffer.count
      guard buffer.count <= limit else { throw InventoryServiceError(.nonsense, "a line without end came") }
      try receive(limit: limit + 1 - buffer.count)
    }
  }

  /// Exactly so many octets.
  mutating func octets(_ count: Int) throws(InventoryServiceError) -> [UInt8] {
    while buffer.count < count { try receive(limit: count - buffer.count) }
    let octets = Array(buffer[..<count])
    buffer.removeFirst(count)
    return octets
  }

  private mutating func receive(limit: Int) throws(InventoryServiceError) {
    try wait(for: POLLIN)
    var chunk = [UInt8](repeating: 0, count: min(limit, 1 << 16))
    let count = recv(descriptor.number, &chunk, chunk.count, Int32(MSG_DONTWAIT))
    if count < 0 {
      let code = errno
      guard code == EINTR || code == EAGAIN else { throw failure(SystemError(call: "recv", errno: code)) }
      return
    }
    guard count > 0 else { throw InventoryServiceError(.failed, "the other end closed the connection") }
    buffer += chunk[..<count]
  }

  /// Writes all of it.
  func send(_ octets: [UInt8]) throws(InventoryServiceError) {
    var sent = 0
    while sent < octets.count {
      try wait(for: POLLOUT)
      let count = octets[sent...].withUnsafeBytes { bytes in
        Glibc.send(descriptor.number, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
      }
      if count >= 0 {
        sent += count
        continue
      }
      let code = errno
      guard code == EINTR || code == EAGAIN else { throw failure(SystemError(call: "send", errno: code)) }
    }
  }

  private func wait(for event: Int32) throws(InventoryServiceError) {
    while true {
      let now = MonotonicClock.now
      guard now < deadline else { throw InventoryServiceError(.failed, "the other end does not answer in time") }
      var watched = pollfd(fd: descriptor.number, events: Int16(event), revents: 0)
      // Rounded up: a wait of 0 would spin through the last millisecond.
      let milliseconds = Int32(min((deadline - now) / 1_000_000 + 1, 60_000))
      let result = poll(&watched, 1, milliseconds)
      if result > 0 { return }
      guard result == 0 || errno == EINTR else { throw failure(SystemError(call: "poll", errno: errno)) }
    }
  }

  private func failure(_ error: SystemError) -> InventoryServiceError { InventoryServiceError(.failed, "\(error)") }
}
