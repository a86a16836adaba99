package import Model

/// With which networks a host has TCP connections now.
package struct PeersReport: WireRequest, Hashable {
  /// The connections with one network: those that it made to this host, or those made to one port there.
  package struct Network: WireRequest, Hashable {
    /// The first address of a /24 or a /64.
    package var address: IPAddress
    package var prefixLength: Int
    /// The port there of connections that this host made; absent for those made to a listener of this host.
    package var outboundPort: Port?
    package var connections: Int

    package init(address: IPAddress, prefixLength: Int, outboundPort: Port?, connections: Int) {
      self.address = address
      self.prefixLength = prefixLength
      self.outboundPort = outboundPort
      self.connections = connections
    }

    private enum CodingKeys: String, ListedFields { case address, prefixLength, outboundPort, connections }
    package static var fieldNames: Set<String> { CodingKeys.names }
  }

  /// Those with the most connections, at most `WireLimits.peerNetworks`.
  package var networks: [Network]
  /// How many connections there are with all the others.
  package var others: Int

  package init(networks: [Network] = [], others: Int = 0) {
    self.networks = networks
    self.others = others
  }

  private enum CodingKeys: String, ListedFields { case networks, others }
  package static var fieldNames: Set<String> { CodingKeys.names }
  package static var nestedFields: [String: any WireRequest.Type] { ["networks": Network.self] }
}
