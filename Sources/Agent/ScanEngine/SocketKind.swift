internal import CLinux
internal import Glibc
internal import LinuxSystem
internal import Model

/// The kinds of sockets that probes use.
enum SocketKind: Int, CaseIterable {
  case tcpIPv4, tcpIPv6, udpIPv4, udpIPv6, echoIPv4, echoIPv6

  enum Transport { case tcp, udp, echo }

  init(_ transport: Transport, _ family: IPAddress.Family) {
    switch (transport, family) {
    case (.tcp, .ipv4): self = .tcpIPv4
    case (.tcp, .ipv6): self = .tcpIPv6
    case (.udp, .ipv4): self = .udpIPv4
    case (.udp, .ipv6): self = .udpIPv6
    case (.echo, .ipv4): self = .echoIPv4
    case (.echo, .ipv6): self = .echoIPv6
    }
  }

  var transport: Transport {
    switch self {
    case .tcpIPv4, .tcpIPv6: .tcp
    case .udpIPv4, .udpIPv6: .udp
    case .echoIPv4, .echoIPv6: .echo
    }
  }

  var family: IPAddress.Family {
    switch self {
    case .tcpIPv4, .udpIPv4, .echoIPv4: .ipv4
    case .tcpIPv6, .udpIPv6, .echoIPv6: .ipv6
    }
  }

  /// A socket that does not block, keeps ICMP errors in its error queue and lingers nowhere.
  ///
  /// - Throws: `SystemError`: EMFILE or ENFILE, ENOBUFS, ENOMEM, EAFNOSUPPORT; for echo EACCES, where the caller's groups
  ///   are outside `net.ipv4.ping_group_range` (icmp(7)).
  func open() throws(SystemError) -> Descriptor {
    let domain = family == .ipv4 ? AF_INET : AF_INET6
    let type = transport == .tcp ? SOCK_STREAM : SOCK_DGRAM
    let protocolNumber = transport == .echo ? (family == .ipv4 ? IPPROTO_ICMP : IPPROTO_ICMPV6) : 0
    let flags = Int32(type.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    let descriptor = Descriptor(
      owning: try SystemCall.retrying("socket") { socket(domain, flags, Int32(protocolNumber)) })
    let number = descriptor.number
    if transport == .tcp {
      // Nothing lingers in TIME_WAIT: closing resets (socket(7), SO_LINGER).
      var linger = linger(l_onoff: 1, l_linger: 0)
      try SystemCall.retrying("setsockopt(SO_LINGER)") {
        setsockopt(number, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
      }
    }
    var on: Int32 = 1
    let (level, option) = family == .ipv4 ? (IPPROTO_IP, IP_RECVERR) : (IPPROTO_IPV6, IPV6_RECVERR)
    try SystemCall.retrying("setsockopt(IP_RECVERR)") {
      setsockopt(number, Int32(level), option, &on, socklen_t(MemoryLayout<Int32>.size))
    }
    return descriptor
  }
}
