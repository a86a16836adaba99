package import Model

/// An endpoint that is not in the chart yet, with what has been seen of it.
package struct NewEndpoint: Sendable {
  package var host: ChartHost
  package var key: ProtocolPort
  package var summary: EndpointSummary
  package var views: [ZoneView]
  package var services: [ZoneService]

  package init(
    host: ChartHost, key: ProtocolPort, summary: EndpointSummary, views: [ZoneView], services: [ZoneService] = []
  ) {
    self.host = host
    self.key = key
    self.summary = summary
    self.views = views
    self.services = services
  }
}
