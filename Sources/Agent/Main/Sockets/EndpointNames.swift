internal import LocalSystem
internal import Model
internal import Synchronization

/// Names of addresses and services for `-r`, each asked for once.
final class EndpointNames: Sendable {
  private let services = SystemServices.load()
  private let hosts = Mutex<[IPAddress: String?]>([:])

  /// Blocks for as long as the resolver does; addresses without a name stay numbers.
  func host(_ address: IPAddress) -> String? {
    if let known = hosts.withLock({ $0[address] }) { return known }
    let name = HostNames.name(of: address.unmapped)
    hosts.withLock { $0[address] = .some(name) }
    return name
  }

  func service(_ port: Port, _ transport: TransportProtocol) -> String? {
    services.name(of: ProtocolPort(transport, port))
  }
}
