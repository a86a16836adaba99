internal import CLinux
internal import Glibc
internal import LinuxSystem
internal import SocketFilter

/// The codec of NETLINK_SOCK_DIAG for Unix sockets (sock_diag(7), linux/unix_diag.h): pure, reads any bytes without trapping.
enum UnixDiagnostics {
  /// How many bytes the payload of an answer has at least.
  static let smallestAnswer = MemoryLayout<unix_diag_msg>.size

  /// The payload of a dump request for names, peers, queues and users of sockets in `states`.
  static func request(states: Set<SocketState>) -> [UInt8] {
    var request = unix_diag_req()
    request.sdiag_family = UInt8(AF_UNIX)
    request.udiag_states = states.mask
    request.udiag_show = UInt32(UDIAG_SHOW_NAME | UDIAG_SHOW_PEER | UDIAG_SHOW_RQLEN | UDIAG_SHOW_UID)
    return withUnsafeBytes(of: request) { Array($0) }
  }

  /// One answer of the kernel, or nil for bytes that are none.
  static func socket(from payload: UnsafeRawBufferPointer) -> UnixSocket? {
    guard payload.count >= MemoryLayout<unix_diag_msg>.size else { return nil }
    let message = payload.loadUnaligned(as: unix_diag_msg.self)
    guard Int32(message.udiag_family) == AF_UNIX, let kind = UnixSocket.Kind(number: Int(message.udiag_type)),
      let state = SocketState(number: message.udiag_state)
    else { return nil }
    var path = ""
    var peer: UInt32?
    var queues: (UInt32, UInt32) = (0, 0)
    var uid: UInt32?
    let attributes = UnsafeRawBufferPointer(rebasing: payload[MemoryLayout<unix_diag_msg>.size...])
    NetlinkMessage.forEachAttribute(in: attributes) { type, value in
      switch type {
      case Int(UNIX_DIAG_NAME): path = UnixSocket.path(value)
      case Int(UNIX_DIAG_PEER): if value.count >= 4 { peer = value.loadUnaligned(as: UInt32.self) }
      case Int(UNIX_DIAG_RQLEN):
        if value.count >= 8 {
          queues = (
            value.loadUnaligned(as: UInt32.self), value.loadUnaligned(fromByteOffset: 4, as: UInt32.self)
          )
        }
      case Int(UNIX_DIAG_UID): if value.count >= 4 { uid = value.loadUnaligned(as: UInt32.self) }
      default: break
      }
    }
    return UnixSocket(
      kind: kind, state: state, path: path, inode: message.udiag_ino, peerInode: peer == 0 ? nil : peer,
      receiveQueue: queues.0, sendQueue: queues.1, uid: uid,
      cookie: UInt64(message.udiag_cookie.1) << 32 | UInt64(message.udiag_cookie.0))
  }
}

extension UnixSocket.Kind {
  /// The kernel's socket type (socket(2)).
  init?(number: Int) {
    switch number {
    case Int(SOCK_STREAM.rawValue): self = .stream
    case Int(SOCK_DGRAM.rawValue): self = .datagram
    case Int(SOCK_SEQPACKET.rawValue): self = .packet
    default: return nil
    }
  }
}

extension UnixSocket {
  /// A name as people read it: an abstract one begins with a zero byte, for which `@` stands, as for zeros inside it.
  static func path(_ bytes: UnsafeRawBufferPointer) -> String {
    var octets = Array(bytes)
    // A path is ended by a zero where it is shorter than its attribute; an abstract name may hold zeros.
    if octets.first != 0 { octets = Array(octets.prefix { $0 != 0 }) }
    return String(decoding: octets.map { $0 == 0 ? UInt8(ascii: "@") : $0 }, as: UTF8.self)
  }
}
