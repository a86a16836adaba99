package import Model

/// The rules in force for one site at one time. Exclusions win over permissions; what no rule allows is refused.
package struct AuthorisedScope: Sendable {
  private let allowing: [(rule: ScopeRule, networks: AddressSet, ports: PortSelection?)]
  private let excluding: [(rule: ScopeRule, networks: AddressSet, ports: PortSelection?)]
  /// Rules that bound how fast their networks are probed; they permit nothing.
  package let limits: [(rule: ScopeRule, networks: AddressSet)]

  /// Throws an `ExpressionError` only if a stored rule's ports cannot be read, which inserting a rule rules out.
  package init(rules: [ScopeRule], site: SiteID, at time: Timestamp, services: ServiceNames) throws(ExpressionError) {
    var allowing: [(rule: ScopeRule, networks: AddressSet, ports: PortSelection?)] = []
    var excluding: [(rule: ScopeRule, networks: AddressSet, ports: PortSelection?)] = []
    var limits: [(rule: ScopeRule, networks: AddressSet)] = []
    for rule in rules where rule.site == nil || rule.site == site {
      if let until = rule.until, until <= time { continue }
      if rule.action == .limit {
        limits.append((rule, AddressSet(rule.networks.map { HostRange($0) })))
        continue
      }
      var ports: PortSelection?
      if let expression = rule.ports {
        ports = try PortSelection.parse(expression, names: services, activeProtocols: [.tcp, .udp, .sctp])
      }
      let entry = (rule: rule, networks: AddressSet(rule.networks.map { HostRange($0) }), ports: ports)
      if rule.action == .allow { allowing.append(entry) } else { excluding.append(entry) }
    }
    self.allowing = allowing
    self.excluding = excluding
    self.limits = limits
  }

  /// Which rule decides on one address (and port); nil: none names it, so it is refused.
  package func decidingRule(for address: IPAddress, endpoint: ProtocolPort?) -> ScopeRule? {
    func names(_ entry: (rule: ScopeRule, networks: AddressSet, ports: PortSelection?)) -> Bool {
      guard entry.networks.contains(address) else { return false }
      guard let ports = entry.ports else { return true }
      return endpoint.map(ports.contains) ?? false
    }
    return (excluding.first(where: names) ?? allowing.first(where: names))?.rule
  }

  /// How the rules divide the targets of a scan of `ports`.
  package func division(of targets: AddressSet, ports: PortSelection) -> Division {
    var division = Division(permitted: targets)
    for entry in excluding {
      let hit = division.permitted.intersection(entry.networks)
      guard !hit.isEmpty else { continue }
      if let excludedPorts = entry.ports {
        // Only some ports are excluded: a lane is hosts times ports and cannot leave out a part of the product.
        if ports.subtracting(excludedPorts) != ports { division.portConflicts.append((entry.rule, hit, excludedPorts)) }
      } else {
        division.excluded.append((entry.rule, hit))
        division.permitted = division.permitted.subtracting(hit)
      }
    }
    // A rule limited to ports permits its networks if it covers every port asked for.
    let allowed = allowing.reduce(AddressSet()) { set, entry in
      if let limit = entry.ports, !ports.subtracting(limit).isEmpty { return set }
      return set.union(entry.networks)
    }
    division.notAllowed = division.permitted.subtracting(allowed)
    division.permitted = division.permitted.subtracting(division.notAllowed)
    return division
  }

  /// The parts of a target set as the rules see them; disjoint, and together the whole set.
  package struct Division: Sendable {
    package var permitted: AddressSet
    package var excluded: [(rule: ScopeRule, addresses: AddressSet)] = []
    package var notAllowed = AddressSet()
    /// Rules that exclude some of the ports asked for on some of the permitted addresses.
    package var portConflicts: [(rule: ScopeRule, addresses: AddressSet, ports: PortSelection)] = []

    init(permitted: AddressSet) { self.permitted = permitted }
  }
}
