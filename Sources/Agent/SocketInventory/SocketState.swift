internal import CLinux

/// The state of a socket as the kernel keeps it; raw values are the words that ss filters by.
///
/// UDP sockets know two: `unconnected` and, once connected, `established`.
package enum SocketState: String, Hashable, Sendable, Codable, CaseIterable {
  case established
  case synSent = "syn-sent"
  case synReceived = "syn-recv"
  case finWait1 = "fin-wait-1"
  case finWait2 = "fin-wait-2"
  case timeWait = "time-wait"
  case unconnected
  case closeWait = "close-wait"
  case lastAck = "last-ack"
  case listening
  case closing

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
    }
  }

  package init?(number: UInt8) {
    guard let state = Self.byNumber[number] else { return nil }
    self = state
  }

  private static let byNumber = Dictionary(uniqueKeysWithValues: allCases.map { ($0.number, $0) })

  /// Whether the kernel keeps such a socket without an owner: its rows carry uid 0 and inode 0, which mean nothing
  /// (inet_diag.c).
  package var isOwnerless: Bool { self == .timeWait || self == .synReceived }
}

extension Set<SocketState> {
  package static let all = Set(SocketState.allCases)

  /// What ss shows when asked for nothing in particular: all but listening, closed, time-wait and syn-recv.
  package static let connected = all.subtracting([.listening, .unconnected, .timeWait, .synReceived])

  /// What ss shows with `-l`: listening TCP and unconnected UDP.
  package static let waiting: Set<SocketState> = [.listening, .unconnected]

  /// The bits of `inet_diag_req_v2.idiag_states`.
  var mask: UInt32 { reduce(0) { $0 | 1 << UInt32($1.number) } }
}
