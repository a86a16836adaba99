internal import LocalSystem
internal import Model
internal import Synchronization

/// Names of addresses and services for `-r`, each asked for once, as long as they are not too many.
final class EndpointNames: Sendable {
  /// So many names are kept: all are forgotten before another comes, so that `--watch` on a busy host does not grow.
  static let limit = 16_384

  private let services = SystemServices.load()
  private let hosts = Mutex<[IPAddress: String?]>([:])

  /// Blocks for as long as the resolver does; addresses without a name stay numbers.
  func host(_ address: IPAddress) -> String? {
    if let known = hosts.withLock({ $0[address] }) { return known }
    let name = HostNames.name(of: address.unmapped)
    remember(name, of: address)
    return name
  }

  func remember(_ name: String?, of address: IPAddress) {
    hosts.withLock { known in
      if known.count >= Self.limit { known.removeAll(keepingCapacity: true) }
      known[address] = .some(name)
    }
  }

  var knownCount: Int { hosts.withLock { $0.count } }

  func service(_ port: Port, _ transport: TransportProtocol) -> String? {
    services.name(of: ProtocolPort(transport, port))
  }
}
