internal import Glibc
internal import Model

/// What the kernel's answer to a probe means: the table of states, as a pure function of errno and ICMP evidence.
///
/// errno alone does not do: nft's default reject looks like a closed port, and a failed neighbour like a router's word.
enum ProbeVerdict: Equatable {
  case settled(EndpointState, ProbeReason)

  /// Nothing was heard.
  case silence

  /// This host ran out of something that comes back: try again later.
  case shortage

  /// The kernel gave the socket up for a reason it no longer knows: try again.
  case mishap

  /// Where the ICMP error came from.
  enum Sender {
    /// From the target itself.
    case target

    /// From the network.
    case elsewhere

    /// From this host itself: a local firewall, or a local route that forbids.
    case here

    /// From this host itself, because the neighbour that the packet had to go to did not answer ARP or neighbour
    /// discovery.
    case hereForSilentNeighbour
  }

  /// The verdict on an errno that came without ICMP error; 0 for a connection.
  ///
  /// For datagrams too: what is left of errno without ICMP error is this host's own word, except that a refusal needs its
  /// ICMP error to mean anything.
  init(errno: Int32) {
    switch errno {
    // A reset or closed connection was a connection first: the SYN was answered by SYN and ACK.
    case 0, EISCONN, ECONNRESET, EPIPE: self = .settled(.open, .synAck)
    case ECONNREFUSED: self = .settled(.closed, .connectionRefused)
    case ETIMEDOUT: self = .silence
    case EMFILE, ENFILE, EADDRNOTAVAIL, ENOBUFS, EAGAIN, ENOMEM: self = .shortage
    // Without ICMP error it is this host's own routing table that says so (connect(2)).
    case ENETUNREACH, EHOSTUNREACH, EAFNOSUPPORT: self = .settled(.unchecked, .noLocalRoute)
    case EPERM, EACCES: self = .settled(.unchecked, .localDenied)
    case ECONNABORTED: self = .mishap
    default: self = .settled(.unchecked, .localError)
    }
  }

  /// The verdict on an ICMP error.
  ///
  /// A port unreachable from the target answers a UDP probe: the port is closed (RFC 1122, 4.1.3.1). It answers no TCP probe:
  /// there it is a firewall's word.
  init(_ icmp: IcmpEvidence, from sender: Sender, transport: SocketKind.Transport = .tcp) {
    switch sender {
    case .target where transport == .udp && icmp.isPortUnreachable:
      self = .settled(.closed, .portUnreachable)
    case .elsewhere, .target:
      switch icmp.family {
      case .ipv4: self = Self.ipv4(type: icmp.type, code: icmp.code)
      case .ipv6: self = Self.ipv6(type: icmp.type, code: icmp.code)
      }
    case .hereForSilentNeighbour:
      self = .settled(.unreachable, .hostUnreachable)
    case .here:
      // Our own word is no fact about the target. Code 0 of both protocols is "no route".
      let isRoute = icmp.code == 0 && (icmp.type == 3 && icmp.family == .ipv4 || icmp.type == 1 && icmp.family == .ipv6)
      self = .settled(.unchecked, isRoute ? .noLocalRoute : .localDenied)
    }
  }

  /// RFC 792 and RFC 1122, 3.2.2.1 (type 3), RFC 1812, 5.2.7.1 (codes 11 to 15).
  private static func ipv4(type: UInt8, code: UInt8) -> ProbeVerdict {
    switch (type, code) {
    case (3, 0), (3, 6), (3, 11): .settled(.unreachable, .networkUnreachable)
    case (3, 1), (3, 5), (3, 7), (3, 8), (3, 12): .settled(.unreachable, .hostUnreachable)
    case (3, 2): .settled(.filtered, .protocolUnreachable)
    case (3, 3): .settled(.filtered, .portUnreachable)
    case (3, 9): .settled(.filtered, .networkProhibited)
    case (3, 10): .settled(.filtered, .hostProhibited)
    case (3, 13...15): .settled(.filtered, .adminProhibited)
    // The packet went round in a loop.
    case (11, _): .settled(.unreachable, .hostUnreachable)
    default: .settled(.unchecked, .localError)
    }
  }

  /// RFC 4443, 3.1: codes 5 and 6 are special cases of code 1, prohibited.
  private static func ipv6(type: UInt8, code: UInt8) -> ProbeVerdict {
    switch (type, code) {
    case (1, 0), (1, 2): .settled(.unreachable, .networkUnreachable)
    case (1, 3): .settled(.unreachable, .hostUnreachable)
    case (1, 1), (1, 5), (1, 6): .settled(.filtered, .adminProhibited)
    case (1, 4): .settled(.filtered, .portUnreachable)
    case (3, _): .settled(.unreachable, .hostUnreachable)
    default: .settled(.unchecked, .localError)
    }
  }
}
