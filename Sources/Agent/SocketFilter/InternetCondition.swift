package import Model

/// What one end of an Internet socket must be.
package struct InternetCondition: Hashable, Sendable {
  /// The socket's family, mapped addresses counting as IPv6; nil for any.
  package var family: IPAddress.Family?

  /// Nil for any address.
  package var networks: [AddressPrefix]?

  /// Nil for any port.
  package var ports: PortSet?

  package init(family: IPAddress.Family? = nil, networks: [AddressPrefix]? = nil, ports: PortSet? = nil) {
    self.family = family
    self.networks = networks
    self.ports = ports
  }

  package func accepts(_ end: FilterEndpoint) -> Bool {
    if let family, end.address.family != family { return false }
    if let ports, !ports.contains(end.port) { return false }
    if let networks, !networks.contains(where: { $0.contains(end.address) }) { return false }
    return true
  }
}
