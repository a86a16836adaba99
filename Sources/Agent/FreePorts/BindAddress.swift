package import Model
internal import SocketFilter
package import SocketInventory

/// Where a port is to be bound.
package enum BindAddress: Hashable, Sendable {
  /// `::` with IPv4 (IPV6_V6ONLY off, ipv6(7)): every address of the host, as most servers do by default.
  case everywhere

  /// One address; `::` means IPv6 alone here, 0.0.0.0 IPv4 alone. A link-local address has the index of its interface.
  case address(IPAddress, interfaceIndex: UInt32)

  /// Whether a socket keeps a plain one from being bound here.
  package enum Conflict: Hashable, Sendable {
    case no
    case yes

    /// It depends on what the kernel does not tell: whether a connected IPv6 socket refuses IPv4.
    case perhaps
  }

  /// What `socket`, on the same port and of the same protocol, means for a socket that sets no option.
  ///
  /// The kernel's rule (inet_rcv_saddr_equal and inet_bind_conflict, net/ipv4/inet_connection_sock.c; UDP uses the same): two
  /// sockets meet where an address of one is an address of the other and neither is bound to another interface.
  package func conflict(with socket: DiagnosedSocket) -> Conflict {
    // A handshake under way is its listener's, and is not bound (inet_reqsk_alloc).
    guard socket.state != .synReceived else { return .no }
    guard case .address(let own, let interfaceIndex) = self else { return .yes }
    if interfaceIndex != 0, socket.interfaceIndex != 0, interfaceIndex != socket.interfaceIndex { return .no }
    let other = socket.localAddress.unmapped
    let isIPv6 = own.family == .ipv6
    if isIPv6 {
      // An IPv6 address meets IPv6 sockets: those on `::` whatever they say of IPv4, and those on itself.
      guard other.family == .ipv6 else { return .no }
      return own.isUnspecified || other.isUnspecified || other == own ? .yes : .no
    }
    if other.family == .ipv4 { return own.isUnspecified || other.isUnspecified || other == own ? .yes : .no }
    // An IPv6 socket in the way of IPv4: one that takes IPv4 too.
    if other.isUnspecified { return socket.isIPv6Only == true ? .no : socket.isIPv6Only == nil ? .perhaps : .yes }
    // On an IPv6 address of its own: bound there it refuses IPv4 (__inet6_bind), but connected from there it may not have been
    // bound at all, and then meets the wildcard of IPv4.
    guard own.isUnspecified, socket.state != .listening, socket.isIPv6Only != true else { return .no }
    return .perhaps
  }
}
