package import Model

/// Where a page of merged rows ended; the next begins behind it.
package struct ChartPosition: Hashable, Sendable {
  package var host: ChartHost
  package var transport: TransportProtocol
  package var port: Port

  package init(host: ChartHost, transport: TransportProtocol, port: Port) {
    self.host = host
    self.transport = transport
    self.port = port
  }
}
