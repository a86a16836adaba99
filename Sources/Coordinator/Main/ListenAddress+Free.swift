internal import Glibc
internal import Model

extension ListenAddress {
  /// Asked before anything is started, so that a taken address costs one line and leaves no half-started server behind.
  /// Somebody may still take it in between; then the server's own attempt fails.
  ///
  /// Throws a `StartError` if another program listens there.
  func demandFree() throws {
    let descriptor = socket(address.family == .ipv4 ? AF_INET : AF_INET6, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    var yes: Int32 = 1
    // As the server does: connections that linger from the time before a restart are in nobody's way (socket(7)).
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
    let isTaken =
      switch address.family {
      case .ipv4: isBindRefused(descriptor, ipv4)
      case .ipv6: isBindRefused(descriptor, ipv6)
      }
    if isTaken { throw inUse }
  }

  var inUse: StartError {
    StartError("\(self) is in use by another program; choose another address with --listen")
  }

  private var ipv4: sockaddr_in {
    var place = sockaddr_in()
    place.sin_family = sa_family_t(AF_INET)
    place.sin_port = port.bigEndian
    place.sin_addr.s_addr = UInt32(truncatingIfNeeded: address.value).bigEndian
    return place
  }

  private var ipv6: sockaddr_in6 {
    var place = sockaddr_in6()
    place.sin6_family = sa_family_t(AF_INET6)
    place.sin6_port = port.bigEndian
    withUnsafeBytes(of: address.value.bigEndian) { octets in
      withUnsafeMutableBytes(of: &place.sin6_addr) { $0.copyBytes(from: octets) }
    }
    return place
  }

  private func isBindRefused<Place>(_ descriptor: Int32, _ place: Place) -> Bool {
    withUnsafeBytes(of: place) { bytes in
      guard let pointer = bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self) else { return false }
      return bind(descriptor, pointer, socklen_t(bytes.count)) != 0 && errno == EADDRINUSE
    }
  }
}
