package import Model

/// An endpoint that is not in the chart yet, with what has been seen of it.
package struct NewEndpoint: Sendable {
  package var host: ChartHost
  package var key: ProtocolPort
  package var summary: EndpointSummary
  package var views: [ZoneView]
  package var services: [ZoneService]
  /// When the last of it was seen.
  package var time: Timestamp
  /// The runs of views that have been in more than one state.
  package var runs: [ViewKey: [ViewRun]]

  package init(
    host: ChartHost, key: ProtocolPort, summary: EndpointSummary, views: [ZoneView], services: [ZoneService] = [],
    time: Timestamp, runs: [ViewKey: [ViewRun]] = [:]
  ) {
    self.host = host
    self.key = key
    self.summary = summary
    self.views = views
    self.services = services
    self.time = time
    self.runs = runs
  }
}
