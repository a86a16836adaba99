internal import CLinux
internal import Glibc

/// A netlink socket for question and answer with the kernel (netlink(7)).
///
/// Blocking, bounded by the receive timeout: belongs to one thread, never to the cooperative pool.
package struct NetlinkSocket: ~Copyable {
  private let descriptor: Descriptor
  private let timeLimit: Duration
  private var sequence: UInt32 = 0
  private var buffer: [UInt8]

  /// How often a dump that the kernel says was disturbed is asked for again (NLM_F_DUMP_INTR).
  private static let disturbedDumps = 5

  /// Opens a socket of one netlink family: NETLINK_SOCK_DIAG, NETLINK_ROUTE …
  ///
  /// - Throws: `SystemError`: EMFILE or ENFILE where descriptors ran out, EPROTONOSUPPORT for a family the kernel lacks.
  package init(family: Int32, receiveTimeout: Duration = .seconds(5)) throws(SystemError) {
    let descriptor = Descriptor(
      owning: try SystemCall.retrying("socket(AF_NETLINK)") {
        socket(AF_NETLINK, Int32(SOCK_RAW.rawValue | SOCK_CLOEXEC.rawValue), family)
      })
    let number = descriptor.number
    // Port id 0: the kernel chooses; a process id as port id collides with other sockets of the process (netlink(7)).
    var address = sockaddr_nl()
    address.nl_family = sa_family_t(AF_NETLINK)
    try SystemCall.retrying("bind(AF_NETLINK)") {
      withUnsafeBytes(of: &address) {
        bind(number, $0.baseAddress?.assumingMemoryBound(to: sockaddr.self), socklen_t($0.count))
      }
    }
    try self.init(descriptor, receiveTimeout: receiveTimeout)
  }

  /// Speaks netlink over a datagram socket at whose other end the kernel, or a test, answers.
  ///
  /// - Parameters:
  ///   - descriptor: the socket.
  ///   - receiveTimeout: how long to wait for one datagram.
  ///   - timeLimit: how long an exchange may go on, so that one without an end has one. A million sockets take two seconds.
  /// - Throws: `SystemError` where the timeout cannot be set.
  package init(
    _ descriptor: consuming Descriptor, receiveTimeout: Duration, timeLimit: Duration = .seconds(60)
  ) throws(SystemError) {
    var timeout = timeval(
      tv_sec: Int(receiveTimeout.components.seconds),
      tv_usec: Int(receiveTimeout.components.attoseconds / 1_000_000_000_000))
    let number = descriptor.number
    try SystemCall.retrying("setsockopt(SO_RCVTIMEO)") {
      setsockopt(number, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
    }
    self.descriptor = descriptor
    self.timeLimit = timeLimit
    // The kernel fills at most 32 KiB a datagram for a reader with this much room (netlink_dump, af_netlink.c).
    buffer = [UInt8](repeating: 0, count: 1 << 16)
  }

  /// Asks for a dump and hands the payload of every answering message to `body`.
  ///
  /// A dump that changed under the kernel's hands is thrown away, announced by `restart`, and asked for again; after five
  /// disturbed ones the last is kept, because a busy machine may never hold still.
  ///
  /// - Parameters:
  ///   - type: the message type of the request.
  ///   - payload: what follows its header.
  ///   - smallest: how many bytes the payload of every answer has at least.
  ///   - restart: forgets what was handed over.
  ///   - body: takes the payload of each answer, valid only during the call.
  /// - Throws: `SystemError`: the errno the kernel answered, EAGAIN after the receive timeout, ETIMEDOUT for an answer without
  ///   an end, EPROTO for bytes that are no netlink messages, with their offset in the datagram, EMSGSIZE for a datagram that
  ///   was cut, ENOBUFS where the kernel lost messages.
  package mutating func dump(
    type: UInt16, payload: [UInt8], smallest: Int = 0, restart: () -> Void, _ body: (UnsafeRawBufferPointer) -> Void
  ) throws(SystemError) {
    for _ in 0..<Self.disturbedDumps {
      restart()
      let isDisturbed = try exchange(
        type: type, flags: NetlinkMessage.Flags.dump, payload: payload, smallest: smallest, endsWithDone: true, body)
      if !isDisturbed { return }
    }
  }

  /// Asks one question and hands the one answer's payload to `body`; see `dump` for what it throws.
  package mutating func ask(
    type: UInt16, payload: [UInt8], _ body: (UnsafeRawBufferPointer) -> Void
  ) throws(SystemError) {
    _ = try exchange(type: type, flags: 0, payload: payload, smallest: 0, endsWithDone: false, body)
  }

  private mutating func exchange(
    type: UInt16, flags: UInt16, payload: [UInt8], smallest: Int, endsWithDone: Bool,
    _ body: (UnsafeRawBufferPointer) -> Void
  ) throws(SystemError) -> Bool {
    sequence &+= 1
    let request = NetlinkMessage.encode(type: type, flags: flags, sequence: sequence, payload: payload)
    let number = descriptor.number
    try SystemCall.retrying("send(AF_NETLINK)") { send(number, request, request.count, 0) }
    let began = ContinuousClock.now
    var isDisturbed = false
    while true {
      // MSG_TRUNC makes recv tell the datagram's true length, so that a cut one is seen (recv(2)).
      let count = try SystemCall.retrying("recv(AF_NETLINK)") {
        recv(number, &buffer, buffer.count, Int32(MSG_TRUNC))
      }
      guard count <= buffer.count else {
        throw SystemError(call: "recv(AF_NETLINK), \(count) bytes in a datagram", errno: EMSGSIZE)
      }
      // The other end is gone; the kernel never is.
      guard count > 0 else { throw SystemError(call: "recv(AF_NETLINK)", errno: EPROTO) }
      var end: NetlinkMessage.End?
      var malformed: Int?
      let misfit = buffer.withUnsafeBytes { bytes in
        NetlinkMessage.forEach(in: UnsafeRawBufferPointer(rebasing: bytes[..<count])) { message, offset in
          // A late answer to an exchange that timed out.
          guard message.sequence == sequence, end == nil, malformed == nil, !message.isEmpty else { return }
          if message.isDisturbed { isDisturbed = true }
          if let ending = message.end {
            end = ending
          } else if message.payload.count < smallest {
            malformed = offset
          } else {
            body(message.payload)
            if !endsWithDone { end = .done }
          }
        }
      }
      if let offset = malformed ?? misfit {
        throw SystemError(call: "recv(AF_NETLINK), a message at byte \(offset) of \(count)", errno: EPROTO)
      }
      switch end {
      case nil:
        guard ContinuousClock.now - began < timeLimit else {
          throw SystemError(call: "recv(AF_NETLINK), an answer without an end", errno: ETIMEDOUT)
        }
      case .done: return isDisturbed
      case .failed(let code): throw SystemError(call: "netlink", errno: code)
      }
    }
  }
}
