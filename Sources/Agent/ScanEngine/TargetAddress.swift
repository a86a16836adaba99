internal import CLinux
internal import Glibc
internal import Model

/// Conversions between our addresses and the kernel's socket addresses.
enum TargetAddress {
  /// The socket address of an endpoint; an IPv4-mapped IPv6 address is probed as the IPv4 address that it means.
  static func make(_ address: IPAddress, port: Port, scope: UInt32) -> clinux_address {
    var result = clinux_address()
    let address = address.unmapped
    switch address.family {
    case .ipv4:
      result.v4.sin_family = sa_family_t(AF_INET)
      result.v4.sin_port = port.rawValue.bigEndian
      result.v4.sin_addr.s_addr = UInt32(truncatingIfNeeded: address.value).bigEndian
    case .ipv6:
      result.v6.sin6_family = sa_family_t(AF_INET6)
      result.v6.sin6_port = port.rawValue.bigEndian
      result.v6.sin6_scope_id = scope
      withUnsafeMutableBytes(of: &result.v6.sin6_addr) { $0.copyBytes(from: address.octets) }
    }
    return result
  }

  /// The address in a socket address; nil for one of another family.
  static func address(_ raw: clinux_address) -> IPAddress? {
    switch Int32(raw.any.sa_family) {
    case AF_INET: withUnsafeBytes(of: raw.v4.sin_addr) { IPAddress(octets: $0) }
    case AF_INET6: withUnsafeBytes(of: raw.v6.sin6_addr) { IPAddress(octets: $0) }
    default: nil
    }
  }

  /// Whether both name one endpoint; scope and flow label do not count, because the error queue leaves them out.
  static func isSameEndpoint(_ left: clinux_address, _ right: clinux_address) -> Bool {
    guard left.any.sa_family == right.any.sa_family else { return false }
    switch Int32(left.any.sa_family) {
    case AF_INET:
      return left.v4.sin_port == right.v4.sin_port && left.v4.sin_addr.s_addr == right.v4.sin_addr.s_addr
    case AF_INET6:
      var one = left.v6.sin6_addr
      var other = right.v6.sin6_addr
      return left.v6.sin6_port == right.v6.sin6_port && memcmp(&one, &other, MemoryLayout<in6_addr>.size) == 0
    default:
      return false
    }
  }

  /// The whole of `raw` as what system calls take.
  ///
  /// Not by way of `raw.any`: reading a member of a C union yields a copy of that member's 16 bytes, and the kernel would
  /// read past it.
  static func withPointer<Result, Failure: Error>(
    to raw: inout clinux_address, _ body: (UnsafeMutablePointer<sockaddr>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try withUnsafeMutablePointer(to: &raw) { pointer throws(Failure) in
      try body(UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: sockaddr.self))
    }
  }

  static func length(_ raw: clinux_address) -> socklen_t {
    socklen_t(
      Int32(raw.any.sa_family) == AF_INET ? MemoryLayout<sockaddr_in>.size : MemoryLayout<sockaddr_in6>.size)
  }

  /// The index of a zone: an interface's name, or its number as getaddrinfo(3) takes it too; nil for one that is not here.
  static func scope(of interface: String) -> UInt32? {
    let index = if_nametoindex(interface)
    return index != 0 ? index : UInt32(interface)
  }
}
