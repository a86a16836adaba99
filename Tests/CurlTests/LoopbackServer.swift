import Glibc
import Synchronization

/// A server for one test: plain sockets, a request a connection, answers that the test writes octet by octet.
final class LoopbackServer: Sendable {
  enum Reply: Sendable {
    /// Sends these octets and ends the connection.
    case bytes([UInt8])
    /// Keeps the connection open without a word, until the server stops.
    case silence
  }

  private let listener: Int32
  private let answer: @Sendable (String) -> Reply
  private let thread = Mutex<pthread_t?>(nil)
  private let connections = Mutex<[(descriptor: Int32, thread: pthread_t)]>([])
  let port: UInt16
  private let path: String?

  /// Listens on a free port of 127.0.0.1, or on a Unix socket at `path`.
  init(path: String? = nil, answer: @escaping @Sendable (_ request: String) -> Reply) throws {
    self.answer = answer
    self.path = path
    let family = path == nil ? AF_INET : AF_UNIX
    listener = socket(family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var bound = sockaddr_in()
    if let path {
      var address = sockaddr_un()
      address.sun_family = sa_family_t(AF_UNIX)
      withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
      try Self.listen(listener, &address)
    } else {
      bound.sin_family = sa_family_t(AF_INET)
      bound.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
      try Self.listen(listener, &bound)
    }
    port = UInt16(bigEndian: bound.sin_port)
    var handle = pthread_t()
    let code = pthread_create(
      &handle, nil,
      { context in
        if let context { Unmanaged<LoopbackServer>.fromOpaque(context).takeRetainedValue().serve() }
        return nil
      }, Unmanaged.passRetained(self).toOpaque())
    guard code == 0 else { throw Failure(call: "pthread_create", errno: code) }
    thread.withLock { $0 = handle }
  }

  struct Failure: Error {
    let call: String
    let errno: Int32
  }

  func stop() {
    // Ends accept in the first thread, then recv in the others.
    Glibc.shutdown(listener, Int32(SHUT_RDWR))
    if let handle = thread.withLock({ $0 }) { pthread_join(handle, nil) }
    close(listener)
    for (connection, handle) in connections.withLock({ $0 }) {
      Glibc.shutdown(connection, Int32(SHUT_RDWR))
      pthread_join(handle, nil)
      close(connection)
    }
    if let path { unlink(path) }
  }

  private static func listen<Address>(_ descriptor: Int32, _ address: inout Address) throws {
    var size = socklen_t(MemoryLayout<Address>.size)
    let isDone = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.bind(descriptor, $0, size) == 0 && Glibc.listen(descriptor, 512) == 0
          && getsockname(descriptor, $0, &size) == 0
      }
    }
    guard isDone else { throw Failure(call: "bind", errno: errno) }
  }

  /// Each connection has a thread, since a client may keep one open that it never uses.
  private func serve() {
    while true {
      let connection = accept(listener, nil, nil)
      guard connection >= 0 else { break }
      var handle = pthread_t()
      let context = Unmanaged.passRetained(Conversation(connection: connection, answer: answer))
      let code = pthread_create(
        &handle, nil,
        { context in
          if let context { Unmanaged<Conversation>.fromOpaque(context).takeRetainedValue().run() }
          return nil
        }, context.toOpaque())
      if code == 0 {
        connections.withLock { $0.append((connection, handle)) }
      } else {
        context.release()
        close(connection)
      }
    }
  }

  /// One request and its reply.
  private final class Conversation: Sendable {
    let connection: Int32
    let answer: @Sendable (String) -> Reply

    init(connection: Int32, answer: @escaping @Sendable (String) -> Reply) {
      self.connection = connection
      self.answer = answer
    }

    func run() {
      let request = LoopbackServer.request(on: connection)
      guard !request.isEmpty, case .bytes(let bytes) = answer(request) else { return }
      // MSG_NOSIGNAL: a client that went away must not end the test by SIGPIPE.
      var sent = 0
      while sent < bytes.count {
        let count = bytes[sent...].withUnsafeBytes { send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        if count <= 0 { break }
        sent += count
      }
      Glibc.shutdown(connection, Int32(SHUT_RDWR))
    }
  }

  /// Reads the head, and as much of a body as Content-Length says; of TLS whatever comes first.
  private static func request(on connection: Int32) -> String {
    var received: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      let text = String(decoding: received, as: UTF8.self)
      if let head = text.range(of: "\r\n\r\n") {
        let length =
          text.lowercased().split(separator: "\r\n").first { $0.hasPrefix("content-length:") }
          .flatMap { Int($0.split(separator: " ").last ?? "") } ?? 0
        if text.utf8.distance(from: head, to: text.utf8.endIndex) - 4 >= length { return text }
      }
      let count = recv(connection, &buffer, buffer.count, 0)
      if count <= 0 { return text }
      received += buffer[..<count]
      // A handshake record (RFC 8446, 5.1).
      if received.first == 0x16 { return "TLS" }
    }
  }
}

extension String {
  /// Where `part` begins.
  fileprivate func range(of part: String) -> String.Index? {
    let wanted = Array(part.utf8)
    return utf8.indices.first { utf8[$0...].starts(with: wanted) }
  }
}
