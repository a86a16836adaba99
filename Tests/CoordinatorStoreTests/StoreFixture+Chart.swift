import Model

@testable import CoordinatorCore

extension ChartWriting {
  /// An endpoint that nobody has seen yet.
  func insertEndpoint(_ host: ChartHost, transport: TransportProtocol, port: Port) throws -> EndpointID {
    try insertEndpoint(
      host, transport: transport, port: port,
      summary: EndpointSummary(
        state: nil, reason: nil, verdict: nil, zone: nil, otherZones: [], isSelfView: false, listener: nil,
        insideAgent: nil, firstSeen: nil, lastSeen: nil, differedAt: nil))
  }
}

extension ChartReading {
  func runs(of host: ChartHost, transport: TransportProtocol, port: Port) throws -> [ZoneRun] {
    try runs(of: host, transport: transport, ports: port.rawValue...port.rawValue)
  }
}
