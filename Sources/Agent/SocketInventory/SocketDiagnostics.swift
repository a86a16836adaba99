internal import CLinux
internal import Glibc
internal import LinuxSystem
package import Model
package import SocketFilter

/// The codec of NETLINK_SOCK_DIAG for Internet sockets (sock_diag(7)): pure, reads any bytes without trapping.
package enum SocketDiagnostics {
  /// The message type of a request and of its answers.
  static let messageType = UInt16(SOCK_DIAG_BY_FAMILY)

  /// How many bytes the payload of an answer has at least.
  static let smallestAnswer = MemoryLayout<inet_diag_msg>.size

  /// The payload of a dump request for one family and protocol; nil for Unix sockets, which have a codec of their own.
  package static func request(
    _ socketProtocol: SocketProtocol, family: IPAddress.Family, states: Set<SocketState>
  ) -> [UInt8]? {
    var request = inet_diag_req_v2()
    switch socketProtocol {
    case .tcp: request.sdiag_protocol = UInt8(IPPROTO_TCP)
    case .udp: request.sdiag_protocol = UInt8(IPPROTO_UDP)
    case .udplite: request.sdiag_protocol = UInt8(IPPROTO_UDPLITE)
    case .raw: request.sdiag_protocol = UInt8(IPPROTO_RAW)
    case .sctp: request.sdiag_protocol = UInt8(IPPROTO_SCTP)
    case .unix: return nil
    }
    request.sdiag_family = UInt8(family == .ipv4 ? AF_INET : AF_INET6)
    request.idiag_states = states.mask
    return withUnsafeBytes(of: request) { Array($0) }
  }

  /// The message type and payload of a dump of TCP sockets of both families: one walk over the kernel's table instead of
  /// two. The older request of the two (inet_diag_dump_compat, net/ipv4/inet_diag.c, takes every family and TCP alone); its
  /// answers are the same.
  static let tcpMessageType = UInt16(TCPDIAG_GETSOCK)

  static func tcpRequest(states: Set<SocketState>) -> [UInt8] {
    var request = inet_diag_req()
    request.idiag_states = states.mask
    return withUnsafeBytes(of: request) { Array($0) }
  }

  /// One answer of the kernel, or nil for bytes that are none: too short, of another family, in an unknown state.
  package static func socket(
    from payload: UnsafeRawBufferPointer, _ socketProtocol: SocketProtocol
  ) -> DiagnosedSocket? {
    guard payload.count >= MemoryLayout<inet_diag_msg>.size else { return nil }
    let message = payload.loadUnaligned(as: inet_diag_msg.self)
    let family: IPAddress.Family
    switch Int32(message.idiag_family) {
    case AF_INET: family = .ipv4
    case AF_INET6: family = .ipv6
    default: return nil
    }
    guard var state = SocketState(number: message.idiag_state) else { return nil }
    // The kernel asks for these by a state of their own and tells them as closed; other closed TCP sockets are in no table.
    if socketProtocol == .tcp, state == .unconnected { state = .boundInactive }
    var isIPv6Only: Bool?
    var mark: UInt32?
    var cgroupID: UInt64?
    let attributes = UnsafeRawBufferPointer(rebasing: payload[MemoryLayout<inet_diag_msg>.size...])
    NetlinkMessage.forEachAttribute(in: attributes) { type, value in
      switch type {
      case Int(INET_DIAG_SKV6ONLY): if let flag = value.first { isIPv6Only = flag != 0 }
      case Int(INET_DIAG_MARK): if value.count >= 4 { mark = value.loadUnaligned(as: UInt32.self) }
      case Int(INET_DIAG_CGROUP_ID): if value.count >= 8 { cgroupID = value.loadUnaligned(as: UInt64.self) }
      default: break
      }
    }
    return DiagnosedSocket(
      socketProtocol: socketProtocol, family: family, state: state,
      localAddress: address(message.id.idiag_src, family: family),
      localPort: Port(UInt16(bigEndian: message.id.idiag_sport)),
      remoteAddress: address(message.id.idiag_dst, family: family),
      remotePort: Port(UInt16(bigEndian: message.id.idiag_dport)),
      interfaceIndex: message.id.idiag_if, receiveQueue: message.idiag_rqueue, sendQueue: message.idiag_wqueue,
      uid: message.idiag_uid, inode: message.idiag_inode,
      cookie: UInt64(message.id.idiag_cookie.1) << 32 | UInt64(message.id.idiag_cookie.0),
      isIPv6Only: family == .ipv6 ? isIPv6Only : nil, mark: mark, cgroupID: cgroupID,
      timer: SocketTimer(number: message.idiag_timer), timerMilliseconds: message.idiag_expires,
      retransmits: message.idiag_retrans)
  }

  /// The address in `idiag_src` or `idiag_dst`: four words in network byte order, of which IPv4 uses the first.
  private static func address(_ words: (UInt32, UInt32, UInt32, UInt32), family: IPAddress.Family) -> IPAddress {
    let first = UInt32(bigEndian: words.0)
    guard family == .ipv6 else { return IPAddress(ipv4: first) }
    let value = [words.1, words.2, words.3].reduce(UInt128(first)) { $0 << 32 | UInt128(UInt32(bigEndian: $1)) }
    return IPAddress(family: .ipv6, value: value)
  }
}
