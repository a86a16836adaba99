package import Model

/// What this host lets its agent do, whatever a coordinator says. Denied addresses win over allowed ones.
package struct LocalPolicy: Sendable {
  package static let keys: Set<String> = ["allow", "deny", "allow-ports", "deny-ports", "rate"]

  /// Addresses that may be probed; the private networks unless the file says otherwise.
  private let permitted: AddressSet
  private let ports: PortSelection?
  private let deniedPorts: PortSelection
  /// Probes a second at the most; nil: no ceiling of this host's.
  package let probesPerSecond: Int?

  package static let standard = LocalPolicy(
    permitted: PrivateNetworks.addresses, ports: nil, deniedPorts: PortSelection(), probesPerSecond: nil)

  private init(permitted: AddressSet, ports: PortSelection?, deniedPorts: PortSelection, probesPerSecond: Int?) {
    self.permitted = permitted
    self.ports = ports
    self.deniedPorts = deniedPorts
    self.probesPerSecond = probesPerSecond
  }

  /// Reads `policy.conf`. Host names are refused: they would mean something else tomorrow.
  package init(_ file: KeyValueFile, services: ServiceNames) throws(KeyValueFileError) {
    func addresses(_ key: String) throws(KeyValueFileError) -> AddressSet? {
      try file.value(key, "addresses and networks, separated by blanks") { text in
        guard let list = try? TargetList.parse(text.split(separator: " ").map(String.init)), list.hostNames.isEmpty
        else { return nil }
        return try? list.addresses(resolved: [:])
      }
    }
    func ports(_ key: String) throws(KeyValueFileError) -> PortSelection? {
      try file.value(key, "a port expression") {
        try? PortSelection.parse($0, names: services, activeProtocols: [.tcp, .udp, .sctp])
      }
    }
    let allowed = try addresses("allow") ?? PrivateNetworks.addresses
    self.init(
      permitted: allowed.subtracting(try addresses("deny") ?? AddressSet()), ports: try ports("allow-ports"),
      deniedPorts: try ports("deny-ports") ?? PortSelection(),
      probesPerSecond: try file.value("rate", "a positive number of probes a second") { text in
        Int(text).flatMap { $0 > 0 ? $0 : nil }
      })
  }

  /// Asked for each endpoint just before connecting.
  package func permits(_ host: HostAddress, _ endpoint: ProtocolPort) -> Bool {
    permitted.contains(host) && (ports?.contains(endpoint) ?? true) && !deniedPorts.contains(endpoint)
  }
}
