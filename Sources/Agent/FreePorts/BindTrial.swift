internal import CLinux
internal import Glibc
package import LinuxSystem
package import Model

/// Binds ports for a moment to see whether they can be: without options, without listening, closed at once.
package struct BindTrial {
  package enum Outcome: Hashable, Sendable {
    case bound
    case failed(Failure)
  }

  package struct Failure: Hashable, Sendable {
    package let errno: Int32

    package init(errno: Int32) { self.errno = errno }

    package static let inUse = Failure(errno: EADDRINUSE)
    package static let permission = Failure(errno: EACCES)
  }

  private let type: Int32
  private let family: Int32
  private let isIPv6Only: Bool
  private var address: clinux_address

  /// - Throws: `SystemError`: this host has no such address (EADDRNOTAVAIL), protocol or family, or descriptors ran out.
  package init(_ transport: TransportProtocol, at place: BindAddress) throws(SystemError) {
    type = Int32((transport == .udp ? SOCK_DGRAM : SOCK_STREAM).rawValue | SOCK_CLOEXEC.rawValue)
    address = clinux_address()
    switch place {
    case .everywhere:
      // A kernel without IPv6 says so at socket(2).
      let number = socket(AF_INET6, type, 0)
      if number >= 0 { close(number) }
      family = number < 0 && Glibc.errno == EAFNOSUPPORT ? AF_INET : AF_INET6
      isIPv6Only = false
    case .address(let own, let interfaceIndex):
      family = own.family == .ipv4 ? AF_INET : AF_INET6
      isIPv6Only = own.isUnspecified
      let octets = own.octets
      if own.family == .ipv4 {
        withUnsafeMutableBytes(of: &address.v4.sin_addr) { $0.copyBytes(from: octets) }
      } else {
        withUnsafeMutableBytes(of: &address.v6.sin6_addr) { $0.copyBytes(from: octets) }
        address.v6.sin6_scope_id = interfaceIndex
      }
    }
    address.any.sa_family = sa_family_t(family)
    // Port 0 is any: whether the address is one of this host.
    if case .failed(let failure) = try bind(0) { throw SystemError(call: "bind", errno: failure.errno) }
  }

  /// Binds a port and lets go of it.
  ///
  /// - Throws: `SystemError` where there is no socket to try with.
  package func bind(_ port: UInt16) throws(SystemError) -> Outcome {
    let descriptor = Descriptor(owning: try SystemCall.retrying("socket") { socket(family, type, 0) })
    let number = descriptor.number
    if family == AF_INET6 {
      var only: Int32 = isIPv6Only ? 1 : 0
      try SystemCall.retrying("setsockopt(IPV6_V6ONLY)") {
        setsockopt(number, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &only, socklen_t(MemoryLayout<Int32>.size))
      }
    }
    var address = address
    let size: Int
    if family == AF_INET {
      address.v4.sin_port = port.bigEndian
      size = MemoryLayout<sockaddr_in>.size
    } else {
      address.v6.sin6_port = port.bigEndian
      size = MemoryLayout<sockaddr_in6>.size
    }
    // The whole union: a pointer to one of its members, which are computed in Swift, is one to a copy of that member alone.
    let code = withUnsafeBytes(of: address) { bytes in
      let pointer = bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self)
      return SystemCall.once { Glibc.bind(number, pointer, socklen_t(size)) }
    }
    return code == 0 ? .bound : .failed(Failure(errno: code))
  }
}
