internal import CoordinatorCore
internal import Model

extension ChartMerge {
  /// Takes in an agent's whole inventory.
  mutating func replaceInventory(
    of agent: AgentRecord, interfaces: [InterfaceAddress],
    listeners: [ListenerRecord.Key: ListenerContent], at time: Timestamp
  ) throws {
    let interfacesBefore = try session.interfaces(of: agent.id)
    if Set(interfaces) != Set(interfacesBefore) { try session.setInterfaces(interfaces, of: agent.id, at: time) }
    let before = try session.listeners(of: agent.id)
    owners = OwnerComparison(agent: agent, before: before, at: time)
    for known in before {
      guard let content = listeners[known.key] else {
        try retire(known, at: time)
        continue
      }
      if content.isOwnedDifferently(than: known.content) { try session.keepOwner(of: known.id, until: time) }
      if content != known.content { try session.setListener(known.id, content: content, seenAt: time) }
    }
    let knownKeys = Set(before.map(\.key))
    for (key, content) in listeners where !knownKeys.contains(key) {
      _ = try session.insertListener(agent: agent.id, key: key, content: content, at: time)
    }
    try session.setListenersSeen(of: agent.id, at: time)
    let after = try session.listeners(of: agent.id)
    listenersByAgent[agent.id] = after
    let hosts = chartHosts(of: agent, interfaces: interfaces, before: interfacesBefore, listeners: before + after)
    for (host, interface) in hosts {
      var endpoints = EndpointDrafts()
      endpoints.add(try session.endpoints(of: host))
      var earlier = EarlierRuns(host: host, span: [:])
      for listener in after where listener.fit(host.address, on: interface) != nil {
        let key = ProtocolPort(listener.key.transport, listener.key.port)
        if !endpoints.contains(key) { endpoints.begin(key, views: try earlier.views(of: key, in: session)) }
      }
      try write(endpoints, of: host)
    }
    try flush()
  }

  /// Takes back what a removed agent's inventory had said.
  mutating func forgetInventory(of agent: AgentRecord, interfaces: [InterfaceAddress], at time: Timestamp) throws {
    let before = try session.listeners(of: agent.id)
    owners = OwnerComparison(agent: agent, before: before, at: time)
    for listener in before { try retire(listener, at: time) }
    listenersByAgent[agent.id] = []
    for host in chartHosts(of: agent, interfaces: interfaces, before: [], listeners: before).keys {
      var endpoints = EndpointDrafts()
      endpoints.add(try session.endpoints(of: host))
      try write(endpoints, of: host)
    }
    try flush()
  }

  private func retire(_ listener: ListenerRecord, at time: Timestamp) throws {
    if listener.isWorthKeeping { try session.keepOwner(of: listener.id, until: time) }
    try session.removeListener(listener.id)
  }

  /// Every host of the chart that the agent's inventory speaks about, with the interface its address is on.
  private func chartHosts(
    of agent: AgentRecord, interfaces: [InterfaceAddress], before: [InterfaceAddress], listeners: [ListenerRecord]
  ) -> [ChartHost: String?] {
    var hosts: [ChartHost: String?] = [:]
    func add(_ host: HostAddress, interface: String?, among interfaces: [InterfaceAddress]) {
      guard !host.address.isUnspecified, !host.address.isMulticast else { return }
      let scope = HostScope.of(host, for: agent.id, interfaces: interfaces)
      hosts[ChartHost(site: agent.site, scope: scope, address: host.address)] = interface
    }
    // What an address meant while the agent had it: a bridge that is gone must be found under its old name.
    for owners in [before, interfaces] {
      for owned in owners {
        add(HostAddress(owned.address, interface: owned.interface), interface: owned.interface, among: owners)
      }
    }
    for listener in listeners where listener.key.namespace == nil {
      // A socket may be bound to an address that no interface lists, such as 127.0.0.53.
      let bound = listener.key.address.unmapped
      guard !interfaces.contains(where: { $0.address == bound }) else { continue }
      let interface = listener.key.interface.isEmpty ? nil : listener.key.interface
      add(HostAddress(bound, interface: interface), interface: interface, among: interfaces)
    }
    return hosts
  }
}
