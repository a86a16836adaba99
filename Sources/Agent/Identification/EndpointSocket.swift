internal import CLinux
internal import Glibc
internal import LinuxSystem
internal import Model

/// Opens connections to endpoints without waiting for them.
enum EndpointSocket {
  /// Why there is no connection under way.
  enum Failure: Error {
    /// Something of this host ran out: try again later.
    case shortage(Int32)
    case unreachable(Int32)
  }

  /// The index of an interface (RFC 4007's zone) by its name or number; 0 for none.
  static func scope(of host: HostAddress) -> UInt32 {
    guard let interface = host.interface else { return 0 }
    let index = if_nametoindex(interface)
    return index != 0 ? index : UInt32(interface) ?? 0
  }

  /// A socket whose connect(2) has begun.
  static func connect(to host: IPAddress, port: Port, scope: UInt32) throws(Failure) -> Descriptor {
    var address = clinux_address()
    let host = host.unmapped
    let length: socklen_t
    switch host.family {
    case .ipv4:
      address.v4.sin_family = sa_family_t(AF_INET)
      address.v4.sin_port = port.rawValue.bigEndian
      address.v4.sin_addr.s_addr = UInt32(truncatingIfNeeded: host.value).bigEndian
      length = socklen_t(MemoryLayout<sockaddr_in>.size)
    case .ipv6:
      address.v6.sin6_family = sa_family_t(AF_INET6)
      address.v6.sin6_port = port.rawValue.bigEndian
      address.v6.sin6_scope_id = scope
      withUnsafeMutableBytes(of: &address.v6.sin6_addr) { $0.copyBytes(from: host.octets) }
      length = socklen_t(MemoryLayout<sockaddr_in6>.size)
    }
    let flags = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    let descriptor: Descriptor
    do {
      let domain = host.family == .ipv4 ? AF_INET : AF_INET6
      descriptor = Descriptor(owning: try SystemCall.retrying("socket") { socket(domain, flags, 0) })
    } catch {
      throw Failure.shortage(error.errno)
    }
    let number = descriptor.number
    let code = withUnsafeMutablePointer(to: &address) { pointer in
      SystemCall.once {
        Glibc.connect(number, UnsafeRawPointer(pointer).assumingMemoryBound(to: sockaddr.self), length)
      }
    }
    switch code {
    case 0, EINPROGRESS: return descriptor
    // No ephemeral port, no memory for the connection (connect(2), ip(7)).
    case EADDRNOTAVAIL, EAGAIN, ENOBUFS, ENOMEM, EADDRINUSE: throw Failure.shortage(code)
    default: throw Failure.unreachable(code)
    }
  }

  /// What became of connect(2) once the socket is writable: 0 or an errno; ECONNREFUSED for a socket that met itself, as
  /// happens where nobody listens on a loopback port that the kernel then picks as our own.
  static func connectError(_ number: Int32) -> Int32 {
    var code: Int32 = 0
    var length = socklen_t(MemoryLayout<Int32>.size)
    let failure = SystemCall.once { getsockopt(number, SOL_SOCKET, SO_ERROR, &code, &length) }
    guard failure == 0, code == 0 else { return failure != 0 ? failure : code }
    return isSelf(number) ? ECONNREFUSED : 0
  }

  private static func isSelf(_ number: Int32) -> Bool {
    var ends = (clinux_address(), clinux_address())
    var lengths = (socklen_t(MemoryLayout<clinux_address>.size), socklen_t(MemoryLayout<clinux_address>.size))
    let areKnown =
      withUnsafeMutablePointer(to: &ends.0) { pointer in
        SystemCall.once {
          getsockname(number, UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: sockaddr.self), &lengths.0)
        }
      } == 0
      && withUnsafeMutablePointer(to: &ends.1) { pointer in
        SystemCall.once {
          getpeername(number, UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: sockaddr.self), &lengths.1)
        }
      } == 0
    return areKnown && lengths.0 == lengths.1
      && memcmp(&ends.0, &ends.1, min(Int(lengths.0), MemoryLayout<clinux_address>.size)) == 0
  }

  /// Reads at most `limit` octets that are there, and whether the stream ended behind them: nobody tells of that again where
  /// events are edges.
  static func read(_ number: Int32, limit: Int) -> (octets: [UInt8], isOver: Bool) {
    var result: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 16_384)
    while result.count < limit {
      let wanted = min(chunk.count, limit - result.count)
      let count: Int
      do {
        count = try SystemCall.retrying("recv") { recv(number, &chunk, wanted, 0) }
      } catch {
        return (result, error.errno != EAGAIN)
      }
      if count == 0 { return (result, true) }
      result += chunk[..<count]
    }
    return (result, false)
  }

  /// Sends what the socket takes now: how many octets, or nil where the connection is broken.
  static func send(_ number: Int32, _ octets: ArraySlice<UInt8>) -> Int? {
    octets.withUnsafeBytes { bytes -> Int? in
      do throws(SystemError) {
        return try SystemCall.retrying("send") {
          Glibc.send(number, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
        }
      } catch {
        return error.errno == EAGAIN ? 0 : nil
      }
    }
  }
}
