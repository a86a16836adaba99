internal import Glibc
package import Model

/// Whether ports can be bound on this host, now and by this process.
package enum LocalPorts {
  /// Raw values are the words printed.
  package enum Obstacle: String, Hashable, Sendable, CaseIterable {
    case inUse = "in use"
    /// Below `net.ipv4.ip_unprivileged_port_start` (ip(7)), and this process lacks CAP_NET_BIND_SERVICE.
    case privileged
    /// A local limit or rule, or a protocol that this kernel lacks.
    case refused
  }

  /// What trying to bind told, and what the kernel's settings say of the port.
  package struct Finding: Equatable, Sendable {
    /// Nil where it can be bound on the wildcard address of every family that this host has.
    package let obstacle: Obstacle?

    /// Within `net.ipv4.ip_local_port_range`: any outgoing connection may take it at any time.
    package let isEphemeral: Bool

    /// In `net.ipv4.ip_local_reserved_ports`: the kernel never hands it out by itself.
    package let isReserved: Bool
  }

  /// Tries to bind `endpoint` on 0.0.0.0 and on `::`, without listening; the sockets are closed again at once.
  package static func bindable(_ endpoint: ProtocolPort) -> Finding {
    let attempts = [AF_INET, AF_INET6].map { bind(endpoint, family: $0) }
    let obstacles = attempts.compactMap { $0 }.filter { $0 != EAFNOSUPPORT && $0 != EADDRNOTAVAIL }
    let everyFamilyIsMissing = attempts.allSatisfy { $0 == EAFNOSUPPORT || $0 == EADDRNOTAVAIL }
    return Finding(
      obstacle: everyFamilyIsMissing ? .refused : obstacles.first.map(obstacle),
      isEphemeral: setting("ip_local_port_range").contains(endpoint.port),
      isReserved: setting("ip_local_reserved_ports").contains(endpoint.port))
  }

  private static func obstacle(_ error: Int32) -> Obstacle {
    switch error {
    case EADDRINUSE: .inUse
    case EACCES: .privileged
    default: .refused
    }
  }

  /// The error of socket(2) or bind(2), nil for success.
  private static func bind(_ endpoint: ProtocolPort, family: Int32) -> Int32? {
    let (type, number): (__socket_type, Int) =
      switch endpoint.transport {
      case .tcp: (SOCK_STREAM, IPPROTO_TCP)
      case .udp: (SOCK_DGRAM, IPPROTO_UDP)
      case .sctp: (SOCK_STREAM, IPPROTO_SCTP)
      }
    let descriptor = socket(family, Int32(type.rawValue) | Int32(SOCK_CLOEXEC.rawValue), Int32(number))
    guard descriptor >= 0 else { return errno == EPROTONOSUPPORT ? EPROTONOSUPPORT : errno }
    defer { close(descriptor) }
    var on: Int32 = 1
    let size = socklen_t(MemoryLayout<Int32>.size)
    // As servers do: connections of a former owner in TIME_WAIT do not keep the port from being listened on (tcp(7)).
    // Not for UDP, where it would let two sockets share a port.
    if endpoint.transport == .tcp { setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, size) }
    if family == AF_INET6 {
      // Otherwise :: claims 0.0.0.0 too and the second family would only meet the first.
      setsockopt(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &on, size)
      var address = sockaddr_in6()
      address.sin6_family = sa_family_t(AF_INET6)
      address.sin6_port = endpoint.port.rawValue.bigEndian
      return bind(descriptor, &address)
    }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = endpoint.port.rawValue.bigEndian
    return bind(descriptor, &address)
  }

  private static func bind<Address>(_ descriptor: Int32, _ address: inout Address) -> Int32? {
    let result = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.bind(descriptor, $0, socklen_t(MemoryLayout<Address>.size))
      }
    }
    return result == 0 ? nil : errno
  }

  /// Ports of a kernel setting: `low high`, or a list of ranges (kernel's Documentation/networking/ip-sysctl.rst).
  private static func setting(_ name: String) -> PortSet {
    guard let text = try? TextFile.read("/proc/sys/net/ipv4/\(name)", maximumBytes: 1 << 20) else { return PortSet() }
    let words = text.split { $0 == "\t" || $0 == " " || $0 == "\n" || $0 == "," }
    if name == "ip_local_port_range" {
      let ends = words.compactMap { UInt16($0) }
      return ends.count == 2 && ends[0] <= ends[1] ? PortSet([ends[0]...ends[1]]) : PortSet()
    }
    return PortSet(
      words.compactMap { word in
        let ends = word.split(separator: "-").compactMap { UInt16($0) }
        guard let first = ends.first, let last = ends.last, first <= last else { return nil }
        return first...last
      })
  }
}
