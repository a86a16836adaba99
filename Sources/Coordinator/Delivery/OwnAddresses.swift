internal import Glibc
package import Model
internal import Synchronization

/// The addresses of this machine's interfaces, read anew when they are asked for and some seconds old.
package final class OwnAddresses: Sendable {
  private let known = Mutex<(at: ContinuousClock.Instant, addresses: Set<IPAddress>)?>(nil)

  private static let life = Duration.seconds(10)

  package init() {}

  /// If the kernel does not tell, those that it told last.
  @Sendable package func current() -> Set<IPAddress> {
    known.withLock { known in
      if let known, .now - known.at < Self.life { return known.addresses }
      let addresses = Self.read() ?? known?.addresses ?? []
      known = (.now, addresses)
      return addresses
    }
  }

  private static func read() -> Set<IPAddress>? {
    var list: UnsafeMutablePointer<ifaddrs>?
    guard getifaddrs(&list) == 0 else { return nil }
    defer { freeifaddrs(list) }
    var found: Set<IPAddress> = []
    var entry = list
    while let current = entry?.pointee {
      if let address = current.ifa_addr.flatMap(address) { found.insert(address) }
      entry = current.ifa_next
    }
    return found
  }

  private static func address(of pointer: UnsafeMutablePointer<sockaddr>) -> IPAddress? {
    let raw = UnsafeRawPointer(pointer)
    switch Int32(pointer.pointee.sa_family) {
    case AF_INET:
      return withUnsafeBytes(of: raw.loadUnaligned(as: sockaddr_in.self).sin_addr) { IPAddress(octets: $0) }
    case AF_INET6:
      return withUnsafeBytes(of: raw.loadUnaligned(as: sockaddr_in6.self).sin6_addr) { IPAddress(octets: $0) }
    default: return nil
    }
  }
}
