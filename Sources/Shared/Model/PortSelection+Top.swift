extension PortSelection {
  /// The 100 TCP ports found most often: `-F`.
  package static let fast = top(100)

  /// The 1,000 TCP ports found most often: what is scanned when nothing is said.
  package static let standard = top(1000)

  /// The `count` ports of each protocol that are found most often, as `PortRanking` judges; all it ranks where that is
  /// fewer.
  package static func top(_ count: Int, _ protocols: Set<TransportProtocol> = [.tcp]) -> PortSelection {
    var result = PortSelection()
    for transport in protocols {
      result[transport] = PortSet(ports: PortRanking.ports(of: transport).prefix(max(count, 0)))
    }
    return result
  }

  /// The `count` ports of each protocol among those selected that are found most often: `--top-ports` beside `-p`.
  /// Ports without a rank are not chosen.
  package func top(_ count: Int) -> PortSelection {
    var result = PortSelection()
    for transport in TransportProtocol.allCases {
      let chosen = self[transport]
      result[transport] = PortSet(
        ports: PortRanking.ports(of: transport).lazy.filter { chosen.contains($0) }.prefix(max(count, 0)))
    }
    return result
  }
}
