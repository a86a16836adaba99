package import Model

/// What endpoints are counted by.
package enum ChartGrouping: String, CaseIterable, Sendable {
  case agent, host, port, product, proto, service, site, state, verdict, zone
}

/// Endpoints of one port where one service was identified, or none.
package struct ServiceCount: Hashable, Sendable {
  package var service: String?
  package var key: ProtocolPort
  package var endpoints: Int

  package init(service: String?, key: ProtocolPort, endpoints: Int) {
    self.service = service
    self.key = key
    self.endpoints = endpoints
  }
}

/// So many endpoints have this in common.
package struct ChartCount: Hashable, Sendable {
  /// As it is written; nil: what is asked for is not known of them.
  package var value: String?
  package var endpoints: Int

  package init(value: String?, endpoints: Int) {
    self.value = value
    self.endpoints = endpoints
  }

  /// The order of counts (`CountOrder`).
  package func goesBefore(_ other: ChartCount) -> Bool {
    CountOrder.goesBefore((value, endpoints), (other.value, other.endpoints))
  }
}

/// Counts in no order, of all endpoints that fit or of those in a part of the chart.
package struct ChartCounts<Count: Sendable>: Sendable {
  package var counts: [Count]
  /// Where the part ends; the next begins behind it. Nil: it goes to the chart's end.
  package var end: ChartPosition?

  package init(_ counts: [Count], end: ChartPosition? = nil) {
    self.counts = counts
    self.end = end
  }
}
