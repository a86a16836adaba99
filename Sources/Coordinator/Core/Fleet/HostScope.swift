package import Model

/// Within which host an address means one: empty for addresses that mean one host in the whole site, else the agent and
/// interface on which it was seen.
package struct HostScope: RawRepresentable, Hashable, Sendable {
  package let rawValue: String

  package init(rawValue: String) { self.rawValue = rawValue }

  package static let site = HostScope(rawValue: "")

  package static func host(_ agent: AgentID, interface: String) -> HostScope {
    HostScope(rawValue: "\(agent)/\(interface)")
  }

  /// Interfaces whose addresses mean nothing outside their host: container and virtual machine bridges (CLI.md).
  package static let hostLocalPrefixes = ["docker", "br-", "virbr", "cni", "podman"]

  /// The scope of an address probed or owned by an agent whose interfaces are `interfaces`.
  package static func of(
    _ host: HostAddress, for agent: AgentID, interfaces: [InterfaceAddress]
  ) -> HostScope {
    if host.address.isLoopback { return .host(agent, interface: "lo") }
    let network = interfaces.first { $0.network.contains(host.address) }
    if host.address.isLinkLocal {
      return .host(agent, interface: host.interface ?? network?.interface ?? "link")
    }
    guard let network, hostLocalPrefixes.contains(where: network.interface.hasPrefix) else { return .site }
    return .host(agent, interface: network.interface)
  }
}

/// An address of an agent's interface, with the network it lies in.
package struct InterfaceAddress: Hashable, Sendable {
  package var interface: String
  package var address: IPAddress
  package var prefixLength: Int

  /// - Precondition: the prefix is at most as long as the address.
  package init(interface: String, address: IPAddress, prefixLength: Int) {
    precondition((0...address.family.bitWidth).contains(prefixLength), "a prefix is at most as long as the address")
    self.interface = interface
    self.address = address
    self.prefixLength = prefixLength
  }

  package var network: AddressRange { AddressRange(network: address, prefixLength: prefixLength) }
}

extension HostScope {
  /// The agent inside whose host the address means one; nil for the site's own addresses.
  package var agent: AgentID? {
    self == .site ? nil : rawValue.split(separator: "/", maxSplits: 1).first.flatMap { AgentID(String($0)) }
  }
}
