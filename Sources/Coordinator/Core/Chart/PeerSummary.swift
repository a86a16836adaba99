package import Model

/// With which networks an agent's host had TCP connections when its last inventory was taken.
package struct PeerSummary: Hashable, Sendable, Codable {
  package struct Network: Hashable, Sendable, Codable {
    package var address: IPAddress
    package var prefixLength: Int
    /// The port there of connections that the host made; nil for those made to the host.
    package var outboundPort: Port?
    package var connections: Int

    package init(address: IPAddress, prefixLength: Int, outboundPort: Port?, connections: Int) {
      self.address = address
      self.prefixLength = prefixLength
      self.outboundPort = outboundPort
      self.connections = connections
    }
  }

  package var networks: [Network]
  /// How many connections there were with networks that are not listed.
  package var others: Int

  package init(networks: [Network], others: Int) {
    self.networks = networks
    self.others = others
  }
}
