package import Model
package import Wire

/// Counts established TCP connections by listener and by peer network, one after the other, and keeps none of them.
package struct ConnectionCounter: Sendable {
  private struct End: Hashable {
    let namespace: UInt64?
    let port: Port
  }

  private struct Peer: Hashable {
    let network: IPAddress
    let outboundPort: Port?
  }

  /// The TCP listeners at a port of a namespace: few.
  private var listeners: [End: [ListenerReport]] = [:]
  private var peers: [Peer: Int] = [:]

  /// How many connections each TCP listener has.
  package private(set) var connections: [ListenerReport.Key: Int] = [:]

  package init(listeners: [ListenerReport]) {
    for listener in listeners where listener.transport == .tcp {
      self.listeners[End(namespace: listener.namespace, port: listener.port), default: []].append(listener)
      connections[listener.key] = 0
    }
  }

  /// A connection whose local end is a listener's was made to it; any other was made from here.
  package mutating func count(
    namespace: UInt64?, local: IPAddress, port: Port, remote: IPAddress, remotePort: Port
  ) {
    let local = local.unmapped
    let listener = listeners[End(namespace: namespace, port: port)]?.filter { Self.takes($0, local) }
      .max { ($0.address.isUnspecified ? 0 : 1) < ($1.address.isUnspecified ? 0 : 1) }
    if let listener { connections[listener.key, default: 0] += 1 }
    let network = AddressRange(network: remote.unmapped, prefixLength: Self.prefixLength(remote.unmapped)).first
    peers[Peer(network: network, outboundPort: listener == nil ? remotePort : nil), default: 0] += 1
  }

  private static func takes(_ listener: ListenerReport, _ address: IPAddress) -> Bool {
    let bound = listener.address.unmapped
    if bound == address { return true }
    guard bound.isUnspecified else { return false }
    return bound.family == address.family || (listener.address == .ipv6Unspecified && !listener.isIPv6Only)
  }

  private static func prefixLength(_ address: IPAddress) -> Int { address.family == .ipv4 ? 24 : 64 }

  /// The networks with the most connections; equal ones in the order of their addresses, so that a report does not change
  /// where nothing did.
  package var summary: PeersReport {
    let ordered = peers.sorted { left, right in
      if left.value != right.value { return left.value > right.value }
      return (left.key.network, left.key.outboundPort ?? 0) < (right.key.network, right.key.outboundPort ?? 0)
    }
    return PeersReport(
      networks: ordered.prefix(WireLimits.peerNetworks).map { peer, count in
        PeersReport.Network(
          address: peer.network, prefixLength: Self.prefixLength(peer.network), outboundPort: peer.outboundPort,
          connections: count)
      }, others: ordered.dropFirst(WireLimits.peerNetworks).reduce(0) { $0 + $1.value })
  }
}
