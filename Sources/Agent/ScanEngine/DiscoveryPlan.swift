internal import Model

/// The probes by which a run asks whether a host is there, besides those of its ports: a bit each.
///
/// No privilege is needed: connections to ports that firewalls of servers, desktops and printers let through most often (a
/// refusal means that the host is up), and an ICMP echo where the kernel lets this process send one (icmp(7),
/// `ping_group_range`).
enum DiscoveryPlan {
  /// Bit 0 is the echo, then these in order.
  static let ports: [Port] = [443, 80, 22, 445, 3389].map { Port($0) }

  static let echo = 0
  static let echoAlone: UInt32 = 1 << UInt32(echo)
  static let all: UInt32 = (1 << UInt32(ports.count + 1)) - 1

  /// Offsets below zero name discovery probes in slots and lists.
  static func offset(ofBit bit: Int) -> Int { -1 - bit }

  static func bit(ofOffset offset: Int) -> Int { -1 - offset }
}
