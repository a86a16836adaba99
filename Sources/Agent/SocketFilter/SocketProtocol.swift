/// What a socket speaks; raw values are the words printed.
package enum SocketProtocol: String, Hashable, Comparable, Sendable, Codable, CaseIterable {
  case tcp
  case udp
  case udplite
  case raw
  case sctp
  case unix

  /// Whether its ends are Internet addresses.
  package var isInternet: Bool { self != .unix }

  package static func < (left: SocketProtocol, right: SocketProtocol) -> Bool { left.rank < right.rank }

  /// The place in ss's order.
  package var rank: UInt8 {
    switch self {
    case .tcp: 0
    case .udp: 1
    case .udplite: 2
    case .raw: 3
    case .sctp: 4
    case .unix: 5
    }
  }
}
