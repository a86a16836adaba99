/// What a port belongs to. Raw values are the words printed and sent; `sctp` is named in port expressions and listed in
/// inventories.
package enum TransportProtocol: String, Hashable, Comparable, Sendable, Codable, CaseIterable {
  case tcp
  case udp
  case sctp

  package static func < (left: TransportProtocol, right: TransportProtocol) -> Bool { left.order < right.order }

  private var order: Int {
    switch self {
    case .tcp: 0
    case .udp: 1
    case .sctp: 2
    }
  }
}
