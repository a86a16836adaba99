internal import Glibc
package import LinuxSystem
package import Model

/// An address that one of this host's interfaces carries.
package struct InterfaceAddress: Hashable, Sendable {
  package let interface: String
  package let index: UInt32
  package let address: IPAddress
  package let prefixLength: Int
}

/// The addresses of this host.
package enum InterfaceAddresses {
  /// Reads them from the kernel (getifaddrs(3)); blocks only for that exchange. Interfaces without address are left out.
  package static func current() throws(SystemError) -> [InterfaceAddress] {
    var head: UnsafeMutablePointer<ifaddrs>?
    try SystemCall.retrying("getifaddrs") { getifaddrs(&head) }
    defer { freeifaddrs(head) }
    var addresses: [InterfaceAddress] = []
    var next = head
    while let entry = next?.pointee {
      next = entry.ifa_next
      guard let address = address(at: entry.ifa_addr) else { continue }
      let mask = Self.address(at: entry.ifa_netmask)
      addresses.append(
        InterfaceAddress(
          interface: String(cString: entry.ifa_name), index: if_nametoindex(entry.ifa_name), address: address,
          prefixLength: mask?.value.nonzeroBitCount ?? address.family.bitWidth))
    }
    return addresses
  }

  private static func address(at pointer: UnsafeMutablePointer<sockaddr>?) -> IPAddress? {
    guard let pointer else { return nil }
    switch Int32(pointer.pointee.sa_family) {
    case AF_INET:
      let address = UnsafeRawPointer(pointer).loadUnaligned(as: sockaddr_in.self).sin_addr
      return withUnsafeBytes(of: address) { IPAddress(octets: $0) }
    case AF_INET6:
      let address = UnsafeRawPointer(pointer).loadUnaligned(as: sockaddr_in6.self).sin6_addr
      return withUnsafeBytes(of: address) { IPAddress(octets: $0) }
    default:
      return nil
    }
  }
}
