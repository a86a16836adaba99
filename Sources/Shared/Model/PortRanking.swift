/// Ports in the order in which we expect to find them open: our own list, for `-F` and `--top-ports`.
///
/// It was made from the services that Debian's netbase and IANA's registry name, and from judgement: first the hundred
/// that every scanner's list and every firewall's default agrees on, then default ports of software in use now by
/// documentation of the products, then protocols that linger in old networks, and last the places where dynamic ports
/// begin (Windows and Linux hand out RPC ports from the bottom of their ranges) and where people put a second or third
/// server beside the first (8000 and on, 9000 and on, 10000 and on). No survey's data is in it.
package enum PortRanking {
  /// Ranked ports, best first, none twice.
  package static func ports(of transport: TransportProtocol) -> [Port] {
    switch transport {
    case .tcp: tcp
    case .udp: udp
    case .sctp: sctp
    }
  }

  private static let tcp = expanded(tcpText)
  private static let udp = expanded(udpText)
  private static let sctp = expanded(sctpText)

  /// Reads `80 443 8000-8010`; a port counts where it stands first.
  private static func expanded(_ text: String) -> [Port] {
    var seen: Set<UInt16> = []
    var ports: [Port] = []
    for word in text.split(whereSeparator: \.isWhitespace) {
      let ends = word.split(separator: "-").compactMap { UInt16($0) }
      guard let first = ends.first, let last = ends.last, first <= last else { continue }
      for number in first...last where seen.insert(number).inserted { ports.append(Port(number)) }
    }
    return ports
  }
}
