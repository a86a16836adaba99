internal import CLinux
package import SocketFilter

extension SocketState {
  /// TCP_BOUND_INACTIVE of the kernel's tcp_states.h (linux 6.8), which netinet/tcp.h and the exported headers lack.
  private static let boundInactiveNumber: UInt8 = 13

  /// The kernel's number for it (netinet/tcp.h, as in the kernel's tcp_states.h).
  package var number: UInt8 {
    switch self {
    case .established: UInt8(TCP_ESTABLISHED)
    case .synSent: UInt8(TCP_SYN_SENT)
    case .synReceived: UInt8(TCP_SYN_RECV)
    case .finWait1: UInt8(TCP_FIN_WAIT1)
    case .finWait2: UInt8(TCP_FIN_WAIT2)
    case .timeWait: UInt8(TCP_TIME_WAIT)
    case .unconnected: UInt8(TCP_CLOSE)
    case .closeWait: UInt8(TCP_CLOSE_WAIT)
    case .lastAck: UInt8(TCP_LAST_ACK)
    case .listening: UInt8(TCP_LISTEN)
    case .closing: UInt8(TCP_CLOSING)
    case .boundInactive: Self.boundInactiveNumber
    }
  }

  package init?(number: UInt8) {
    guard number < Self.byNumber.count, let state = Self.byNumber[Int(number)] else { return nil }
    self = state
  }

  /// An array, because every socket of a dump is looked up.
  private static let byNumber: [SocketState?] = (0..<16).map { number in allCases.first { $0.number == number } }
}

extension Set<SocketState> {
  /// The bits of `inet_diag_req_v2.idiag_states`.
  var mask: UInt32 { reduce(0) { $0 | 1 << UInt32($1.number) } }
}
