internal import CLinux
internal import Glibc
internal import LinuxSystem
internal import Model

/// Asks the kernel how it would reach a host, and whether a neighbour answers (rtnetlink(7)).
///
/// Engine thread only. The kernel answers within the call: a few microseconds, once a host.
struct RouteReader: ~Copyable {
  /// The kernel's choice for one destination.
  struct Route: Equatable {
    /// The destination is one of this host's own addresses.
    let isLocal: Bool
    let interfaceIndex: UInt32

    /// nil where the destination is on the link itself.
    let gateway: IPAddress?
  }

  /// What the neighbour table says of a next hop (include/uapi/linux/neighbour.h).
  enum Neighbour: Equatable {
    /// It told its hardware address, or answered otherwise, a short while ago (RFC 4861, 7.3.2, REACHABLE).
    case confirmed

    /// Its hardware address is known from earlier, and the kernel is about to ask whether it still holds or is asking (DELAY,
    /// PROBE): packets leave meanwhile.
    case doubted

    /// Its hardware address was entered by hand, or nobody asked for it lately: packets leave, and nobody need be there.
    case known

    /// It was asked for and has not answered yet.
    case asked

    /// It did not answer.
    case silent

    /// Nobody asked for it, or the kernel does not tell.
    case unknown

    var isSilent: Bool { self == .asked || self == .silent }
  }

  private var netlink: NetlinkSocket

  /// What was asked before, by interface index.
  private var resolving: [UInt32: Bool] = [:]

  init() throws(SystemError) { netlink = try NetlinkSocket(family: NETLINK_ROUTE, receiveTimeout: .seconds(1)) }

  /// nil where there is no route, or the kernel does not tell.
  mutating func route(to address: IPAddress, scope: UInt32) -> Route? {
    var request = rtmsg()
    request.rtm_family = Self.family(address)
    request.rtm_dst_len = UInt8(address.family.bitWidth)
    var payload = withUnsafeBytes(of: request) { Array($0) }
    payload += NetlinkMessage.encodeAttribute(type: Int(RTA_DST.rawValue), value: address.octets)
    if scope != 0 {
      payload += NetlinkMessage.encodeAttribute(
        type: Int(RTA_OIF.rawValue), value: withUnsafeBytes(of: scope) { Array($0) })
    }
    var route: Route?
    try? netlink.ask(type: UInt16(RTM_GETROUTE), payload: payload) { answer in
      guard answer.count >= MemoryLayout<rtmsg>.size else { return }
      let header = answer.loadUnaligned(as: rtmsg.self)
      var index: UInt32 = 0
      var gateway: IPAddress?
      let attributes = UnsafeRawBufferPointer(rebasing: answer[MemoryLayout<rtmsg>.size...])
      NetlinkMessage.forEachAttribute(in: attributes) { type, value in
        switch type {
        case Int(RTA_OIF.rawValue) where value.count >= 4: index = value.loadUnaligned(as: UInt32.self)
        case Int(RTA_GATEWAY.rawValue): gateway = IPAddress(octets: value)
        // A gateway of the other family: struct rtvia is a family in two bytes, then the address.
        case Int(RTA_VIA.rawValue): gateway = IPAddress(octets: value.dropFirst(2))
        default: break
        }
      }
      route = Route(
        isLocal: Int(header.rtm_type) == Int(RTN_LOCAL), interfaceIndex: index, gateway: gateway)
    }
    return route
  }

  /// Whether hosts on the interface's link are found by ARP or neighbour discovery: not on loopback, nor on tunnels and other
  /// links of two ends (netdevice(7), SIOCGIFFLAGS).
  mutating func resolvesNeighbours(interfaceIndex: UInt32) -> Bool {
    if let known = resolving[interfaceIndex] { return known }
    let result = flags(interfaceIndex: interfaceIndex).map {
      $0 & UInt32(IFF_LOOPBACK | IFF_POINTOPOINT | IFF_NOARP) == 0
    }
    resolving[interfaceIndex] = result ?? false
    return result ?? false
  }

  /// Whether the interface's link carries anything: administratively up, and with a carrier (netdevice(7), IFF_RUNNING).
  mutating func isLinkUp(interfaceIndex: UInt32) -> Bool {
    flags(interfaceIndex: interfaceIndex).map { $0 & UInt32(IFF_UP | IFF_RUNNING) == UInt32(IFF_UP | IFF_RUNNING) }
      ?? false
  }

  private mutating func flags(interfaceIndex: UInt32) -> UInt32? {
    var request = ifinfomsg()
    request.ifi_index = Int32(bitPattern: interfaceIndex)
    var flags: UInt32?
    try? netlink.ask(type: UInt16(RTM_GETLINK), payload: withUnsafeBytes(of: request) { Array($0) }) { answer in
      guard answer.count >= MemoryLayout<ifinfomsg>.size else { return }
      flags = answer.loadUnaligned(as: ifinfomsg.self).ifi_flags
    }
    return flags
  }

  /// What is known of the next hop towards `address`.
  mutating func neighbour(towards address: IPAddress, scope: UInt32) -> Neighbour {
    guard let route = route(to: address, scope: scope), !route.isLocal else { return .unknown }
    let hop = route.gateway ?? address
    var request = ndmsg()
    request.ndm_family = Self.family(hop)
    request.ndm_ifindex = Int32(bitPattern: route.interfaceIndex)
    let payload =
      withUnsafeBytes(of: request) { Array($0) }
      + NetlinkMessage.encodeAttribute(type: Int(NDA_DST), value: hop.octets)
    var neighbour = Neighbour.unknown
    // Without an entry (ENOENT) nobody was asked for: then it was not the neighbour that failed.
    try? netlink.ask(type: UInt16(RTM_GETNEIGH), payload: payload) { answer in
      guard answer.count >= MemoryLayout<ndmsg>.size else { return }
      let state = Int32(answer.loadUnaligned(as: ndmsg.self).ndm_state)
      if state & NUD_FAILED != 0 {
        neighbour = .silent
      } else if state & NUD_INCOMPLETE != 0 {
        neighbour = .asked
      } else if state & NUD_REACHABLE != 0 {
        neighbour = .confirmed
      } else if state & (NUD_DELAY | NUD_PROBE) != 0 {
        neighbour = .doubted
      } else if state & (NUD_STALE | NUD_PERMANENT | NUD_NOARP) != 0 {
        neighbour = .known
      }
    }
    return neighbour
  }

  private static func family(_ address: IPAddress) -> UInt8 { UInt8(address.family == .ipv4 ? AF_INET : AF_INET6) }
}
