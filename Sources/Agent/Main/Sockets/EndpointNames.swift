internal import LocalSystem
internal import Model

/// Names of addresses and services for `-r`, each asked for once.
final class EndpointNames {
  private let services = SystemServices.load()
  private var hosts: [IPAddress: String?] = [:]

  /// Blocks for as long as the resolver does; addresses without a name stay numbers.
  func host(_ address: IPAddress) -> String? {
    if let known = hosts[address] { return known }
    let name = HostNames.name(of: address.unmapped)
    hosts[address] = .some(name)
    return name
  }

  func service(_ port: Port, _ transport: TransportProtocol) -> String? {
    services.name(of: ProtocolPort(transport, port))
  }
}
