import Model

@testable import CoordinatorCore

extension ChartWriting {
  /// An endpoint that nobody has seen yet, or with these views.
  func insertEndpoint(
    _ host: ChartHost, transport: TransportProtocol, port: Port, views: [ZoneView] = []
  ) throws -> EndpointID {
    let summary = EndpointSummary(
      state: nil, reason: nil, verdict: nil, zone: nil, otherZones: [], isSelfView: false, listener: nil,
      insideAgent: nil, firstSeen: nil, lastSeen: nil, differedAt: nil)
    try insertEndpoints([
      NewEndpoint(
        host: host, key: ProtocolPort(transport, port), summary: summary, views: views, time: StoreFixture.start)
    ])
    guard
      let stored = try endpoints(of: host).first(where: { $0.transport == transport && $0.port == port })
    else { throw StoreError(.failed, "the endpoint was inserted and is gone") }
    return stored.id
  }

  func setSummary(_ summary: EndpointSummary, of endpoint: EndpointID, at host: ChartHost) throws {
    let stored = try stored(endpoint, at: host)
    try setEndpoint(stored, views: stored.views, summary: summary, at: host.site)
  }

  func setView(_ view: ZoneView, of endpoint: EndpointID, at host: ChartHost) throws {
    let stored = try stored(endpoint, at: host)
    let views = stored.views.filter { !$0.isOfSameKind(as: view) } + [view]
    try setEndpoint(stored, views: views, summary: stored.summary, at: host.site)
  }

  func removeEndpoint(_ endpoint: EndpointID, at host: ChartHost) throws {
    try removeEndpoint(stored(endpoint, at: host), at: host.site)
  }

  private func stored(_ endpoint: EndpointID, at host: ChartHost) throws -> EndpointRecord {
    guard let stored = try endpoints(of: host).first(where: { $0.id == endpoint }) else {
      throw StoreError(.failed, "no endpoint \(endpoint) is at \(host.address)")
    }
    return stored
  }
}

extension ChartReading {
  func runs(of host: ChartHost, transport: TransportProtocol, port: Port) throws -> [ZoneRun] {
    try runs(of: host, transport: transport, ports: port.rawValue...port.rawValue)
  }
}
